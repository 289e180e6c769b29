"""Files and standard input become records, whatever wrote them.

A file is recognised by how it begins: a JSON document or a table that a tool exported. Any other
is read a line a record: canonical events, envelopes, exported lines, plain log lines.
"""

import codecs
import re
from collections.abc import Generator, Iterable, Iterator
from itertools import chain, count, islice
from typing import Any, BinaryIO, Final, Literal

import msgspec

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.exports import (
    archive,
    documents,
    event_json,
    items,
    security_lake,
    spread,
    subscription,
    table,
)
from netpolwatch.ingest.exports.elements import DocumentError, Source, as_text
from netpolwatch.ingest.lenient import read_object
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record

__all__ = [
    "DocumentError", "Record", "bounded_lines", "event_of_text", "opens_lines", "pieces",
    "read_lines", "read_records",
]  # fmt: skip

MAX_LINE_BYTES: Final = 8 * MAX_MESSAGE_CHARS
"""A message of 1 MiB may be written with `\\u0000` escapes."""

_HEAD_BYTES = 65_536
_HEAD_LINES = 64
_CHUNK_BYTES = 1 << 20

_SEAM = re.compile(r'\}\s{0,8}\{\s{0,8}"(?:messageType|owner|logGroup|awslogs)"')
"""Between two envelopes, as Firehose writes them to S3."""

_decoder = msgspec.json.Decoder(dict[str, Any])


def bounded_lines(stream: BinaryIO, limit: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Yield the lines of a file, each cut at `limit` bytes, whatever their length."""
    while piece := stream.readline(limit):
        yield piece
        while piece and not piece.endswith(b"\n") and len(piece) == limit:
            piece = stream.readline(limit)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of a document on one long line, chunks that miss nothing."""
    head = stream.readline(_HEAD_BYTES)
    if head.endswith(b"\n") or len(head) < _HEAD_BYTES:
        yield from (head,) if head else ()
    elif _is_document(_text(head)):
        yield head
        yield from iter(lambda: stream.read(_CHUNK_BYTES), b"")
    else:
        yield from _rest_of_line(stream, head)
    yield from bounded_lines(stream)


def _is_document(head: str) -> bool:
    return documents.opens(head) or documents.opens_list(head) or subscription.opens(head)


def read_records(
    lines: Iterable[bytes], numbers: Iterator[int] | None = None, losses: Losses | None = None
) -> Iterator[Record]:
    """Read one file as records; empty lines count but are no records.

    `numbers` numbers the records: share it to number several files through; `losses` is told what
    envelopes lost. Raises `DocumentError` for a document with a part too large to be held.
    """
    numbers, lines = count(1) if numbers is None else numbers, iter(lines)
    losses = Losses() if losses is None else losses
    ahead = _look_ahead(lines)
    opening, rest = _opening(ahead), chain(ahead, lines)
    if opening is None and ahead and _is_chunk(ahead[0]):
        # It looked like a document on one long line, and is none.
        rest = chain(_lines_of(rest))
    if opening == "table":
        yield from table.read(rest, numbers)
        return
    if opening == "yaml":
        # YAML is no part of a function's code.
        from netpolwatch.ingest.exports import yaml_items  # noqa: PLC0415

        yield from yaml_items.read(rest, numbers, losses)
        return
    if opening == "document":
        rest = chain((yield from _read_documents(Source(rest), numbers, losses)))
    yield from read_lines(rest, numbers, losses)


def _is_chunk(piece: bytes) -> bool:
    """Whether `pieces` took what this begins for a document on one long line."""
    cut = len(piece) >= _HEAD_BYTES and not piece.endswith(b"\n")
    return cut and _is_document(_text(piece[:_HEAD_BYTES]))


def opens_lines(lines: Iterable[bytes]) -> bool:
    """Tell by how a file begins that it is read a line a record: no document, and no table."""
    return _opening(_look_ahead(iter(lines))) is None


def _opening(ahead: list[bytes]) -> Literal["table", "document", "yaml"] | None:
    head = _text(b"".join(ahead)[:_HEAD_BYTES])
    if table.opens(head):
        return "table"
    if documents.opens(head):
        return "document"
    if items.opens(head):
        return "yaml"
    if len(ahead) == 1 and len(head) >= _HEAD_BYTES and documents.opens_list(head):
        return "document"
    # What is on one line, and whole, is read faster as a line.
    several = len(ahead) > 1 or len(head) >= _HEAD_BYTES or _SEAM.search(head) is not None
    return "document" if several and subscription.opens(head) else None


def _opens(head: str) -> bool:
    return documents.opens(head) or items.opens(head)


def _look_ahead(lines: Iterator[bytes]) -> list[bytes]:
    """Take no more lines than are needed to see what a file is: a pipe may have no more yet."""
    ahead = list(islice(lines, 1))
    first = b"".join(ahead).removeprefix(codecs.BOM_UTF8).strip()
    pretty = first[:1] in b"{[" and first[-1:] in b"{[,:"
    if (
        not first
        or pretty
        or first.endswith(b":")
        or first.startswith((b"---", b"- ", b"apiVersion"))
    ):
        for line in islice(lines, _HEAD_LINES):
            ahead.append(line)
            head = b"".join(ahead)
            if len(head) >= _HEAD_BYTES or _opens(_text(head)):
                break
    return ahead


def _read_documents(
    source: Source, numbers: Iterator[int], losses: Losses
) -> Generator[Record, None, Iterator[bytes]]:
    """Read documents as long as one follows another; what is left comes back as lines."""
    first = True
    while source.peek():
        if source.begins(subscription.opens):
            if not (yield from subscription.read(source, numbers, losses)):
                break
        elif source.begins(documents.opens) or (first and source.begins(documents.opens_list)):
            if not (yield from documents.read(source, numbers, losses)):
                break
        else:
            break
        first = False
    return _lines_of(source.rest())


def _lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from whole
        held = held[:MAX_LINE_BYTES]
    if held:
        yield held


def read_lines(lines: Iterable[bytes], numbers: Iterator[int], losses: Losses) -> Iterator[Record]:
    """Read lines that are a record each: events, envelopes, exported and plain lines."""
    first = True
    for line in spread.joined(lines):
        stripped = line.rstrip(b"\r\n")
        if first:
            stripped, first = stripped.removeprefix(codecs.BOM_UTF8), False
        batch = subscription.read_line(stripped) if _may_be_envelope(stripped) else None
        if batch is not None:
            yield from subscription.records(batch, numbers, losses)
            continue
        number = next(numbers)
        if stripped.strip():
            yield _record(number, stripped)


def _may_be_envelope(line: bytes) -> bool:
    if line.startswith(b"{"):
        return b'"logEvents"' in line or line.startswith(b'{"awslogs"')
    return line.startswith(b"H4sI")


def _record(number: int, line: bytes) -> Record:
    if line.startswith(b"{") and (b'essage"' in line or b'"class_uid"' in line):
        fields = _fields(line)
        found = event_json.record_of(number, fields)
        if found is not None:
            return found
        audit = security_lake.audit_event(fields or {})
        if audit is not None:
            return Record(number, LogEvent(as_text(audit)[:MAX_MESSAGE_CHARS]))
    return Record(number, event_of_text(line.decode("utf-8", "replace")))


def event_of_text(text: str) -> LogEvent:
    """Read a plain line: what an export task wrote has its time before it."""
    text = text[:MAX_MESSAGE_CHARS]
    exported = archive.event_of(text) if text[:1].isdigit() else None
    return exported or LogEvent(text)


def _fields(line: bytes) -> dict[str, Any] | None:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return read_object(line)


def _rest_of_line(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    line = head + stream.readline(MAX_LINE_BYTES - len(head))
    yield line
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE_BYTES)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
