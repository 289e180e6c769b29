"""Filters choose a part of a report."""

import pytest

from netpolwatch.reporting.report.model import Report
from netpolwatch.reporting.report.selection import Selection
from tests.unit.findings.making import HOUR_MS, NODE, NOON, finding
from tests.unit.reporting.report.days import explained_day, sample_day


def names(report: Report) -> set[str | None]:
    ends = (end for cause in report.causes for each in cause.denials
            for end in (each.source, each.destination))  # fmt: skip
    return {end.namespace for end in ends}


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(), True),
        (Selection(issue="npa-*"), True),
        (Selection(issue="ipamd-*"), False),
        (Selection(severity="high"), True),
        (Selection(severity="critical"), False),
        (Selection(node=NODE), True),
        (Selection(node="ip-10-0-2-17"), True),
        (Selection(node="ip-10-0-2-1"), False),
        (Selection(namespace="payments"), False),
        (Selection(since_ms=NOON + HOUR_MS), True),  # it goes on
        (Selection(until_ms=NOON - 1), False),
        (Selection(issue="npa-*", severity="critical"), False),
    ],
)
def test_a_finding_is_kept_where_all_filters_agree(selection: Selection, *, kept: bool) -> None:
    assert selection.keeps_finding(finding()) is kept


def test_what_is_over_does_not_reach_into_a_later_time() -> None:
    over = finding(status="resolved")
    assert not Selection(since_ms=NOON + HOUR_MS).keeps_finding(over)


def test_a_namespace_keeps_only_its_conversations() -> None:
    day = explained_day(Selection(namespace="legacy"))
    assert [cause.policy for cause in day.causes] == ["legacy/bridge-locked"]
    assert all("legacy" in (each.source.namespace, each.destination.namespace)
               for cause in day.causes for each in cause.denials)  # fmt: skip


@pytest.mark.parametrize("name", ["orders", "checkout/Deployment/orders", "*/orders"])
def test_a_workload_is_named_shortly_or_wholly(name: str) -> None:
    day = explained_day(Selection(workload=name))
    ends = [{each.source.workload, each.destination.workload}
            for cause in day.causes for each in cause.denials]  # fmt: skip
    assert ends
    assert all("orders" in end for end in ends)


def test_a_time_narrows_the_window_the_totals_and_the_conversations() -> None:
    day = sample_day()
    assert day.last_ms is not None
    late = sample_day(Selection(since_ms=day.last_ms - HOUR_MS // 2))
    assert 0 < late.totals.denied < day.totals.denied
    assert late.denied_by_policy == late.totals.by_disposition["violation"]
    assert late.last_ms == day.last_ms
    assert {fault.issue for fault in late.going_on} == {fault.issue for fault in day.going_on}
    assert not late.over


def test_filters_are_told_in_words() -> None:
    words = list(Selection(issue="npa-*", severity="high", since_ms=NOON).words)
    assert words == ["issue npa-*", "severity high and graver", "since 2026-06-09T12:00:00.000Z"]
