"""DENYs of files are judged by the audit events that stand among them, in whatever order."""

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from netpolwatch import Analyzer
from netpolwatch.analysis.files import batches
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.flows.model import DENY, Flow
from netpolwatch.ingest.records import read_records
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.judgement import ObjectJudge
from tests.corpus import cluster_day

_Event = dict[str, Any]
_Key = tuple[object, ...]
_SHUFFLED_MS = 120_000
ANALYZER = Analyzer()


def _by_time(events: list[_Event]) -> list[_Event]:
    return sorted(events, key=lambda event: event["timestamp"])


def _shuffled(events: list[_Event]) -> list[_Event]:
    rolled = random.Random(14)  # noqa: S311
    return sorted(
        events, key=lambda event: event["timestamp"] + rolled.randint(-_SHUFFLED_MS, _SHUFFLED_MS)
    )


def _audit_last(events: list[_Event]) -> list[_Event]:
    return sorted(events, key=lambda event: "kube-apiserver" in event["logStream"])


ORDERS = {"by-time": _by_time, "shuffled": _shuffled, "audit-last": _audit_last}
in_any_order = pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)


def _day() -> list[_Event]:
    return [*cluster_day.events("audit"), *cluster_day.events("flows")]


def _lines(events: list[_Event]) -> Iterator[bytes]:
    return (json.dumps(event).encode() + b"\n" for event in events)


def _key(flow: Flow) -> _Key:
    return (flow.timestamp, flow.node, flow.source_ip, flow.source_port, flow.destination_ip,
            flow.destination_port, flow.protocol, flow.form, flow.tier)  # fmt: skip


def _said(flow: Flow) -> tuple[object, ...]:
    """Return all but the words: of the pods behind a Service any may be named."""
    judged = flow.judgement
    assert judged is not None
    return judged.disposition, judged.confidence, judged.policies, judged.since, judged.decider


def analyzed(events: list[_Event]) -> dict[_Key, Flow]:
    found = batches(ANALYZER, read_records(_lines(events)), Knowledge())
    return {_key(flow): flow for batch in found for flow in batch.denies}


@cache
def truth() -> dict[_Key, dict[str, Any]]:
    """Return what is true of each DENY."""
    readings = read_records_with(ANALYZER, read_records(_lines([*cluster_day.events("flows")])))
    flows = [reading.flow for _, reading in readings if reading.flow is not None]
    return {
        _key(flow): true
        for flow, true in zip(flows, cluster_day.truth(), strict=True)
        if flow.verdict == DENY
    }


@in_any_order
def test_a_day_is_judged_by_its_own_audit_events(
    order: Callable[[list[_Event]], list[_Event]],
) -> None:
    # when
    judged = analyzed(order(_day()))
    # then each DENY is there once, and most are right; of a cold start the log alone cannot know
    assert judged.keys() == truth().keys()
    wrong = [
        (flow.judgement.confidence, true["line"])
        for key, flow in judged.items()
        if flow.judgement is not None
        and flow.disposition != (true := truth()[key])["disposition"]
        and not (true.get("cold_start") and flow.disposition == "unknown")
    ]
    assert len(wrong) <= 0.02 * len(judged)
    assert all(confidence != "high" for confidence, _ in wrong)


def test_any_order_gives_the_same_judgements() -> None:
    one, *others = (
        {key: _said(flow) for key, flow in analyzed(order(_day())).items()}
        for order in ORDERS.values()
    )
    assert all(other == one for other in others)


def test_who_explains_a_line_judges_it_as_who_analyzes_it() -> None:
    # given what the day's audit events teach, all of them, as `explain --events` learns them
    known = Knowledge()
    for _, reading in read_records_with(ANALYZER, read_records(_lines(_day())), learn=True):
        known.hear(reading.facts)
    # when
    readings = read_records_with(ANALYZER, read_records(_lines([*cluster_day.events("flows")])))
    explained = {
        _key(reading.flow): ObjectJudge(known).judge(reading.flow).explanation
        for _, reading in readings
        if reading.flow is not None and reading.flow.verdict == DENY
    }
    # then
    judged = analyzed(_audit_last(_day()))
    assert {key: flow.disposition for key, flow in judged.items()} == {
        key: each.disposition for key, each in explained.items()
    }


def test_what_comes_without_audit_events_is_judged_by_its_lines() -> None:
    flows = [*cluster_day.events("flows")]
    alone = {
        _key(flow): flow.judgement
        for batch in batches(ANALYZER, read_records(_lines(flows)))
        for flow in batch.denies
    }
    assert {key: flow.judgement for key, flow in analyzed(flows).items()} == alone
