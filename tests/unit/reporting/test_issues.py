"""The catalogue on a terminal: readable at every width."""

from io import StringIO

import pytest
from rich.console import Console

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry
from netpolwatch.reporting.issues import issue_row, render_issue, render_issues
from tests.unit.reporting.golden import assert_golden

WIDTHS = [40, 80, 140]
ENTRIES = default_entries()


def console(width: int) -> tuple[Console, StringIO]:
    file = StringIO()
    return Console(file=file, width=width), file


def stripped(shown: str) -> str:
    """Drop the spaces that fill a table's lines."""
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_of_issues_fits_and_loses_nothing(width: int) -> None:
    target, file = console(width)
    render_issues(target, ENTRIES)
    shown = file.getvalue()
    assert all(len(line) <= width for line in shown.splitlines())
    if width >= 80:
        assert all(entry.id in shown for entry in ENTRIES)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_narrow_list_of_issues_folds_versions_and_cuts_none(width: int) -> None:
    # given a terminal without room for a column of versions
    target, file = console(width)
    # when
    render_issues(target, ENTRIES)
    # then
    told = "".join(file.getvalue().split())
    for entry in ENTRIES:
        assert "".join((entry.fixed_version or "").split()) in told
        assert entry.maturity in told


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("known", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_an_issues_page_has_its_commands_whole(width: int, known: Entry) -> None:
    target, file = console(width)
    render_issue(target, known)
    lines = file.getvalue().splitlines()
    for command in known.remedy:
        assert command.run is None or f"   $ {command.run}" in lines
    assert {known.docs, *known.upstream} <= set(lines)


def test_the_pages_of_80_columns() -> None:
    target, file = console(80)
    shown = (
        "denied-conversation",
        "insufficient-pod-eni",
        "ipam-connectivity-segfault-al2023-udev",
    )
    render_issues(target, [entry for entry in ENTRIES if entry.id in shown])
    render_issue(target, next(entry for entry in ENTRIES if entry.id == "npa-link-not-found"))
    assert_golden("issues.txt", stripped(file.getvalue()))


def test_an_issue_for_a_script_has_all_its_keys() -> None:
    assert set(issue_row(ENTRIES[0])) == {
        "id", "title", "summary", "severity", "component", "maturity", "versions", "sources",
        "group_by", "notified", "remedy", "docs", "upstream", "threshold", "repeated", "waits_for",
        "escalate",
    }  # fmt: skip
