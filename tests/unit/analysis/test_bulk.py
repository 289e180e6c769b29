"""Flows taken by the hundred come to the same as flows read one by one."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch import Analyzer, Batch
from netpolwatch.analysis.tally import Tally
from netpolwatch.flows.bulk import take_groups
from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogBatch, LogEvent
from netpolwatch.ingest.origin import origin_of

NOON = 1_781_006_400_000
STREAM = "aws-network-policy-agent-audit-3a28fb1a-6a81-44b2-ac71-37b8aa651ca5"
GROUP = "/aws/eks/shop/cluster"
ANALYZER = Analyzer()

addresses = st.sampled_from(
    ["10.0.1.44", "10.0.2.25", "64.6.160.0", "10.0.0.0", "169.254.169.254", "224.0.0.1",
     "255.255.255.255", "2001:db8::2a", "fe80::1", "ff02::16", "10.0.1.9", "8.8.8.8",
     "169.254.170.23", None]
)  # fmt: skip
forms = st.sampled_from(["cloudwatch", "file-kv", "file-sentence-v4", "file-sentence-v6"])
flows = st.builds(
    Flow,
    form=forms,
    source_ip=addresses,
    source_port=st.sampled_from([0, 53, 443, 5432, 31_999, 32_768, 65_535]),
    destination_ip=addresses,
    destination_port=st.sampled_from([0, 53, 80, 443, 5432, 31_999, 32_768, 65_535]),
    protocol=st.sampled_from(["TCP", "UDP", "ICMP", "ANY PROTOCOL", "UNKNOWN"]),
    verdict=st.sampled_from(["ACCEPT", "DENY"]),
    timestamp=st.integers(NOON, NOON + 120_000),
)
garbles = st.sampled_from(
    [("DENY", "DEN"), ("10.0.1.44", "10.0.1.444"), ("443", "99999"), ("53", ""),
     ("Flow", "Glow"), ("Node", "node"), ("TCP", "T\u00e9P"), ("10.0", "10.0.1\n10.0")]
)  # fmt: skip


def as_written(flow: Flow) -> Flow:
    """Keep of a flow what its form can carry."""
    if flow.form == "cloudwatch":
        return msgspec.structs.replace(flow, node="ip-10-0-1-9.ec2.internal", tier="DEFAULT")
    if flow.form == "file-kv":
        return flow
    return msgspec.structs.replace(flow, direction="egress", tier="DEFAULT")


def one_by_one(events: Sequence[LogEvent]) -> Batch:
    """Analyze as the command line's `parse` does."""
    batch = ANALYZER.new_batch(GROUP, STREAM)
    tally = Tally(batch)
    origin = origin_of(GROUP, STREAM)
    for event in events:
        tally.count(ANALYZER.read(event, origin))
    batch.events = len(events)
    return batch


def together(events: Sequence[LogEvent]) -> Batch:
    return ANALYZER.analyze_events(LogBatch(GROUP, STREAM, list(events)))


def compared(batch: Batch) -> dict[str, object]:
    names = ("events", "by_verdict", "by_protocol", "by_disposition", "by_minute", "series",
             "issues", "signals", "oldest", "newest", "dropped")  # fmt: skip
    found: dict[str, object] = {name: getattr(batch, name) for name in names}
    return found | {"denies": Counter(map(repr, batch.denies)), "sightings": len(batch.sightings)}


@given(st.lists(st.tuples(flows, st.integers(1, 6)), max_size=12))
def test_any_mixture_of_flows_comes_to_the_same(kinds: list[tuple[Flow, int]]) -> None:
    # given flows of all forms, most of them several times with other ports
    events = [
        LogEvent(
            render_flow(as_written(msgspec.structs.replace(flow, source_port=port))),
            timestamp=NOON + 1000 * port % 90_000,
        )
        for flow, times in kinds
        for port in range(flow.source_port, min(65_536, flow.source_port + times))
    ]
    # when, then
    assert compared(together(events)) == compared(one_by_one(events))


@given(flows, garbles, st.integers(0, 7))
def test_a_garbled_deny_among_its_likes_is_told_apart(
    flow: Flow, garble: tuple[str, str], at: int
) -> None:
    # given
    flow = as_written(msgspec.structs.replace(flow, verdict="DENY"))
    lines = [
        render_flow(msgspec.structs.replace(flow, source_port=1000 + number)) for number in range(8)
    ]
    lines[at] = lines[at].replace(*garble)
    events = [LogEvent(line, timestamp=NOON) for line in lines]
    # when, then
    assert compared(together(events)) == compared(one_by_one(events))


@pytest.mark.parametrize("port", [".", "4110.200.9.10000", "1.2", "", "70000", "9" * 30])
def test_a_port_that_none_can_have_is_told_apart(port: str) -> None:
    # given what the fuzzer found: a dot, which may vary in addresses, in a port
    line = (
        "Node: a;SIP: 10.0.1.{0};SPORT: {1};DIP: 10.0.2.25;DPORT: 80;PROTOCOL: TCP"
        ";PolicyVerdict: DENY"
    )
    events = [
        LogEvent(line.format(number, port if number == 3 else 4000), timestamp=NOON)
        for number in range(8)
    ]
    # when, then
    assert compared(together(events)) == compared(one_by_one(events))


def test_a_stream_of_one_kind_is_one_group() -> None:
    # given
    line = (
        "Node: ip-10-0-1-9.ec2.internal;SIP: 10.0.1.{0};SPORT: 4{0};DIP: 10.0.2.25;DPORT: 5432"
        ";PROTOCOL: TCP;PolicyVerdict: DENY;Tier: DEFAULT"
    )
    events = [LogEvent(line.format(number), timestamp=NOON) for number in range(200)]
    # when
    (group,), others = take_groups(events)
    # then
    assert (len(group.events), others) == (200, [])
    assert group.first == parse_flow(events[0].message)


def test_another_node_in_the_stream_is_not_taken_for_the_first() -> None:
    # given two nodes whose names differ in digits only
    line = (
        "Node: ip-10-0-1-{0}.ec2.internal;SIP: 10.0.1.4;SPORT: 40000;DIP: 10.0.2.25;DPORT: 5432"
        ";PROTOCOL: TCP;PolicyVerdict: DENY"
    )
    events = [LogEvent(line.format(1 + number % 2), timestamp=NOON) for number in range(8)]
    # when
    batch = together(events)
    # then
    assert Counter(flow.node for flow in batch.denies) == {
        "ip-10-0-1-1.ec2.internal": 4,
        "ip-10-0-1-2.ec2.internal": 4,
    }
