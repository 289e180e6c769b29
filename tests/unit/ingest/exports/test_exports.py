"""Exports are recognised by their content, streamed, and bounded."""

import base64
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.exports import elements
from netpolwatch.ingest.records import DocumentError, Record, pieces, read_records

GROUP, STREAM = "/aws/eks/demo/cluster", "kube-scheduler-0"
INSIGHTS_KEYS = ("@timestamp", "@message", "@logStream", "@log")
TIME, MS = "2026-01-10 10:00:00.100", 1_768_039_200_100
MESSAGE = 'Node: n; "quoted", {"a": [1]}\nsecond line'
Read = list[tuple[str, str, str, int | None]]

messages = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=6)


def read(data: bytes) -> Read:
    return [
        (record.event.message, record.log_group, record.log_stream, record.event.timestamp)
        for record in read_records(pieces(io.BytesIO(data)))
    ]


def filtered(texts: Iterable[str], indent: int | None = None, **beside: object) -> bytes:
    events = [
        {"logStreamName": STREAM, "timestamp": MS, "message": text, "eventId": "1"}
        for text in texts
    ]
    return json.dumps({"events": events, **beside}, indent=indent).encode()


def result(text: str) -> dict[str, str]:
    return dict(zip(INSIGHTS_KEYS, (TIME, text, STREAM, f"111122223333:{GROUP}"), strict=True))


def cells(text: str) -> list[dict[str, str]]:
    return [{"field": key, "value": value} for key, value in result(text).items()]


def envelope(texts: Iterable[str]) -> bytes:
    events = [{"id": "1", "timestamp": MS, "message": text} for text in texts]
    head = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": GROUP, "logStream": STREAM}
    return json.dumps({**head, "logEvents": events}).encode()


def payload(texts: Iterable[str]) -> bytes:
    return base64.b64encode(gzip.compress(envelope(texts)))


@given(texts=messages, indent=st.sampled_from([None, 0, 4]))
def test_filter_log_events(texts: list[str], indent: int | None) -> None:
    expected = [(text, "", STREAM, MS) for text in texts]
    assert read(filtered(texts, indent)) == expected
    assert read(filtered(texts, indent, searchedLogStreams=[{"a": [1.5]}], x=1)) == expected
    assert read(filtered(texts, indent) + b"\n" + filtered(texts, indent)) == expected * 2


@given(texts=messages, indent=st.sampled_from([None, 4]))
def test_results_of_logs_insights(texts: list[str], indent: int | None) -> None:
    expected = [(text, GROUP, STREAM, MS) for text in texts]
    rows = [cells(text) for text in texts]
    shapes = [
        {"results": rows, "statistics": {"bytesScanned": 1.0}, "status": "Complete"},
        {"queryLanguage": "CWLI", "statistics": {"bytesScanned": 1.0}, "results": rows},
        *([[result(text) for text in texts], rows] if texts else []),
    ]
    for shape in shapes:
        assert read(json.dumps(shape, indent=indent).encode()) == expected
    assert read(b"\n".join(json.dumps(result(text)).encode() for text in texts)) == expected


@given(texts=messages)
def test_a_table(texts: list[str]) -> None:
    rows = ['"' + '","'.join(v.replace('"', '""') for v in result(t).values()) + '"' for t in texts]
    table = "\n".join([",".join(INSIGHTS_KEYS), *rows, ""]).encode()
    expected = [re.sub(r"\r(?!\n)", " ", text) for text in texts]
    assert [message for message, *_ in read(table)] == expected
    assert all(rest == [GROUP, STREAM, MS] for _, *rest in read(b"\xef\xbb\xbf" + table))


@given(texts=messages)
def test_subscription_envelopes(texts: list[str]) -> None:
    expected = [(text, GROUP, STREAM, MS) for text in texts]
    event = json.dumps({"awslogs": {"data": payload(texts).decode()}})
    for data in (payload(texts), envelope(texts), event.encode()):
        assert read(data) == expected
        assert read(data + b"\n" + data + b"\n") == expected * 2
    for document in (json.loads(envelope(texts)), json.loads(event)):
        assert read(json.dumps(document, indent=2).encode()) == expected


def test_an_export_to_s3_and_a_runtimes_file_are_told_apart() -> None:
    lines = b"2026-01-10T10:00:00.100Z panic: x\n2026-01-10T10:00:00.100Z stdout F {}\n"
    assert read(lines) == [
        ("panic: x", "", "", MS),
        ("2026-01-10T10:00:00.100Z stdout F {}", "", "", None),
    ]


def test_a_message_that_is_json_may_be_exported_as_an_object() -> None:
    row = {"@timestamp": str(MS), "@message": {"kind": "Event", "a": "ä"}}
    assert read(json.dumps([row]).encode()) == [('{"kind": "Event", "a": "ä"}', "", "", MS)]


def test_elements_that_are_no_events_are_lines() -> None:
    assert read(b'{"results": [[{"field":"count","value":"3"}], [7]], "status": "x"}') == [
        ('[{"field": "count", "value": "3"}]', "", "", None),
        ("[7]", "", "", None),
    ]


def test_records_are_numbered_through() -> None:
    numbers = count(1)
    files = [filtered("ab"), b"", b"\nplain\n\n", payload("cd"), b"x"]
    found = [
        record.line
        for data in files
        for record in read_records(data.splitlines(keepends=True), numbers)
    ]
    assert found == [1, 2, 4, 6, 7, 8]


def test_a_damaged_envelope_is_a_plain_line() -> None:
    for data in (payload("a")[:-9], b'{"awslogs":{"data":"H4sI"}}', envelope("a")[:-9]):
        assert read(data) == [(data.decode(), "", "", None)]


@pytest.mark.parametrize(
    "text",
    [
        '{"events":{"a":1}}',
        '{"events":[1]}',
        '{"results":"x"}',
        '["a"]',
        '[{"a":1}]',
        "[2022/02/11 08:01:21] [ warn] x",
        "@timestamp of @message",
        "a,@message",
        '{"logGroup":"g","x":1}',
        "H4sIAAAA is no payload",
        "2026-01-10T10:00:00Z x",
    ],
)
def test_other_text_is_a_plain_line(text: str) -> None:
    assert read(text.encode()) == [(text, "", "", None)]


@given(data=st.binary(max_size=200), at=st.integers(0, 300))
def test_arbitrary_bytes_never_raise_and_can_be_written(data: bytes, at: int) -> None:
    shapes = (filtered(["a"], 2), json.dumps([result("a")]).encode(), payload("a"), envelope("a"))
    for whole in (data, *(shape[:at] + data for shape in shapes)):
        for record in read_records(io.BytesIO(whole)):
            assert record.event.message.encode() is not None


@given(cut=st.integers(0, 400))
def test_what_a_broken_document_holds_is_read(cut: int) -> None:
    whole = filtered(["first", "second", "third"], indent=2)
    found = [text for text, *_ in read(whole[:cut])]
    complete = [name for name in ("first", "second", "third") if name in found]
    assert complete == ["first", "second", "third"][: len(complete)]
    if cut == 400:
        assert len(complete) >= 2


def test_a_pipe_is_not_waited_on() -> None:
    # given a source that has one line and then nothing for long
    def lines() -> Iterator[bytes]:
        yield b'{"level":"info","msg":"x"}\n'
        raise AssertionError("asked for more than was needed")

    assert next(read_records(lines())).event == LogEvent('{"level":"info","msg":"x"}')


def test_a_document_on_one_line_is_read_as_a_stream() -> None:
    # given a line of 30 MB
    class Long(io.RawIOBase):
        def __init__(self) -> None:
            event = json.dumps({"logStreamName": STREAM, "message": "m" * 3000}).encode()
            self._parts = iter([b'{"events": [', *[event + b", "] * 10_000, event, b"]}"])
            self._held, self.given = b"", 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            while len(self._held) < len(buffer) and (part := next(self._parts, b"")):
                self._held += part
            size = min(len(buffer), len(self._held))
            buffer[:size], self._held = self._held[:size], self._held[size:]
            self.given += size
            return size

    source = Long()
    records = read_records(pieces(io.BufferedReader(source)))  # type: ignore[type-var]
    # then the first comes before much was read, and all come
    assert next(records).line == 1
    assert source.given < 8_000_000
    assert sum(1 for _ in records) == 10_000


def test_an_element_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MAX_ELEMENT_CHARS", 1 << 20)
    chunks = (b'{"events": [{"message": "', *[b"m" * 100_000] * 100)
    with pytest.raises(DocumentError, match="one element has more than 1 MB"):
        list(read_records(chunks))


def test_a_table_with_a_field_without_an_end_is_refused() -> None:
    lines = (b"@timestamp,@message\n", b'2026-01-10 10:00:00,"', *[b"m" * 1000 + b"\n"] * 9000)
    with pytest.raises(DocumentError, match="not a table: field larger than field limit"):
        list(read_records(lines))


def test_a_long_first_line_is_cut_and_what_follows_is_read() -> None:
    data = b"x" * 9_000_000 + b"\nnext\n"
    found: list[Record] = list(islice(read_records(pieces(io.BytesIO(data))), 5))
    assert [len(record.event.message) for record in found] == [1_048_576, 4]
