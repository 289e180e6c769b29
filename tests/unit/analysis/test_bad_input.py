"""Bad input, one by one: nothing raises, nothing hides its neighbours, every loss is counted."""

import base64
import gzip
import json

import pytest

from netpolwatch import Analyzer, AnalyzerConfig, Batch
from netpolwatch.ingest.envelope import MAX_EVENTS
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

FIRST, LAST = event(identity="first"), event(identity="last")


def _with_neighbours(analyzer: Analyzer, raw: bytes) -> Batch:
    """Analyze an element, as it is written, between two good ones."""
    inflated = envelope([FIRST, "HERE", LAST]).replace(b'"HERE"', raw)
    return analyzer.analyze(payload(inflated))


def _assert_neighbours_live(batch: Batch) -> None:
    assert batch.error is None
    assert {"first", "last"} <= set(batch.event_ids)
    assert batch.by_verdict["DENY"] >= 2


@pytest.mark.parametrize(
    "data",
    ["", "=", "not base64!", "bm90IGd6aXA", "\ud800", "bm90IGd6aXA=\x00", "é", b"\xff\xfe"],
    ids=repr,
)
def test_not_base64(data: str | bytes, analyzer: Analyzer) -> None:
    batch = analyzer.analyze(data)
    assert batch.error is not None
    assert (batch.events, batch.denies) == (0, [])


def test_not_gzip(analyzer: Analyzer) -> None:
    batch = analyzer.analyze(base64.b64encode(envelope([FIRST])).decode())
    assert batch.error is not None
    assert "not gzip" in batch.error


@pytest.mark.parametrize("kept", [1, 10, 18, 60, -9, -8, -1])
def test_truncated_gzip(kept: int, analyzer: Analyzer) -> None:
    whole = gzip.compress(envelope([FIRST, LAST]))
    batch = analyzer.analyze(base64.b64encode(whole[:kept]).decode())
    assert batch.error is not None


def test_gzip_with_a_wrong_checksum(analyzer: Analyzer) -> None:
    # given whole data whose trailer says otherwise
    whole = gzip.compress(envelope([FIRST, LAST]))
    # when
    batch = analyzer.analyze(base64.b64encode(whole[:-8] + bytes(8)).decode())
    # then
    assert batch.error is not None


def test_a_second_gzip_member_is_refused_and_the_first_lives(analyzer: Analyzer) -> None:
    # given
    both = gzip.compress(envelope([FIRST])) + gzip.compress(envelope([LAST]))
    # when
    batch = analyzer.analyze(base64.b64encode(both).decode())
    # then
    assert batch.error is None
    assert batch.event_ids == ("first",)
    assert batch.dropped == 1
    assert "second gzip member" in batch.notes[0]


@pytest.mark.parametrize("inflated", [b"", b"not JSON", b"{", b'{"logEvents":', b"\x00" * 1000])
def test_not_json(inflated: bytes, analyzer: Analyzer) -> None:
    assert analyzer.analyze(payload(inflated)).error is not None


@pytest.mark.parametrize(
    "inflated",
    [
        b"null",
        b"[]",
        b"3",
        b'"logEvents"',
        b'{"Records":[]}',
        b'{"logEvents":{}}',
        b'{"logEvents":[]}',
        b'{"messageType":"OTHER","logGroup":"g","logStream":"s","logEvents":[]}',
        b'{"messageType":7,"logGroup":"g","logStream":"s","logEvents":[]}',
        b'{"messageType":"DATA_MESSAGE","logGroup":null,"logStream":"s","logEvents":[]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"owner":' + b"9" * 5000 + b',"logEvents":[]}',
    ],
    ids=lambda inflated: inflated[:50].decode(),
)
def test_json_of_another_shape(inflated: bytes, analyzer: Analyzer) -> None:
    assert analyzer.analyze(payload(inflated)).error is not None


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(event("x" * 1_000_000)).encode(),
        json.dumps(event("Node: " * 170_000)).encode(),
        json.dumps(event("Flow Info:" + "[" * 1_000_000)).encode(),
        json.dumps(event('{"policyendpoints":' + "[" * 1_000_000)).encode(),
    ],
    ids=["text", "prefixes", "file line", "audit"],
)
def test_a_1_mb_line(raw: bytes, analyzer: Analyzer) -> None:
    batch = _with_neighbours(analyzer, raw)
    _assert_neighbours_live(batch)
    assert batch.events == 3


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_line_above_what_cloudwatch_accepts_is_dropped_and_counted(
    beyond: int, analyzer: Analyzer
) -> None:
    batch = _with_neighbours(analyzer, json.dumps(event("x" * (1_048_576 + beyond))).encode())
    _assert_neighbours_live(batch)
    assert (batch.events, batch.dropped) == (3 - beyond, beyond)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":"2","timestamp":1,"message":"a\\u0000b"}',
        b'{"id":"2","timestamp":1,"message":"a\x00b"}',
        b'{"id":"2","timestamp":1,"message":"a\xff\xfe\xc3b"}',
        b'{"id":"2","timestamp":1,"message":"\xed\xa0\x80"}',
        b'{"id":"\xff","timestamp":1,"message":"b"}',
        b'{"id":"2","timestamp":1,"message":"a\nb\tc"}',
        b'{"id":"2","timestamp":1,"message":"\\ud800 \\udc00\\ud800"}',
        b'{"id":"\\udfff","timestamp":1,"message":"b"}',
    ],
    ids=repr,
)
def test_nuls_invalid_utf8_and_lone_surrogates(raw: bytes, analyzer: Analyzer) -> None:
    batch = _with_neighbours(analyzer, raw)
    _assert_neighbours_live(batch)
    assert (batch.events, batch.unparsed, batch.dropped) == (3, 0, 0)
    # What comes out can be written as JSON again.
    assert json.dumps(batch.event_ids).encode()
    assert [identity.encode() for identity in batch.event_ids]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"id":"2","timestamp":1}',
        b'{"id":"2","timestamp":1,"message":null}',
        b'{"id":"2","timestamp":1,"message":{"a":1}}',
        b"{}",
        b"[]",
        b"null",
        b"12",
        b'"text"',
        b'{"message":"\\q"}',
        b'{"message":"b",}',
        b"[" * 5000 + b"]" * 5000,
        b'{"message":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=lambda raw: raw[:40].decode(),
)
def test_an_event_without_message_is_counted_and_hides_nothing(
    raw: bytes, analyzer: Analyzer
) -> None:
    batch = _with_neighbours(analyzer, raw)
    _assert_neighbours_live(batch)
    assert (batch.events, batch.unparsed, batch.dropped) == (2, 1, 0)


def test_a_list_of_events_that_breaks_off_keeps_what_came_before(analyzer: Analyzer) -> None:
    # given
    inflated = envelope([FIRST, event(identity="second"), LAST])
    # when
    batch = analyzer.analyze(payload(inflated[: inflated.index(b'"last"')]))
    # then
    assert batch.error is None
    assert batch.event_ids == ("first", "second")
    assert batch.dropped == 1
    assert "breaks off" in batch.notes[0]


@pytest.mark.parametrize(
    ("timestamp", "minute"),
    [
        (0, "1970-01-01T00:00Z"),
        (-1, "1969-12-31T23:59Z"),
        (4_102_444_800_000, "2100-01-01T00:00Z"),
        (2**53, "unknown"),
        (None, "unknown"),
    ],
)
def test_timestamps_in_1970_2100_and_beyond(
    timestamp: int | None, minute: str, analyzer: Analyzer
) -> None:
    batch = _with_neighbours(analyzer, json.dumps(FIRST | {"timestamp": timestamp}).encode())
    _assert_neighbours_live(batch)
    assert batch.by_minute[minute] == 1
    assert (batch.unparsed, batch.by_minute.total()) == (0, 3)


@pytest.mark.parametrize(
    "written",
    ["9" * 30, "-" + "9" * 30, "9" * 5000, "1e400", "1.5", "true", '"1780995660000"', "[]", "{}"],
    ids=lambda written: str(written)[:30],
)
def test_a_timestamp_that_is_no_time_costs_the_time_and_not_the_event(
    written: str, analyzer: Analyzer
) -> None:
    raw = json.dumps(FIRST | {"timestamp": "HERE"}).replace('"HERE"', written)
    batch = _with_neighbours(analyzer, raw.encode())
    _assert_neighbours_live(batch)
    assert (batch.events, batch.unparsed) == (3, 0)
    assert (batch.oldest, batch.newest) == (NOW_MS, NOW_MS)
    assert batch.by_minute["unknown"] == 1


def test_events_out_of_order_keep_their_own_times(analyzer: Analyzer) -> None:
    # given
    times = [NOW_MS + 60_000, NOW_MS - 3_600_000, NOW_MS]
    # when
    batch = analyzer.analyze(payload(envelope([event(timestamp=at) for at in times])))
    # then
    assert (batch.oldest, batch.newest) == (min(times), max(times))
    assert len(batch.by_minute) == 3


def test_now_stands_in_for_a_time_that_is_missing(analyzer: Analyzer) -> None:
    data = payload(envelope([{"message": DENY}]))
    assert analyzer.analyze(data, now_ms=NOW_MS).by_minute == {"2026-06-09T09:01Z": 1}
    assert analyzer.analyze(data).by_minute == {"unknown": 1}


@pytest.mark.parametrize("port", ["65536", "9" * 30, "9" * 4000, "-1", "0x35"])
def test_giant_ports_are_no_flow(port: str, analyzer: Analyzer) -> None:
    lines = [
        DENY.replace("DPORT: 53", f"DPORT: {port}"),
        (
            f'{{"msg":"Flow Info:  ","Src IP":"10.0.0.1","Src Port":{port},"Dest IP":"10.0.0.2",'
            '"Dest Port":80,"Proto":"TCP","Verdict":"DENY"}'
        ),
    ]
    for line in lines:
        batch = _with_neighbours(analyzer, json.dumps(event(line)).encode())
        _assert_neighbours_live(batch)
        assert batch.by_verdict == {"DENY": 2}


def test_control_message(analyzer: Analyzer) -> None:
    # given what CloudWatch Logs sends when a filter is made
    check = event("CWL CONTROL MESSAGE: Checking health of destination Lambda.", identity="")
    control = envelope([check], messageType="CONTROL_MESSAGE", logGroup="", logStream="")
    # when
    batch = analyzer.analyze(payload(control))
    # then
    assert (batch.error, batch.events, batch.event_ids) == (None, 0, ())


def test_10_000_distinct_subjects_in_a_batch(analyzer: Analyzer) -> None:
    # given a port scan
    lines = [
        f"Node: n;SIP: 10.{at >> 8}.{at & 255}.9;SPORT: 40000;DIP: 10.0.3.7;DPORT: {1024 + at}"
        f";PROTOCOL: TCP;PolicyVerdict: DENY"
        for at in range(10_500)
    ]
    # when
    batch = analyzer.analyze(payload(envelope([event(line) for line in lines])))
    # then
    assert batch.by_verdict == {"DENY": 10_500}
    assert batch.by_disposition.total() == 10_500
    assert (len(batch.denies), batch.dropped) == (10_000, 500)
    assert len(batch.sightings) == 10_000
    assert batch.series.total() == 3 * 10_500


def test_a_storm_of_drops_does_not_hide_a_fault(analyzer: Analyzer) -> None:
    # given
    lost = '{"level":"error","msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
    # when
    batch = analyzer.analyze(payload(envelope([*[event(DENY)] * 10_001, event(lost)])))
    # then
    assert batch.sightings[-1].issue == "npa-link-not-found"
    assert [one.issue for one in batch.sightings].count("dns-egress-denied") == 10_000


def test_a_thousand_new_words_are_counted_under_a_bounded_number_of_names(
    analyzer: Analyzer,
) -> None:
    lines = [DENY.replace("UDP", f"PROTO_{at}") for at in range(1000)]
    batch = analyzer.analyze(payload(envelope([event(line) for line in lines])))
    assert batch.by_protocol.total() == 1000
    assert len(batch.by_protocol) == 65
    assert batch.by_protocol["other"] == 1000 - 64


def test_too_many_events_are_cut_and_counted(analyzer: Analyzer) -> None:
    # given more than any honest payload holds
    inflated = envelope(["HERE"]).replace(b'"HERE"', b",".join([b'{"message":"a"}'] * 300_000))
    # when
    batch = analyzer.analyze(payload(inflated))
    # then
    assert batch.events == MAX_EVENTS
    assert batch.dropped > 0


def test_a_payload_beyond_the_bound_is_analyzed_up_to_it() -> None:
    # given
    analyzer = Analyzer(AnalyzerConfig(max_inflated_bytes=4000))
    inflated = envelope([event(identity=str(at)) for at in range(1000)])
    # when
    batch = analyzer.analyze(payload(inflated))
    # then
    assert batch.error is None
    assert 10 < batch.by_verdict["DENY"] < 30
    assert batch.dropped >= 1
    assert batch.bytes == 4000
    assert "inflates beyond 4000 bytes" in batch.notes[0]


@pytest.mark.parametrize("extra", [0, 1])
def test_the_bound_is_exact(extra: int) -> None:
    inflated = envelope([FIRST])
    analyzer = Analyzer(AnalyzerConfig(max_inflated_bytes=len(inflated) - extra))
    assert analyzer.analyze(payload(inflated)).dropped == extra


@pytest.mark.parametrize(
    "line",
    [
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        b'{"message":"' + b"x" * 1000,
        b'{"message":' + b"[" * 100_000,
        b'{"message":"\\ud800","timestamp":1}',
        b'{"message":"a","timestamp":' + b"9" * 5000 + b"}",
        b'{"message":7}',
        b"[" * 100_000,
        b"x" * 9_000_000,
        b'{"id":"1","message":"' + b"y" * 9_000_000 + b'"}',
    ],
    ids=lambda line: repr(line[:24]),
)
def test_a_bad_line_of_a_file_is_other_and_its_neighbours_are_read(
    line: bytes, analyzer: Analyzer
) -> None:
    good = canonical(DENY, GROUP, STREAM)
    found = parsed([good, line + b"\n", good], analyzer)
    assert [(one["line"], one["kind"]) for one in found] == [(1, "flow"), (2, "other"), (3, "flow")]


@pytest.mark.parametrize(
    "raw", ['"message":"Node: \\ud800 "', '"message":"a\x00b"', '"message":"a\udcffb"'], ids=repr
)
def test_a_canonical_event_of_odd_text_keeps_its_time(raw: str, analyzer: Analyzer) -> None:
    line = f'{{"timestamp":{NOW_MS},"logStream":"{STREAM}",{raw}}}\n'
    (record,) = read_records([line.encode("utf-8", "surrogateescape")])
    assert (record.event.timestamp, record.log_stream) == (NOW_MS, STREAM)
    assert record.event.message.encode()
    assert parsed([line.encode("utf-8", "surrogateescape")], analyzer)
