"""`netpolwatch issues`: the catalogue, for a person and for a script."""

import json

import pytest

from netpolwatch.catalogue.default import default_entries
from tests.unit.cli.running import netpolwatch

IDS = [entry.id for entry in default_entries()]


def test_all_issues_are_listed() -> None:
    run = netpolwatch("issues")
    assert (run.status, run.err) == (0, "")
    assert all(identity in run.out for identity in IDS)


def test_one_issue_is_told_with_its_commands() -> None:
    run = netpolwatch("issues", "npa-link-not-found")
    assert (run.status, run.err) == (0, "")
    assert "What to do" in run.out
    assert "   $ aws eks update-addon" in run.out


def test_what_makes_an_issue_graver_is_told() -> None:
    shown = netpolwatch("issues", "npa-crashloop").out
    assert "critical (3 nodes within 30 min)" in shown
    row = netpolwatch("issues", "npa-crashloop", "--format", "json").document
    assert row["escalate"] == [
        {"to": "critical", "count": None, "nodes": 3, "beside": None, "rules": [],
         "within_ms": 1_800_000, "same": [], "distinct": [], "lasting": False}
    ]  # fmt: skip
    page = netpolwatch("issues", "npa-crashloop", "--format", "markdown").out
    assert "- Graver: critical (3 nodes within 30 min)" in page


def test_a_script_gets_rows_or_one_row() -> None:
    rows = json.loads(netpolwatch("issues", "--format", "json").out)
    assert [row["id"] for row in rows] == IDS
    row = netpolwatch("issues", "npa-panic", "--format", "json").document
    assert row == next(each for each in rows if each["id"] == "npa-panic")
    assert set(row["remedy"][0]) == {"say", "run"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("NPA-Link-Not-Found", "npa-link-not-found"), ("npa-crash*", "npa-crashloop"),
     ("link-not-found", "npa-link-not-found")],
)  # fmt: skip
def test_an_id_that_is_nearly_one_is_answered_with_it(asked: str, meant: str) -> None:
    run = netpolwatch("issues", asked)
    assert run.status == 2
    assert f"no issue {asked!r}; did you mean {meant}" in run.err


def test_an_id_like_no_other_is_refused() -> None:
    run = netpolwatch("issues", "zzz")
    assert (run.status, "did you mean" in run.err) == (2, False)


def test_a_pasted_line_is_answered_with_its_condition_and_what_to_do_next() -> None:
    run = netpolwatch("issues", "--line", "Checking for IPAM connectivity …")
    assert run.status == 0
    text = " ".join(run.out.split())
    assert "If aws-node or ipamd wrote the line." in text
    assert "More: netpolwatch issues ipam-connectivity-segfault-al2023-udev" in text


def test_piped_lines_are_answered_each_as_json() -> None:
    run = netpolwatch(
        "issues", "--line", "-", "--format", "json", given="x\n\nRetrying waiting for IPAM-D\n"
    )
    first, second = json.loads(run.out)
    assert (first["line"], first["meanings"]) == ("x", [])
    assert second["meanings"][0]["issue"] == "ipam-connectivity-segfault-al2023-udev"
    assert second["meanings"][0]["next"]


def test_no_line_is_bad_usage() -> None:
    assert netpolwatch("issues", "--line", " ").status == 2
