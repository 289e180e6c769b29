"""What a payload comes to: counts, facts, and an analyzer that remembers nothing it must not."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.files import batches
from netpolwatch.catalogue.default import default_entries
from netpolwatch.flows.line import render_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogBatch, LogEvent
from netpolwatch.ingest.records import read_records
from tests.unit.analysis.running import (
    DENY,
    GROUP,
    NOW_MS,
    STREAM,
    canonical,
    envelope,
    event,
    parsed,
    payload,
)
from tests.unit.flows.strategies import any_flow

ACCEPT = DENY.replace("DENY", "ACCEPT")
REPLY = (
    "Node: ip-10-0-1-9.ec2.internal;SIP: 10.0.3.7;SPORT: 443;DIP: 10.0.1.44;DPORT: 43322"
    ";PROTOCOL: TCP;PolicyVerdict: DENY;Tier: DEFAULT"
)
NOISE = (
    "Node: ip-10-0-1-9.ec2.internal;SIP: fe80::1;SPORT: 0;DIP: ff02::16;DPORT: 0"
    ";PROTOCOL: UNKNOWN;PolicyVerdict: DENY;Tier: ERROR"
)
LINK_NOT_FOUND = (
    '{"level":"error","ts":"2025-06-05T20:27:18.669Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)
ANALYZER = Analyzer()


def test_a_payload_comes_to_its_counts() -> None:
    # given
    lines = [ACCEPT, DENY, DENY, REPLY, NOISE, LINK_NOT_FOUND, "hello"]
    # when
    batch = ANALYZER.analyze(payload(envelope([event(line) for line in lines])))
    # then
    assert (batch.log_group, batch.log_stream, batch.error) == (GROUP, STREAM, None)
    assert (batch.events, batch.flows, batch.unparsed, batch.dropped) == (7, 5, 0, 0)
    assert batch.by_verdict == {"ACCEPT": 1, "DENY": 4}
    assert batch.by_disposition == {"violation": 2, "reply": 1, "noise": 1}
    assert batch.by_protocol == {"UDP": 3, "TCP": 1, "UNKNOWN": 1}
    assert batch.by_minute == {"2026-06-09T09:01Z": 5}
    assert (batch.oldest, batch.newest) == (NOW_MS, NOW_MS)
    assert Counter(sighting.issue for sighting in batch.sightings) == {
        "dns-egress-denied": 2,
        "policy-tier-deny": 3,
        "spurious-reply-deny": 1,
        "npa-link-not-found": 1,
    }
    minute = NOW_MS - NOW_MS % 60_000
    assert batch.series[minute, "KnownIssues", "denied-conversation"] == 2
    assert batch.series[minute, "Flows", "DENY"] == 4
    assert batch.series[minute, "Denies", "noise"] == 1


def test_a_denys_sighting_tells_of_the_flow() -> None:
    sighting, tier = ANALYZER.analyze(payload(envelope([event(DENY)]))).sightings
    assert (sighting.issue, tier.issue) == ("dns-egress-denied", "policy-tier-deny")
    assert sighting.fields == {
        "node": "ip-10-0-1-9.ec2.internal",
        "source": "10.0.1.44",
        "destination": "172.20.0.10",
        "port": 53,
        "protocol": "UDP",
        "tier": "DEFAULT",
        "pod_address": "10.0.1.44",
    }
    assert (sighting.severity, sighting.confidence) == ("high", "medium")
    assert (sighting.node, sighting.timestamp) == ("ip-10-0-1-9.ec2.internal", NOW_MS)
    assert sighting.text == DENY


@pytest.mark.parametrize("verdict", ["DENY", "ACCEPT"])
def test_the_streams_name_tells_the_node_of_every_verdict(verdict: str) -> None:
    # given a node file's form, which has no node
    line = DENY.replace("Node: ip-10-0-1-9.ec2.internal", "Node: ").replace("DENY", verdict)
    stream = "ip-10-0-1-7.ec2.internal.eksnp.var.log.aws-routed-eni.network-policy-agent.log"
    # when
    (found,) = parsed([canonical(line, GROUP, stream)], ANALYZER)
    # then
    assert found["node"] == "ip-10-0-1-7.ec2.internal"


def test_a_flow_that_an_application_prints_is_not_believed() -> None:
    stream = "i-0a1b-application.var.log.containers.web-0_shop_web-0123456789abcdef.log"
    group = "/aws/containerinsights/demo/application"
    (found,) = parsed([canonical(DENY, group, stream)], ANALYZER)
    assert found["kind"] == "other"


def test_the_same_payload_twice_is_the_same_batch() -> None:
    data = payload(envelope([event(DENY), event(LINK_NOT_FOUND), event("hello")]))
    assert ANALYZER.analyze(data) == ANALYZER.analyze(data) == Analyzer().analyze(data)


def test_a_bad_payload_leaves_nothing_behind() -> None:
    good = payload(envelope([event(DENY)]))
    before = ANALYZER.analyze(good)
    assert ANALYZER.analyze("bm90IGd6aXA=").error is not None
    assert ANALYZER.analyze(good) == before


def test_an_analyzer_without_entries_still_judges() -> None:
    batch = Analyzer(AnalyzerConfig(entries=())).analyze(payload(envelope([event(DENY)])))
    assert (batch.by_disposition, batch.sightings) == ({"violation": 1}, [])


def test_several_issues_of_one_line_are_told_each() -> None:
    # given a line that two physical lines were joined to
    line = f"{LINK_NOT_FOUND}{LINK_NOT_FOUND.replace('failed to find device', 'x')}"
    both = line + '{"msg":"Ingress Map update failed: unable to update map: invalid argument"}'
    # when
    found = parsed([both.encode()], ANALYZER)
    # then
    assert [one["issue"] for one in found] == ["npa-link-not-found", "npa-bpf-map-update-failed"]
    assert [one["line"] for one in found] == [1, 1]


def test_a_signal_stands_on_other() -> None:
    line = 'time="2025-03-01T14:03:52Z" level=info msg="Checking for IPAM connectivity... "'
    stream = "i-0a1b-dataplane.var.log.containers.aws-node-x7k2p_kube-system_aws-node-0123abcd.log"
    found = parsed([canonical(line, GROUP, stream)], ANALYZER)
    issue = "ipam-connectivity-segfault-al2023-udev"
    assert found == [{"line": 1, "kind": "other", "signals": [issue]}]


def test_a_files_streams_are_a_batch_each() -> None:
    # given
    streams = ["a", "a", "b", "a"]
    lines = [canonical(DENY, GROUP, stream) for stream in streams]
    # when
    found = list(batches(ANALYZER, read_records(lines)))
    # then
    assert [(batch.log_stream, batch.events) for batch in found] == [("a", 3), ("b", 1)]


def test_a_long_files_batches_are_bounded() -> None:
    lines = [DENY.encode()] * 12_000
    assert [batch.events for batch in batches(ANALYZER, read_records(lines))] == [5000, 5000, 2000]


def test_every_default_entry_is_known_by_its_id() -> None:
    assert list(ANALYZER.entries) == [entry.id for entry in default_entries()]


@given(flow=any_flow, timestamp=st.none() | st.integers(-(2**53), 2**53))
def test_every_flow_survives_the_whole_way(flow: Flow, timestamp: int | None) -> None:
    # when
    batch = ANALYZER.analyze(
        payload(envelope([event(render_flow(flow)) | {"timestamp": timestamp}]))
    )
    # then
    assert batch.by_verdict == {flow.verdict: 1}
    assert batch.by_disposition.total() == (flow.verdict == "DENY")
    assert batch.oldest == (timestamp if flow.timestamp is None else flow.timestamp)


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    head = envelope(["HERE"]).partition(b'"HERE"')[0]
    for given_data in (data, data.decode("latin-1"), payload(data), payload(head + data)):
        batch = ANALYZER.analyze(given_data)
        assert batch.error is not None or batch.event_ids is not None


@given(messages=st.lists(st.text(max_size=120), max_size=5))
def test_arbitrary_messages_never_raise_and_hide_nothing(messages: list[str]) -> None:
    events = [event(message) for message in [DENY, *messages, DENY]]
    batch = ANALYZER.analyze(payload(envelope(events)))
    assert (batch.error, batch.events, batch.dropped) == (None, len(events), 0)
    assert batch.by_verdict["DENY"] >= 2


_TRACES = (LINK_NOT_FOUND, DENY, REPLY, "panic: runtime error: x", "goroutine 1 [running]:", "{")


@given(lines=st.lists(st.sampled_from(_TRACES) | st.text(max_size=60), max_size=8), cut=st.data())
def test_arbitrary_lines_of_a_file_give_each_an_object_in_order(
    lines: list[str], cut: st.DataObject
) -> None:
    # given
    rows = [
        line[: cut.draw(st.integers(0, len(line)))].encode("utf-8", "replace") for line in lines
    ]
    # when
    found = parsed(rows, ANALYZER)
    # then
    kept = [number for number, row in enumerate(rows, 1) if row.strip()]
    assert sorted({one["line"] for one in found}) == kept
    assert [one["line"] for one in found] == sorted(one["line"] for one in found)


@given(name=st.text(max_size=60), group=st.text(max_size=60))
def test_arbitrary_names_of_streams_never_raise(name: str, group: str) -> None:
    batch = ANALYZER.analyze_events(LogBatch(group, name, [LogEvent(DENY), LogEvent("panic: x")]))
    assert batch.events == 2
    assert json.dumps(batch.event_ids)
