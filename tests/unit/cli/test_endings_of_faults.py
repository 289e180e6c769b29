"""A fault whose end the log shows is over, in the report of that log."""

import json
from pathlib import Path

from netpolwatch.catalogue.loader import load_files
from tests.unit.cli.running import NOON, netpolwatch

FILES = load_files()
AUDIT = "kube-apiserver-audit-0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a"


ISSUE = "network-policy-rbac-changed"


def test_a_fault_and_then_its_end(tmp_path: Path) -> None:
    # given an example of the fault, and one of the same object made well
    examples = FILES[ISSUE].examples
    faults = [one for one in examples if one.strength == "sighting"]
    ends = [one for one in examples if one.strength == "recovery"]
    assert ends
    pairs = [
        (fault, end) for end in ends for fault in faults
        if all(fault.fields.get(key) == end.fields.get(key) for key in FILES[ISSUE].group_by)
    ]  # fmt: skip
    assert pairs
    fault, end = pairs[0]
    file = tmp_path / "events.jsonl"

    def report(*lines: str) -> list[dict[str, object]]:
        file.write_text("".join(_event(line, at) for at, line in enumerate(lines)))
        found = netpolwatch("analyze", "--format", "json", file).document["findings"]
        return [one for one in found if one["issue"] == ISSUE]

    # when, then
    assert {one["status"] for one in report(fault.line)} == {"open"}
    assert "resolved" in {one["status"] for one in report(fault.line, end.line)}
    assert "open" in {one["status"] for one in report(end.line, fault.line)}


def _event(line: str, at: int) -> str:
    return json.dumps({
        "id": str(at), "timestamp": NOON + at * 1000, "logGroup": "/aws/eks/shop/cluster",
        "logStream": AUDIT, "message": line,
    }) + "\n"  # fmt: skip
