"""Lines in records and copies that nobody foresaw: read, or counted as unread; none vanishes."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch import Analyzer
from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import Flow
from tests.unit.analysis.running import DENY, canonical, envelope, event, parsed, payload
from tests.unit.flows.strategies import any_flow
from tests.unit.ingest.wrappers.wrapping import WRAPS

Wrap = Callable[[str], str]

LINK = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)
RECORDS: dict[str, Wrap] = {
    "splunk": lambda line: json.dumps({"time": 1787644801.02, "host": "n1", "event": line}),
    "elastic": lambda line: json.dumps({"_index": "i", "_source": {"message": line}}),
    "loki": lambda line: json.dumps({"labels": {"a": "b"}, "line": line}),
    "twice": lambda line: json.dumps({"message": line, "event": {"original": line}}),
    "deep": lambda line: json.dumps({"a": [{"b": {"c": [line]}}]}),
    "rows": lambda line: json.dumps(["1780304400100000000", line]),
    "otlp": lambda line: json.dumps({"logRecords": [{"body": {"stringValue": line}}]}),
    "vector": lambda line: json.dumps({"message": line, "source_type": "file", "host": "n1"}),
    "opentelemetry": lambda line: json.dumps({"body": line}),
    "fluentd": lambda line: f"2026-06-01T09:00:00+00:00\teks.np\t{json.dumps({'log': line})}",
}
COPIES: dict[str, Wrap] = {
    "grep": lambda line: f"var_log/network-policy-agent.log:{line}",
    "grep -n": lambda line: f"18231:{line}",
    "syslog": lambda line: f"<14>Aug 25 08:00:01 n1 network-policy-agent: {line}",
    "logcli": lambda line: f'2026-06-01T09:00:00Z {{container="aws-eks-nodeagent"}} {line}',
    "compose": lambda line: f"aws-node-x7k2p  | {line}",
    "k9s": lambda line: f"\u2502 {line}   \u2502",
    "quote": lambda line: f"> {line}",
    "bullet": lambda line: f"- {line}",
    "backticks": lambda line: f"`{line}`",
    "colours": lambda line: f"\x1b[36m{line}\x1b[0m",
    "console": lambda line: f"\u25b6\t2026-08-25T08:00:01.020Z\t{line}",
    "aws text": lambda line: f"EVENTS\t37\t1780304400900\tstream\t{line}\t1780304400100",
    "aws table": lambda line: f"||  message  |  {line}  ||",
    "unknown": lambda line: f"some collector nobody knows says: {line}",
}
WRAPPERS = {**RECORDS, **COPIES, **{f"known {name}": wrap for name, wrap in WRAPS.items()}}

_wrappers = st.sampled_from(sorted(WRAPPERS))
_copying = st.sampled_from(sorted(RECORDS | COPIES))
_analyzer = Analyzer()


def _ends(line: str) -> tuple[object, ...]:
    flow = parse_flow(line)
    assert isinstance(flow, Flow)
    return (
        {"ip": flow.source_ip, "port": flow.source_port},
        {"ip": flow.destination_ip, "port": flow.destination_port},
        flow.protocol,
        flow.verdict,
        flow.tier,
        flow.direction,
    )


@settings(max_examples=400)
@given(flow=any_flow, inner=_wrappers, outer=st.none() | _copying)
def test_a_wrapped_verdict_is_read_or_counted(flow: Flow, inner: str, outer: str | None) -> None:
    # given
    line = render_flow(flow)
    text = WRAPPERS[inner](line)
    text = text if outer is None else WRAPPERS[outer](text)
    # when
    found = parsed(text.encode("utf-8", "replace").splitlines(keepends=True), _analyzer)
    # then
    keys = ("source", "destination", "protocol", "verdict", "tier", "direction")
    flows = [tuple(each[key] for key in keys) for each in found if each["kind"] == "flow"]
    unread = [each for each in found if "unread" in each]
    assert flows == [_ends(line)] or (not flows and unread)


@pytest.mark.parametrize("name", sorted(RECORDS | COPIES))
def test_a_verdict_of_each_kind_is_read(name: str, analyzer: Analyzer) -> None:
    found = parsed([WRAPPERS[name](DENY).encode()], analyzer)
    assert [each["kind"] for each in found] == (["other"] if name == "unknown" else ["flow"])


@pytest.mark.parametrize("name", ["splunk", "grep", "logcli", "k9s", "aws text", "colours"])
def test_a_fault_is_found_within(name: str, analyzer: Analyzer) -> None:
    (found,) = parsed([WRAPPERS[name](LINK).encode()], analyzer)
    assert (found["kind"], found["issue"]) == ("sighting", "npa-link-not-found")


@pytest.mark.parametrize(
    "text",
    [
        "- failed to find device by name eni9ea69618bf0: Link not found",
        "> failed to find device by name eni9ea69618bf0: Link not found",
        '{"level":"info","ticket":"failed to find device by name eni9ea69618bf0: Link not found"}',
        '{"title":"failed to find device by name eni9ea69618bf0: Link not found"}',
        'a, "failed to find device by name eni9ea69618bf0: Link not found", b',
        "Jan 10 10:00:00 n1 bot[7]: failed to find device by name eni9ea69618bf0: Link not found",
    ],
)
def test_who_quotes_the_words_of_a_fault_has_none(text: str, analyzer: Analyzer) -> None:
    assert [each["kind"] for each in parsed([text.encode()], analyzer)] == ["other"]


def test_what_the_record_says_is_said_of_the_line(analyzer: Analyzer) -> None:
    # given
    kubernetes = {"node": {"name": "ip-10-0-1-9"}, "container": {"name": "aws-eks-nodeagent"}}
    record = {"@timestamp": "2026-06-01T09:00:00.100Z", "message": LINK, "kubernetes": kubernetes}
    # when
    (found,) = parsed([json.dumps(record).encode()], analyzer)
    # then
    assert found["component"] == "network-policy-agent"


def test_a_container_of_somebody_else_is_not_believed(analyzer: Analyzer) -> None:
    record = {"line": DENY, "labels": {"container": "web", "pod": "web-0"}}
    assert [each["kind"] for each in parsed([json.dumps(record).encode()], analyzer)] == ["other"]


def test_several_lines_of_one_record_are_all_read(analyzer: Analyzer) -> None:
    answer = {"stream": {"pod": "aws-node-x7k2p"}, "values": [["1780304400100000000", DENY]] * 3}
    found = parsed([json.dumps({"result": answer}).encode()], analyzer)
    assert [each["kind"] for each in found] == ["flow"] * 3


def test_a_function_reads_none_of_it(analyzer: Analyzer) -> None:
    # given
    texts = [wrap(DENY) for name, wrap in (RECORDS | COPIES).items() if not _is_strict(name)]
    # when
    batch = analyzer.analyze(payload(envelope([event(text) for text in texts])))
    # then
    assert batch.flows == 0
    assert batch.unread.counts == {"verdict": len(texts)}


def test_a_stream_of_an_application_is_not_looked_into(analyzer: Analyzer) -> None:
    line = canonical(f"x.log:{DENY}", "/aws/containerinsights/demo/application", "web")
    assert [each["kind"] for each in parsed([line], analyzer)] == ["other"]


def _is_strict(name: str) -> bool:
    return name in ("vector", "opentelemetry")
