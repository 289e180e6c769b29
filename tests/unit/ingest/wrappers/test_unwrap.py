"""Every wrapper around every form, hostile ones, and lines that only look wrapped."""

import json
import time
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import AGENT, APPLICATION, AUDIT, Origin
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.ingest.wrappers.unwrap import MAX_DEPTH, MAX_LINES, may_be_wrapped, unwrap
from tests.corpus import Line, lines
from tests.unit.flows.strategies import any_flow
from tests.unit.ingest.wrappers.wrapping import CRI, KUBERNETES, NESTABLE, WRAPS, dumps

UNKNOWN = Origin(None, None)
DENY = (
    "Node: n;SIP: 10.0.1.44;SPORT: 43322;DIP: 10.0.3.7;DPORT: 80;PROTOCOL: TCP;PolicyVerdict: DENY"
)
OBJECT = '{"level":"info","msg":"Flow Info:  ","Src IP":"10.0.1.44"}'


def unwrapped(text: str, origin: Origin = UNKNOWN) -> list[Unwrapped]:
    return list(unwrap(LogEvent(text, timestamp=5), origin))


def one(text: str, origin: Origin = UNKNOWN) -> Unwrapped:
    (line,) = unwrapped(text, origin)
    return line


def _pod(**names: object) -> str:
    return dumps({"log": DENY, "kubernetes": KUBERNETES | names})


@pytest.mark.parametrize("wrap", WRAPS)
@given(flow=any_flow)
def test_every_wrapper_around_every_form_gives_the_same_flow(wrap: str, flow: Flow) -> None:
    bare = render_flow(flow)
    assert parse_flow(one(WRAPS[wrap](bare)).text) == parse_flow(bare) == flow


@given(flow=any_flow, wraps=st.lists(st.sampled_from(NESTABLE), min_size=2, max_size=5))
def test_wrappers_within_wrappers_give_the_same_flow(flow: Flow, wraps: list[str]) -> None:
    wrapped = reduce(lambda text, wrap: WRAPS[wrap](text), wraps, render_flow(flow))
    assert parse_flow(one(wrapped).text) == flow


@given(flows=st.lists(any_flow, min_size=1, max_size=4), blank=st.sampled_from(["", " ", "\n"]))
def test_several_objects_on_a_line_are_each_a_line(flows: list[Flow], blank: str) -> None:
    texts = [text for flow in flows if (text := render_flow(flow)).startswith("{")]
    joined = blank.join(texts)
    assert [line.text for line in unwrapped(joined)] == (texts or [""])
    if len(texts) > 1:
        assert [line.text for line in unwrapped(WRAPS["log"](joined))] == texts


@given(flow=any_flow)
def test_a_bare_line_comes_back_as_it_is(flow: Flow) -> None:
    text = render_flow(flow)
    assert not may_be_wrapped(text)
    line = one(text, Origin(AGENT, "n"))
    assert line == Unwrapped(text, 5, Origin(AGENT, "n"))
    assert line.text is text


@given(text=st.text(max_size=200))
def test_any_text_gives_at_least_one_line_and_never_raises(text: str) -> None:
    for wrapped in (text, *(wrap(text) for name, wrap in WRAPS.items() if "{" not in text)):
        for line in unwrapped(wrapped):
            assert line.text.encode() is not None


@given(
    flow=any_flow,
    wrap=st.sampled_from(sorted(WRAPS)),
    cut=st.integers(0, 400),
    more=st.text(max_size=5),
)
def test_a_damaged_wrapper_never_raises_and_a_cut_one_invents_no_address(
    flow: Flow, wrap: str, cut: int, more: str
) -> None:
    whole = WRAPS[wrap](render_flow(flow))
    unwrapped(whole[:cut] + more + whole[cut + 1 :])
    for damaged in (whole[:cut], whole[cut:]):
        for line in unwrapped(damaged):
            found = parse_flow(line.text)
            if found is not None:
                ends = (found.source_ip, found.destination_ip)
                assert ends == (flow.source_ip, flow.destination_ip)


def test_what_a_wrapper_says_is_kept() -> None:
    line = one(WRAPS["log"](DENY))
    assert (line.pod, line.namespace) == ("aws-node-x7k2p", "kube-system")
    assert (line.container, line.host) == ("aws-eks-nodeagent", "ip-10-9-9-9.ec2.internal")
    assert line.origin == Origin(AGENT, "ip-10-9-9-9.ec2.internal")
    assert line.timestamp == 1_768_039_200_100


@pytest.mark.parametrize(
    ("text", "component"),
    [
        (_pod(), AGENT),
        (_pod(container_name="aws-node"), "aws-node"),
        (_pod(container_name="web"), APPLICATION),
        (_pod(namespace_name="shop"), APPLICATION),
        (_pod(container_name=None), None),
        (_pod(container_name=None, pod_name="web-0"), APPLICATION),
        (_pod(container_name=7, pod_name=["x"]), None),
        (WRAPS["systemd"](DENY), "kubelet"),
        (WRAPS["systemd"](DENY).replace("kubelet", "containerd"), "host"),
        (WRAPS["host"](DENY), "host"),
        (WRAPS["k9s"](DENY).replace("aws-eks-nodeagent", "aws-node"), "aws-node"),
        (WRAPS["kubectl"](DENY).replace("aws-eks-nodeagent", "web"), APPLICATION),
        (WRAPS["insights"](DENY).replace('"s"', '"kube-scheduler-0"'), "kube-scheduler"),
    ],
)
def test_the_component_comes_from_the_wrapper(text: str, component: str | None) -> None:
    assert one(text).origin.component == component


FULL_TABLE = "nf_conntrack: nf_conntrack: table full, dropping packet"


def _journal(**other: object) -> str:
    """Write a record as `journalctl -k -o json` does."""
    return dumps({
        "MESSAGE": FULL_TABLE, "PRIORITY": "4", "_TRANSPORT": "kernel", "SYSLOG_FACILITY": "0",
        "SYSLOG_IDENTIFIER": "kernel", "_HOSTNAME": "ip-10-9-9-9.ec2.internal", "_BOOT_ID": "0d1c",
        "__REALTIME_TIMESTAMP": "1768039200100456", **other,
    })  # fmt: skip


def test_a_journals_record_of_the_kernel_has_no_unit() -> None:
    line = one(_journal())
    assert line.text == FULL_TABLE
    assert line.origin == Origin("host", "ip-10-9-9-9.ec2.internal")
    assert line.timestamp == 1_768_039_200_100


@pytest.mark.parametrize(
    ("record", "component"),
    [
        (_journal(SYSLOG_IDENTIFIER="systemd"), APPLICATION),
        (_journal(_HOSTNAME=None), "host"),
        (_journal(_TRANSPORT="stdout"), None),
        (_journal(_TRANSPORT="syslog", SYSLOG_IDENTIFIER="kernel"), None),
    ],
)
def test_the_kernels_records_are_told_from_what_others_write_into_the_journal(
    record: str, component: str | None
) -> None:
    assert one(record).origin.component == component


@pytest.mark.parametrize("time", ["", "x", "9" * 19, "\u0661", 7, None, "-1"])
def test_a_journals_time_that_is_none_leaves_the_events(time: object) -> None:
    assert one(_journal(__REALTIME_TIMESTAMP=time)).timestamp == 5


@pytest.mark.parametrize("wrap", ["log", "systemd", "host", "insights", "kubectl"])
def test_a_pod_cannot_print_itself_another_component(wrap: str) -> None:
    # given a line whose text claims to be the agent's, in a record that says whose it is
    text = dumps({"log": WRAPS[wrap](DENY), "kubernetes": KUBERNETES | {"container_name": "web"}})
    # then
    assert one(text).origin.component == APPLICATION
    assert one(WRAPS[wrap](DENY), Origin(APPLICATION, None)).origin.component == APPLICATION


@pytest.mark.parametrize("name", ["", "a b", "x" * 254, "\ud800", "<b>", "a\u0000", 7, None, {}])
def test_a_name_that_is_none_is_not_kept(name: object) -> None:
    text = json.dumps({"log": DENY, "kubernetes": KUBERNETES | {"host": name}})
    assert (one(text).host, one(text).origin.node) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (dumps({"log": DENY, "time": "2026-01-10T10:00:00.1Z"}), 1_768_039_200_100),
        (dumps({"log": DENY, "date": 1_768_039_200.1}), 1_768_039_200_100),
        (dumps({"log": DENY, "time": "Jan 10 10:00:00"}), 5),
        (dumps({"log": DENY, "time": 10**30}), 5),
        (dumps({"log": DENY, "time": True}), 5),
        (dumps({"log": CRI + DENY, "time": "2025-01-10T10:00:00Z"}), 1_768_039_200_100),
        (CRI + WRAPS["log"](DENY).replace("2026-01-10T10:00:00.1Z", "x"), 1_768_039_200_100),
    ],
)
def test_the_innermost_honest_time_counts(text: str, expected: int) -> None:
    assert one(text).timestamp == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"message":"Valid user found with email test@test.com."}',
        '{"level":"error","message":"panic: runtime error: index out of range"}',
        '{"timestamp":"2026-01-10T10:00:00Z","message":"Node: x"}',
        '{"log":"Node: x","user":"u"}',
        '{"level":"info","log":"Node: x"}',
        '{"data":"Node: x"}',
        '{"host":"db","message":"Node: x","user":"u"}',
        '{"message":"Node: x","hostname":"h"}',
        '{"@timestamp":"2026-01-10T10:00:00Z","@message":"x","level":"info"}',
        '{"log":7}',
        '{"kubernetes":{"pod":"x"},"log":null}',
        "I0110 10:00:00.000000 1 file.go:1] message",
        "2026-01-10T10:00:00Z stdout is closed",
        "| not | a row |",
        '"a quoted sentence"',
        "[pod/web] x",
        "",
        " ",
        "{",
        "{}",
    ],
)
def test_a_line_that_is_not_wrapped_keeps_its_own_meaning(text: str) -> None:
    assert one(text) == Unwrapped(text, 5, UNKNOWN)


@pytest.mark.parametrize(
    "line",
    [pytest.param(line, id=line.name) for line in lines() if line.kind in ("bait", "envelope")],
)
@pytest.mark.parametrize("wrap", ["log", "keep-log", "cri", "filtered"])
def test_a_wrapped_bait_is_the_bait_itself(line: Line, wrap: str) -> None:
    if line.kind == "bait" and "\n" not in line.text:
        found = unwrapped(WRAPS[wrap](line.text))
        assert found[-1].text in (line.text, *(bare.text for bare in unwrapped(line.text)))
    assert all(parse_flow(found.text) is None for found in unwrapped(line.text))


def test_control_plane_streams_are_not_looked_into() -> None:
    text = WRAPS["log"](DENY)
    assert one(text, Origin(AUDIT, None)).text is text


def test_depth_is_bounded() -> None:
    wrapped = reduce(lambda text, _: dumps({"log": text}), range(MAX_DEPTH), DENY)
    assert one(wrapped).text == DENY
    assert one(dumps({"log": wrapped})).text == dumps({"log": DENY})


def test_lines_of_one_event_are_bounded_and_none_is_lost() -> None:
    found = unwrapped(OBJECT * (MAX_LINES + 5))
    assert len(found) == MAX_LINES
    assert found[0].text == OBJECT
    assert found[-1].text == OBJECT * 6


def _nested(depth: int) -> str:
    return reduce(lambda text, _: dumps({"log": text}), range(depth), "x")


HOSTILE = {
    "deep objects": '{"log":' * 100_000,
    "deep lists": '{"log":' + "[" * 500_000,
    "deep and closed": '{"log":' + "[" * 50_000 + "]" * 50_000 + "}",
    "objects": "{}" * 500_000,
    "objects apart": "{} " * 300_000,
    "seams": "}{" * 500_000,
    "keys": '{"log":"x",' + ",".join(f'"{n}":{{}}' for n in range(80_000)) + "}",
    "same key": '{"log":"x"' + ',"log":"x"' * 100_000 + "}",
    "escapes": '{"log":"' + "\\\\" * 500_000 + '"}',
    "bomb of escapes": _nested(16),
    "quotes": '"' * 1_000_000,
    "escaped quotes": '{"log":"' + '\\"' * 500_000,
    "digits": '{"log":' + "9" * 1_000_000 + "}",
    "blanks": "{" + " " * 1_000_000,
    "braces and blanks": "} " * 500_000 + "{",
    "open and blanks": ('{"log":"x"}' + " " * 20) * 30_000,
    "rows": "| 2026-01-10 10:00:00.100 " * 40_000,
    "prefixes": "aws-node-x7k2p aws-node " * 40_000,
    "lines": "\u2502 aws-node x\n" * 80_000,
    "runtime": CRI * 25_000,
    "time": "2026-01-10T10:00:00Z " * 50_000,
    "labels": dumps({"log": DENY, "kubernetes": {"pod_name": "p", "labels": {"x": "y" * 900_000}}}),
    "surrogates": '{"log":"' + "\\ud800" * 150_000 + '"}',
    "blanked": "Node: " + "; SIP: " * 140_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(name: str) -> None:
    # given
    text = HOSTILE[name]
    # when
    start = time.process_time()
    found = unwrapped(text)
    # then
    assert time.process_time() - start < 5
    assert 1 <= len(found) <= MAX_LINES
    assert all(line.text.encode() is not None for line in found)


@pytest.mark.parametrize("beside", ['"host":"l"', '"hostname":"l","log":"x"', '"kubernetes":{}'])
def test_a_key_that_is_no_text_loses_nothing(beside: str) -> None:
    # given what the fuzzer found: half a character as the name of a key
    text = '{"level":"","ts":"","msg":"a","\\ud80e":"",' + beside + "}"
    lines = unwrap(LogEvent(text), Origin(None, None))
    assert [line.text.encode() for line in lines]
