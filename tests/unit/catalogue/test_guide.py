"""The guide to writing an entry: its own entry proves itself."""

import re
from pathlib import Path

from netpolwatch.analysis.proof import failures
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.private import with_private
from netpolwatch.correlation.proof import history_failures

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "write-a-signature.md"


def test_the_guides_entries_are_what_they_say(tmp_path: Path) -> None:
    # given
    written = re.findall(r"```yaml\n(title: .*?)```", GUIDE.read_text(), re.DOTALL)
    for name, entry in zip(("branch-pool-exhausted", "job-without-pod"), written, strict=True):
        (tmp_path / f"{name}.yaml").write_text(entry, encoding="utf-8")
    # when
    entries = with_private(default_entries(), tmp_path)
    matcher = Matcher(entries)
    # then
    for name, file in load_files(tmp_path).items():
        assert list(failures(name, file, matcher)) == []
        assert list(history_failures(name, file, entries, matcher)) == []
