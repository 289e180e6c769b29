"""The first screen answers what is broken, since when, where, and what to do now."""

import re

import pytest

from netpolwatch.reporting.report.head import head_of
from netpolwatch.reporting.report.lines import Lines
from netpolwatch.reporting.report.text import TextOptions, plain_text, render_text
from tests.unit.reporting.report.days import explained_day, sample_day


def test_what_still_goes_on_stands_first_the_gravest_on_top() -> None:
    head = head_of(sample_day())
    assert [(row.severity, row.anchor) for row in head.going_on] == [
        ("critical", "issue-policyendpoint-rbac-forbidden"),
        ("high", "issue-insufficient-pod-eni"),
    ]


def test_each_fault_says_since_when_and_for_how_long() -> None:
    head = head_of(sample_day())
    assert re.fullmatch(r"since 15:\d\d, for 2 h \d\d min, last 17:\d\d", head.going_on[0].when)
    cut_off = next(row for row in head.over if "cut off" in row.what)
    assert re.fullmatch(r"16:\d\d to 16:\d\d", cut_off.when)


def test_each_fault_says_where() -> None:
    head = head_of(sample_day())
    assert head.going_on[1].where == "namespace payments"
    link = next(row for row in head.over if row.anchor == "issue-npa-link-not-found")
    assert link.where == "2 nodes: ip-10-0-2-140, ip-10-0-2-17"


def test_the_first_step_of_the_gravest_fault_is_what_to_do_now() -> None:
    head = head_of(sample_day())
    assert head.now.run is not None
    assert head.now.run.startswith("kubectl auth can-i --list --as=eks:network-policy-controller")


def test_the_window_its_length_and_the_age_of_the_log_are_on_top() -> None:
    assert head_of(sample_day()).window == "2026-06-09 12:00 to 17:58 UTC (5 h 58 min)"


def test_denied_traffic_is_grouped_by_the_policy_that_denies_it() -> None:
    head = head_of(explained_day())
    assert head.denied[0].what == "policy checkout/default-deny-all"
    assert "cannot reach Service payments/gateway port 443" in head.denied[0].where


@pytest.mark.parametrize("width", [None, 40, 60, 80, 100, 120, 150, 200])
@pytest.mark.parametrize("day", [sample_day, explained_day])
def test_the_first_screen_has_at_most_twenty_lines(day: object, width: int | None) -> None:
    report = sample_day() if day is sample_day else explained_day()
    shown = render_text(report, TextOptions(width, brief=True))
    commands = [line for line in shown if line.plain.startswith("  $ ")]
    assert len(shown) <= 20
    assert width is None or all(line.cell_len <= width for line in shown if line not in commands)
    assert head_of(report).going_on[0].what[:20] in plain_text(shown)


def test_lines_without_a_width_are_never_folded() -> None:
    lines = Lines(None)
    lines.paragraph("word " * 100)
    assert len(lines.written) == 1
