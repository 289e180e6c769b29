"""Every labelled line, as an event with a stream and as a plain line."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from netpolwatch import Analyzer
from tests.corpus import NODE, STREAMS, Line, lines
from tests.unit.analysis.running import NOW_MS, Object, canonical, parsed, run_python

FLOWS = frozenset({"flow_accept", "flow_deny", "flow_deny_spurious", "flow_expired"})
REDACTED = frozenset({"", "****", "<IP>"})
ISSUES = {
    "link_not_found": "npa-link-not-found",
    "panic_nil_deref": "npa-panic",
    "panic_other": "ipam-connectivity-segfault-al2023-udev",
    "bpf_map_update_failed": "npa-bpf-map-update-failed",
    "rbac_denied": "policyendpoint-rbac-forbidden",
    "pod_eni_insufficient": "insufficient-pod-eni",
    "ipamd_no_ip": "ipamd-no-free-ips",
    "ipamd_insufficient_addresses": "ipamd-no-free-ips",
}
"""Both nil dereferences of the corpus are the agent's: the frames tell."""

SILENT = frozenset({"bait", "envelope", "app_symptom", "conntrack_cleanup"})
SILENT_ENDINGS = ("_info", "_noise", "_other")
SPURIOUS = frozenset({"reply", "agent-state", "noise"})
FORMS = {
    "cw": {"cloudwatch"},
    "file-kv": {"file-kv"},
    "file-sentence": {"file-sentence-v4", "file-sentence-v6"},
}

# What a wrapper tells beside the line (the node) is no label of these lines: they have a test of
# their own.
READABLE = [line for line in lines() if not line.wrapped]
WRAPPED = [line for line in lines() if line.wrapped]


TELLING = {"19-link_not_found"}
"""Lines without a required answer that do tell of an issue, another than their class."""


def _silent(line: Line) -> bool:
    named = line.kind in SILENT or line.kind.endswith(SILENT_ENDINGS)
    return (named and line.kind not in ISSUES) or not (line.scored or line.name in TELLING)


def _named(chosen: Callable[[Line], bool]) -> list[object]:
    return [pytest.param(line, id=line.name) for line in READABLE if chosen(line)]


as_flow = pytest.mark.parametrize("line", _named(lambda line: line.kind in FLOWS and line.scored))
as_issue = pytest.mark.parametrize("line", _named(lambda line: line.kind in ISSUES and line.scored))
as_silence = pytest.mark.parametrize("line", _named(_silent))
one_line = pytest.mark.parametrize(
    "line", _named(lambda line: "\n" not in line.text and line.kind in FLOWS and line.scored)
)


def _as_event(line: Line, analyzer: Analyzer) -> list[Object]:
    return parsed([canonical(line.text, *STREAMS[line.stream_kind])], analyzer)


def _as_plain(line: Line, analyzer: Analyzer) -> list[Object]:
    return parsed([text.encode() + b"\n" for text in line.text.split("\n")], analyzer)


def _address(line: Line, end: str) -> str | None:
    written = line.marks.get(f"{end}_padded", line.marks[end])
    if written in REDACTED:
        return None
    # A label without its padded form still says what was written.
    octets = written.split(".")
    return written if ":" in written else ".".join(octets + ["0"] * (4 - len(octets)))


def _assert_fields(found: Object, line: Line) -> None:
    expected = line.marks
    assert found["kind"] == "flow"
    assert found["form"] in FORMS[expected["format"]]
    assert found["source"] == {"ip": _address(line, "sip"), "port": expected["sport"]}
    assert found["destination"] == {"ip": _address(line, "dip"), "port": expected["dport"]}
    assert (found["protocol"], found["verdict"]) == (expected["proto"], expected["verdict"])
    assert found["tier"] == expected.get("tier")
    assert found["direction"] == expected.get("direction")
    assert (found["disposition"] is None) == (expected["verdict"] != "DENY")
    if line.kind == "flow_deny_spurious":
        assert found["disposition"] in SPURIOUS


def _told_time(line: Line) -> str | None:
    """Take the time that the text of a node file's line tells."""
    if "time_field" not in line.marks:
        return None
    field = json.loads(line.text.replace("\n", " "))[line.marks["time_field"]]
    told = datetime.fromisoformat(field).timestamp()
    return datetime.fromtimestamp(told).astimezone().isoformat()


def _same_moment(found: str, expected: str) -> bool:
    return datetime.fromisoformat(found) == datetime.fromisoformat(expected)


def test_the_tables_cover_every_flow_and_issue_class_of_the_corpus() -> None:
    kinds = {line.kind for line in READABLE}
    assert kinds >= FLOWS
    assert kinds >= ISSUES.keys()
    assert len(WRAPPED) == 4


@as_flow
def test_an_event_gives_exactly_the_flow_that_was_written(line: Line, analyzer: Analyzer) -> None:
    # when
    (found,) = _as_event(line, analyzer)
    # then
    _assert_fields(found, line)
    in_node_file = line.stream_kind == "npa-file"
    assert found["node"] == (NODE if in_node_file else line.marks["node"] or None)
    told = _told_time(line)
    if told is not None:
        assert _same_moment(found["timestamp"], told)


@one_line
def test_a_plain_line_gives_exactly_the_flow_that_was_written(
    line: Line, analyzer: Analyzer
) -> None:
    # when
    (found,) = _as_plain(line, analyzer)
    # then
    _assert_fields(found, line)
    assert found["node"] == (line.marks.get("node") or None)
    told = _told_time(line)
    if told is not None:
        assert _same_moment(found["timestamp"], told)


@as_issue
def test_an_event_gives_its_issue_and_only_that(line: Line, analyzer: Analyzer) -> None:
    # when
    found = _as_event(line, analyzer)
    # then
    assert [(one["kind"], one["issue"]) for one in found] == [("sighting", ISSUES[line.kind])]
    for label, field in (("iface", "interface"), ("nodes", "nodes"), ("insufficient",) * 2):
        if label in line.marks:
            assert found[0]["fields"][field] == line.marks[label]


@as_issue
def test_plain_lines_give_the_issue_once_and_no_other(line: Line, analyzer: Analyzer) -> None:
    # given a trace in the lines that it was printed in, when
    found = _as_plain(line, analyzer)
    # then
    sightings = [one["issue"] for one in found if one["kind"] == "sighting"]
    assert sightings == [ISSUES[line.kind]]
    assert all(one["kind"] != "flow" for one in found)


@as_silence
@pytest.mark.parametrize("read", [_as_event, _as_plain], ids=["event", "plain"])
def test_bait_and_noise_give_neither_flow_nor_sighting(
    line: Line, read: Callable[[Line, Analyzer], list[Object]], analyzer: Analyzer
) -> None:
    # when
    found = read(line, analyzer)
    # then
    assert {one["kind"] for one in found} == {"other"}


@pytest.mark.parametrize("line", [pytest.param(line, id=line.name) for line in WRAPPED])
@pytest.mark.parametrize("read", [_as_event, _as_plain], ids=["event", "plain"])
def test_a_wrapped_line_gives_exactly_the_flow_that_was_written(
    line: Line, read: Callable[[Line, Analyzer], list[Object]], analyzer: Analyzer
) -> None:
    # when
    (found,) = read(line, analyzer)
    # then
    _assert_fields(found, line)
    assert found["node"] == "ip-192-0-2-10.ec2.internal"


def test_every_line_is_read_by_the_real_command_as_by_the_library(
    analyzer: Analyzer, tmp_path: Path
) -> None:
    # given
    events = [canonical(line.text, *STREAMS[line.stream_kind]) for line in lines()]
    plain = [line.text.encode() + b"\n" for line in lines()]
    file = tmp_path / "corpus.jsonl"
    file.write_bytes(b"".join(events))
    # when
    of_file = run_python("-m", "netpolwatch", "parse", str(file))
    of_stdin = run_python("-m", "netpolwatch", "parse", "-", stdin=b"".join(plain))
    # then
    for run, given in ((of_file, events), (of_stdin, plain)):
        assert (run.returncode, run.stderr) == (0, b"")
        printed = [json.loads(row) for row in run.stdout.splitlines()]
        whole = b"".join(given).splitlines(keepends=True)
        assert printed == parsed(whole, analyzer)
    assert len(of_file.stdout.splitlines()) == len(lines())


def test_an_event_without_a_time_in_its_text_has_the_events_time(analyzer: Analyzer) -> None:
    (line,) = [line for line in READABLE if line.marks.get("verdict") == "EXPIRED/DELETED"][:1]
    (found,) = _as_event(line, analyzer)
    assert _same_moment(
        found["timestamp"], datetime.fromtimestamp(NOW_MS / 1000).astimezone().isoformat()
    )
