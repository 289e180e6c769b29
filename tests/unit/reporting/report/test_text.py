"""A report as text: whole in a pipe, readable at every width, log text never markup."""

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Evidence, Finding
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.reporting.report.build import report_of_run
from netpolwatch.reporting.report.model import Report
from netpolwatch.reporting.report.text import DEFAULT_TOP, TextOptions, plain_text, render_text
from netpolwatch.reporting.summary import Summary
from tests.unit.findings.making import finding
from tests.unit.reporting.golden import assert_golden
from tests.unit.reporting.report.days import ORIGIN, explained_day, sample_day

ENTRIES = {entry.id: entry for entry in default_entries()}
HOSTILE = "[bold red]x[/]\x1b[2J\r\n[link=http://evil]\u202e[/"


def report(*findings: Finding, summary: Summary | None = None, cluster: str = "prod") -> Report:
    whole = summary or Summary(files=1)
    return report_of_run(whole, findings, ENTRIES, Knowledge(), ORIGIN, cluster)


def shown(made: Report, width: int | None = None, top: int = DEFAULT_TOP) -> str:
    return plain_text(render_text(made, TextOptions(width, top=top)))


def test_the_sample_day() -> None:
    assert_golden("sample-day.txt", shown(sample_day()))


def test_the_sample_day_on_a_terminal_of_80_columns() -> None:
    assert_golden("sample-day-80.txt", shown(sample_day(), 80))


def test_nothing_is_folded_in_a_pipe() -> None:
    # given what the day's faults show of their log
    day = sample_day()
    evidence = [fault.subjects[0].evidence[0].text for fault in day.going_on + day.over]
    # then each stands whole on one line
    text = shown(day).splitlines()
    for each in evidence:
        whole = each.replace("\n", "\\n").replace("\t", "\\t")
        assert any(whole in line for line in text)
    assert not any(line.endswith(" ") for line in text)


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_terminal_gets_lines_that_fit_and_whole_commands(width: int) -> None:
    lines = shown(sample_day(), width).splitlines()
    commands = {line for line in lines if line.lstrip().startswith("$ ")}
    assert all(len(line) <= width for line in lines if line not in commands)
    steps = [step.run for fault in sample_day().going_on for step in fault.steps if step.run]
    assert {f"     $ {run}" for run in steps} <= commands


@pytest.mark.parametrize("width", [None, 40, 140])
def test_hostile_text_is_text(width: int | None) -> None:
    # given names from the logs that look like markup and terminal sequences
    hostile = finding(
        subject={"node": HOSTILE, HOSTILE: "x"}, title=HOSTILE,
        evidence=(Evidence(None, "g", "s", HOSTILE),),
    )  # fmt: skip
    summary = Summary(files=1, events=1, notes=[HOSTILE])
    summary.by_verdict[HOSTILE] += 1
    # when
    text = shown(report(hostile, summary=summary, cluster=HOSTILE), width)
    # then they stand there as they were written, and no sequence is theirs
    assert "[boldred]" in "".join(text.split())
    assert not set("\x1b\u202e\r") & set(text)


def test_an_empty_run_says_so() -> None:
    assert "Nothing was read: the input is empty." in shown(report())


def test_a_log_in_which_nothing_is_recognised_is_doubted() -> None:
    assert "is it the right log" in shown(report(summary=Summary(files=1, events=3)))


def test_the_overflow_comes_last_and_has_no_steps() -> None:
    # given subjects of which some were not told apart
    other = finding(subject={"node": "other"}, count=900, id="2")
    # when
    both = report(other, finding(count=1), summary=Summary(files=1, events=1))
    alone = report(other, summary=Summary(files=1, events=1))
    # then
    assert [each.subject["node"] for each in both.going_on[0].subjects][-1] == "other"
    assert both.going_on[0].steps == finding().remedy
    assert alone.going_on[0].steps == ()


def test_lists_are_cut_at_the_top_and_say_how_much_is_left_out() -> None:
    text = shown(explained_day(), top=2)
    assert "and 11 more causes: see --top" in text


def test_what_is_seen_too_seldom_is_marked() -> None:
    text = shown(explained_day())
    assert "below its threshold (3 times within 15 min), nobody is notified" in text
    assert "recorded only, nobody is notified" in text


def test_what_is_not_known_comes_with_the_way_to_know_it() -> None:
    text = shown(sample_day())
    assert "4 of 19 denied addresses have a name; to know: kubectl get pods" in text
