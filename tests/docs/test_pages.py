"""Hand-written pages: no dead link, no command that does not exist, no issue without an entry."""

import re
from pathlib import Path

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.cli.commands import COMMANDS
from netpolwatch.cli.deferred import load

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / "coverage.md", ROOT / "docs" / "getting-started.md"]
LINK = re.compile(r"\[[^\]]+\]\((?!https://)(?P<file>[^)#]*)(?:#(?P<anchor>[^)]+))?\)")
AWS_ISSUES = {
    "insufficient-pod-eni", "ipam-connectivity-segfault-al2023-udev", "multus-cve-image",
    "networkpolicy-without-policyendpoint", "npa-link-not-found", "npa-logs-despite-flag-off",
    "policyendpoint-admission-denied", "policyendpoint-rbac-forbidden", "port-combos-over-24",
    "sgp-branch-eni-latency", "spurious-reply-deny", "stale-policyendpoint-map-cleanup",
    "standalone-pod-policy", "strict-mode-default-allow-after-policy-delete",
}  # fmt: skip
"""An entry for each known issue of the AWS page."""


def commands() -> dict[str, set[str]]:
    """Return our commands and the options of each."""
    loaded = {declaration.name: load(declaration) for declaration in COMMANDS}
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in loaded.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_is_dead(page: Path) -> None:
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        target = page.parent / link["file"]
        assert target.is_file(), link[0]
        if link["anchor"]:
            assert f"## {link['anchor']}\n" in target.read_text(encoding="utf-8"), link[0]


def test_every_row_names_a_command_that_exists_and_a_test() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[1].strip() != "the page"]
    assert len(rows) > 20
    for row in rows:
        assert set(re.findall(r"`([a-z-]+)`", row[2])) <= commands().keys(), row
        assert re.search(r"`[a-z-]+`", row[2]), row
        assert "../tests/" in row[-2], row


def test_every_known_issue_of_the_page_has_its_row() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert {entry.id for entry in default_entries()} >= AWS_ISSUES
    assert [issue for issue in AWS_ISSUES if f"(known-issues.md#{issue})" not in text] == []


def test_every_command_of_the_first_minutes_has_the_options_that_it_takes() -> None:
    known = commands()
    lines = re.findall(r"^\$ netpolwatch (.+)$", PAGES[1].read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) > 7
    for line in lines:
        name, *words = line.split(" > ")[0].split()
        assert {word for word in words if word.startswith("--")} <= known[name], line
