import json
from itertools import pairwise

import pytest

from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.origin import origin_of
from samples.cluster import AUDIT, LOG_GROUPS, NODES, Node
from samples.generate import Event, cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED

from .conftest import by_stream

_SIX_HOURS_MS = 6 * 60 * 60 * 1000
_LARGEST_EVENT_BYTES = 256 * 1024


def test_given_the_same_arguments_when_told_twice_then_every_event_is_the_same() -> None:
    first = cluster_day(seed=11, end_ms=DEFAULT_END_MS, scale=0.05)
    second = cluster_day(seed=11, end_ms=DEFAULT_END_MS, scale=0.05)
    assert first == second


def test_given_another_seed_when_told_then_the_details_differ_and_the_numbers_do_not() -> None:
    first = cluster_day(seed=1, end_ms=DEFAULT_END_MS, scale=0.05)
    second = cluster_day(seed=2, end_ms=DEFAULT_END_MS, scale=0.05)
    assert first != second
    assert len(first) == len(second)


def test_given_another_end_when_told_then_the_same_day_is_shifted() -> None:
    first = cluster_day(seed=1, end_ms=DEFAULT_END_MS, scale=0.05)
    second = cluster_day(seed=1, end_ms=DEFAULT_END_MS + 1_000, scale=0.05)
    assert [event.timestamp + 1_000 for event in first] == [event.timestamp for event in second]


def test_given_the_day_when_read_then_time_never_goes_back_and_stays_in_its_six_hours(
    day: list[Event],
) -> None:
    assert all(earlier.timestamp <= later.timestamp for earlier, later in pairwise(day))
    assert day[0].timestamp >= DEFAULT_END_MS - _SIX_HOURS_MS
    assert day[-1].timestamp < DEFAULT_END_MS


def test_given_the_day_when_counted_then_it_is_a_day_and_not_a_sample(day: list[Event]) -> None:
    assert 20_000 < len(day) < 30_000
    assert len({event.id for event in day}) == len(day)


def test_given_any_event_when_written_then_cloudwatch_takes_it(day: list[Event]) -> None:
    sizes = [len(event.message.encode()) for event in day]
    assert min(sizes) > 0
    assert max(sizes) < _LARGEST_EVENT_BYTES


def test_given_any_stream_when_read_then_its_component_is_told_by_its_name(
    day: list[Event],
) -> None:
    unknown = {
        log_stream
        for log_group, log_stream in by_stream(day)
        if origin_of(log_group, log_stream).component is None
    }
    assert not unknown


def test_given_the_day_when_grouped_then_every_log_group_is_there(day: list[Event]) -> None:
    assert {event.log_group for event in day} == set(LOG_GROUPS)


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.agent)
def test_given_a_node_when_its_stream_is_read_then_its_flows_have_its_agents_form(
    day: list[Event], node: Node
) -> None:
    own = by_stream(day)[node.flows.log_group, node.flows.log_stream]
    flows = [flow for event in own if (flow := parse_flow(event.message))]
    assert {flow.form for flow in flows} == {node.form}
    assert {flow.tier is not None for flow in flows} == {node.tiers}


def test_given_audit_events_when_decoded_then_no_placeholder_is_left(day: list[Event]) -> None:
    for event in by_stream(day)[AUDIT.log_group, AUDIT.log_stream]:
        fields = json.loads(event.message)
        assert fields["apiVersion"] == "audit.k8s.io/v1"
        assert "$" not in event.message


def test_given_an_event_when_written_as_a_line_then_it_is_canonical() -> None:
    event = cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS, scale=0.0005)[0]
    assert json.loads(event.as_line()) == {
        "id": event.id,
        "timestamp": event.timestamp,
        "logGroup": event.log_group,
        "logStream": event.log_stream,
        "message": event.message,
    }
