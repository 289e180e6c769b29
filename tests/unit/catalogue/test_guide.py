"""The guide to writing an entry: its own entry proves itself."""

import re
from pathlib import Path

from netpolwatch.analysis.proof import failures
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.private import with_private

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "write-a-signature.md"


def test_the_guides_entry_is_what_it_says(tmp_path: Path) -> None:
    # given
    (entry, *_) = re.findall(r"```yaml\n(title: .*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "branch-pool-exhausted.yaml").write_text(entry, encoding="utf-8")
    # when
    matcher = Matcher(with_private(default_entries(), tmp_path))
    # then
    (file,) = load_files(tmp_path).values()
    assert list(failures("branch-pool-exhausted", file, matcher)) == []
