"""A report as Markdown: commands whole, log text never markup."""

import re

import pytest

from netpolwatch.findings.model import Evidence
from netpolwatch.reporting.report.markdown import code_block, escaped, report_markdown
from netpolwatch.reporting.summary import Summary
from tests.unit.findings.making import finding
from tests.unit.reporting.report.days import explained_day, sample_day
from tests.unit.reporting.report.test_text import report

HOSTILE = "**x** [a](http://evil) <script> @here | `y` # z\x1b[2J ![i](//e)"


def test_the_first_screen_is_a_table_for_each_section() -> None:
    page = report_markdown(sample_day(), 10)
    assert page.startswith("# retail-prod\n")
    assert "**Still going on**\n\n| severity | what | times | when | where |" in page
    assert "**What now:** See what the controller and the agent may do" in page


def test_the_explained_day_has_its_causes_and_a_table_of_missing_rules() -> None:
    page = report_markdown(explained_day(), 5)
    assert "### medium: policy checkout/default-deny-all (hits 9 workloads)" in page
    assert "| packets | rule | of | for | ports | nearest |" in page
    assert "and 8 more causes" in page


def test_commands_are_blocks_of_their_own() -> None:
    day = sample_day()
    page = report_markdown(day, 10)
    steps = [step.run for fault in day.going_on for step in fault.steps if step.run]
    assert steps
    for step in steps:
        assert f"\n   {step}\n   ```" in page


def test_every_table_row_has_the_cells_of_its_head() -> None:
    cells = None
    for line in report_markdown(explained_day(), 5).splitlines():
        if not line.startswith("|"):
            cells = None
            continue
        count = len(re.findall(r"(?<!\\)\|", line))
        cells = cells or count
        assert count == cells


@pytest.mark.parametrize("text", [HOSTILE, "https://evil.example", "www.evil.example", "a|b\nc"])
def test_text_from_a_log_is_text(text: str) -> None:
    shown = escaped(text)
    assert not re.search(r"(?<![\\&])[*_`\[\]<>#|@!]", shown)
    assert "://" not in shown
    assert "www." not in shown
    assert "\n" not in shown


def test_a_block_cannot_be_ended_by_what_it_holds() -> None:
    block = code_block("```\nx ````")
    assert block.splitlines()[0] == "`````"


def test_a_hostile_finding_is_text() -> None:
    hostile = finding(title=HOSTILE, subject={"node": HOSTILE},
                      evidence=(Evidence(None, "g", "s", HOSTILE),))  # fmt: skip
    page = report_markdown(report(hostile, summary=Summary(files=1, events=1), cluster=HOSTILE), 9)
    outside = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    assert "<script>" not in outside.replace("\\<", "")
    assert "\x1b" not in page
