"""The page of known issues: whole, and not stale."""

from pathlib import Path

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry
from netpolwatch.reporting.known_issues import issue_section, known_issues_page

PAGE = Path(__file__).resolve().parents[3] / "docs" / "known-issues.md"
ENTRIES = default_entries()


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8").rstrip() == known_issues_page(ENTRIES).rstrip(), (
        "run `make docs`"
    )


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_section_tells_what_to_do_and_where_to_read_on(entry: Entry) -> None:
    section = issue_section(entry)
    assert section.startswith(f"## {entry.id}\n\n**{entry.title}**")
    assert all(command.say in section for command in entry.remedy)
    assert entry.docs in section
    assert ("Waits for" in section) == (entry.maturity == "planned")
