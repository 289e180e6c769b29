"""Files: canonical events, `filter-log-events` output and plain lines."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.prefix import container_of, without_container, without_time
from netpolwatch.ingest.records import Record, bounded_lines, read_records
from netpolwatch.ingest.timestamps import milliseconds, rfc3339


def _one(line: bytes) -> Record:
    (record,) = read_records([line])
    return record


def test_a_canonical_event() -> None:
    line = b'{"id":"1","timestamp":5,"logGroup":"g","logStream":"s","message":"m"}\r\n'
    assert _one(line) == Record(1, LogEvent("m", "1", 5), "g", "s")


def test_an_event_of_filter_log_events() -> None:
    line = b'{"logStreamName":"s","timestamp":5,"message":"m","ingestionTime":6,"eventId":"1"}'
    assert _one(line) == Record(1, LogEvent("m", "1", 5), "", "s")


@pytest.mark.parametrize(
    "line",
    [
        b'{"message":"m","level":"INFO"}',
        b'{"message":7}',
        b'{"message":null}',
        b'{"msg":"message"}',
        b'["message"]',
        b'"message"',
        b'{"message":"m"',
        b'{"message":"m"} {"message":"n"}',
    ],
)
def test_an_applications_own_json_is_a_plain_line(line: bytes) -> None:
    assert _one(line) == Record(1, LogEvent(line.decode()))


def test_empty_lines_count_and_are_no_records() -> None:
    numbers = [record.line for record in read_records([b"\n", b"a\n", b"  \r\n", b"b"])]
    assert numbers == [2, 4]


def test_a_byte_order_mark_before_the_first_line_is_no_text() -> None:
    assert _one(b"\xef\xbb\xbf" + b'{"id":"1","message":"m"}').event == LogEvent("m", "1")


def test_names_are_bounded_and_messages_too() -> None:
    line = b'{"logStream":"%s","message":"%s"}' % (b"s" * 600, b"m" * 2_000_000)
    record = _one(line)
    assert (len(record.log_stream), len(record.event.message)) == (512, 1_048_576)


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 100])
@pytest.mark.parametrize("text", [b"", b"abcd", b"abcd\n", b"abcd\nef\n\nabcdefgh\ni", b"\n\n"])
def test_lines_are_cut_and_never_split(text: bytes, limit: int) -> None:
    found = list(bounded_lines(io.BytesIO(text), limit))
    assert found == [line[:limit] for line in text.splitlines(keepends=True)]


@given(lines=st.lists(st.binary(max_size=80)))
def test_arbitrary_bytes_are_records_that_can_be_written(lines: list[bytes]) -> None:
    for record in read_records(lines):
        assert record.event.message.encode() is not None
        assert lines[record.line - 1].strip()


@given(body=st.binary(max_size=60))
def test_arbitrary_bytes_in_a_canonical_event_never_raise(body: bytes) -> None:
    for line in (b'{"message":"' + body + b'"}', b'{"message":"m",' + body, b"{" + body + b"}"):
        for record in read_records([line]):
            assert record.event.message.encode() is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2024-08-01T12:00:00.000+0200", 1_722_506_400_000),
        ("2024-08-01T12:00:00.000+02:00", 1_722_506_400_000),
        ("2024-08-01 10:00:00", 1_722_506_400_000),
        ("0001-01-01T00:00:00+23:59", -62_135_683_140_000),
        ("2024-13-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        ("\ud800", None),
    ],
)
def test_a_written_time(text: str, expected: int | None) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (4_102_444_800_123, "2100-01-01T00:00:00.123Z"),
        (253_402_300_800_000, None),
        (10**30, None),
        (None, None),
    ],
)
def test_a_time_is_written(timestamp: int | None, text: str | None) -> None:
    assert rfc3339(timestamp) == text


@given(timestamp=st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_written_time_is_read_back(timestamp: int) -> None:
    assert milliseconds(rfc3339(timestamp) or "") == timestamp


@given(text=st.text(max_size=40))
def test_arbitrary_text_before_a_line_never_raises(text: str) -> None:
    without_time(text)
    without_container(text)


def test_what_k9s_and_stern_put_first_is_taken_off_every_line() -> None:
    assert container_of("│ aws-node panic: x") == "aws-node"
    assert container_of("aws-node-x7k2p aws-eks-nodeagent panic: x") == "aws-eks-nodeagent"
    assert container_of("aws-node-x7k2p") is None
    assert without_container("│ aws-node a\n│ aws-node\n│ aws-node b") == "a\n\nb"
