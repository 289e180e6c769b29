"""The quick way through a shipper's records says what the long way says."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin, origin_of
from netpolwatch.ingest.wrappers.shipped import unwrap_all
from netpolwatch.ingest.wrappers.unwrap import unwrap

NODE = "ip-10-0-1-9.eu-central-1.compute.internal"
STREAM = (
    f"{NODE}-dataplane.tail.var.log.containers.aws-node-x7k2p_kube-system_aws-eks-nodeagent-"
    f"{'a' * 64}.log"
)
ORIGINS = [
    Origin(None, None),
    origin_of("/aws/containerinsights/demo/dataplane", STREAM),
    origin_of("/aws/containerinsights/demo/application", "x"),
]
AGENT = {
    "pod_name": "aws-node-x7k2p", "namespace_name": "kube-system", "host": NODE,
    "container_name": "aws-eks-nodeagent", "docker_id": "a" * 64,
}  # fmt: skip
FLOW = (
    '{"level":"info","ts":"2026-06-09T12:00:00.000Z","logger":"ebpf-client","msg":"Flow Info:  ",'
    '"Src IP":"10.0.1.44","Src Port":43322,"Dest IP":"172.20.0.10","Dest Port":53,"Proto":"UDP",'
    '"Verdict":"DENY"}'
)
logs = st.sampled_from([
    FLOW, f"{FLOW}\n", f"2026-06-09T12:00:00.1Z stderr F {FLOW}", "", "\r\n", "panic: x", "{}",
    json.dumps({"log": FLOW, "kubernetes": AGENT}), " \ufeff{\"log\":\"a\"}", "a\nb",
]) | st.text(max_size=20)  # fmt: skip
times = st.sampled_from([
    "2026-06-09T12:00:00.123Z", "2026-06-09T12:00:00.1_3Z", "2026-13-09T12:00:00.123Z",
    "2026-06-09 12:00:00.123Z", "2026-06-09T12:00:00.123456789Z", "1970-01-01T00:00:00.000Z",
    "2026-06-09T12:00:00.\u0661\u0662\u0663Z", "",
]) | st.text(max_size=24)  # fmt: skip
pods = st.sampled_from([AGENT, {"pod_name": "web-1", "namespace_name": "shop"}, {}, {"a": 1}])
records = st.fixed_dictionaries(
    {},
    optional={
        "time": times | st.integers(),
        "stream": st.sampled_from(["stdout", "stderr", "x"]) | st.none(),
        "_p": st.sampled_from(["F", "P", ""]) | st.none(),
        "logtag": st.sampled_from(["F", "P", "x"]),
        "log": logs | st.none() | st.just({"msg": "x"}),
        "kubernetes": pods | st.text(max_size=3) | st.just([{}]),
        "date": st.just(1_781_006_400.5),
        "data": st.just({"msg": "x"}),
    },
)


def assert_alike(event: LogEvent, origin: Origin) -> None:
    (found,) = unwrap_all([event], origin)
    assert list(found) == list(unwrap(event, origin))


@given(records, st.sampled_from(ORIGINS), st.none() | st.just(5), st.booleans())
@example({"time": "1970-01-01T00:00:00.000Z", "log": "a", "kubernetes": AGENT}, ORIGINS[0], 5, True)
def test_a_record_is_unwrapped_alike(
    record: dict[str, Any], origin: Origin, timestamp: int | None, escaped: bool
) -> None:
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=escaped)
    assert_alike(LogEvent(text, timestamp=timestamp), origin)


@pytest.mark.parametrize("text", [
    '{"time":"","log":"a","kubernetes":{"pod_name":"x"}',
    '{"log":"a","log":"b","kubernetes":{"pod_name":"x"}}',
    '{"log":"a","kubernetes":{"pod_name":"x"}}{"log":"b"}',
    '{"log":"\\ud800","kubernetes":{"pod_name":"x"}}',
    '{"log":"a","kubernetes":{"pod_name":"x"}} ',
    '{"log":"a","kubernetes":{' + '"a":' * 2000 + "1" + "}" * 3,
    '{"log":"' + "x" * 300_000 + '","kubernetes":{"pod_name":"x"}}',
], ids=["cut", "twice", "two", "surrogate", "blank", "broken", "long"])  # fmt: skip
def test_an_odd_record_is_unwrapped_alike(text: str) -> None:
    assert_alike(LogEvent(text), ORIGINS[0])


def test_neighbours_keep_their_places() -> None:
    events = [
        LogEvent(json.dumps({"log": text, "kubernetes": AGENT}, separators=(",", ":")))
        for text in ("a", FLOW, "")
    ]
    mixed = [events[0], LogEvent(FLOW), *events[1:]]
    found = [list(lines) for lines in unwrap_all(mixed, ORIGINS[1])]
    assert found == [list(unwrap(event, ORIGINS[1])) for event in mixed]
