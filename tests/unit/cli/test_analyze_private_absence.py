"""A private entry "A without B" is found by `analyze`, as the guide says."""

import json
import re
from pathlib import Path

import msgspec

from netpolwatch.catalogue.loader import load_files
from tests.unit.cli.running import ROOT, netpolwatch


def test_what_should_have_followed_is_missed(tmp_path: Path) -> None:
    # given the guide's entry, and its own histories as logs
    guide = (ROOT / "docs" / "write-a-signature.md").read_text()
    written = re.findall(r"```yaml\n(title: .*?)```", guide, re.DOTALL)[1]
    folder = tmp_path / "signatures"
    folder.mkdir()
    (folder / "job-without-pod.yaml").write_text(written, encoding="utf-8")
    file = load_files(folder)["job-without-pod"]
    log = tmp_path / "audit.jsonl"

    def subjects(at: int, *, twin: bool = False) -> list[dict[str, str]]:
        example = (file.counterexamples if twin else file.examples)[at]
        log.write_text("".join(_line(record) for record in example.records()))
        run = netpolwatch("analyze", log, "--format", "json", "--catalogue", folder)
        found = [each for each in run.document["findings"] if each["issue"] == "job-without-pod"]
        return [each["subject"] for each in found]

    # when, then
    assert subjects(0) == [{"namespace": "batch", "job": "report-28421"}]
    assert subjects(0, twin=True) == []


def _line(record: object) -> str:
    fields = msgspec.to_builtins(record)
    event = fields["event"]
    return json.dumps({
        "id": event["id"], "timestamp": event["timestamp"], "logGroup": fields["log_group"],
        "logStream": fields["log_stream"], "message": event["message"],
    }) + "\n"  # fmt: skip
