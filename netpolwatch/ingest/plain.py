"""Blocks of a file whose lines are nothing but lines: read together, no record is made of each."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from itertools import chain, islice
from typing import Final, NamedTuple

import hyperscan
import msgspec

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.records import opens_lines, read_lines, read_records

BLOCK_BYTES: Final = 1 << 18

_EVENT_MARKS: Final = (
    'essage"', '"class_uid"', '"logEvents"', '{"awslogs"', "H4sI", r"\r", r"\xef\xbb\xbf",
)  # fmt: skip
"""A line that may be an event, an envelope, or has more to take off than its line break."""


_SPREAD: Final = re.compile(rb"[{\[][ \t]*\r?\n[ \t]+[\"{\[]")
"""Where a JSON value that is printed over several lines begins."""


class PlainLines(NamedTuple):
    """Lines of one file, in order; empty ones are among them but are no events.

    Attributes
    ----------
    first_line
        Number of the first of them among the run's input records, from 1.
    """

    first_line: int
    texts: list[str]
    log_group: str = ""
    log_stream: str = ""


def read_blocks(
    blocks: Iterable[bytes],
    numbers: Iterator[int],
    log_group: str = "",
    log_stream: str = "",
    losses: Losses | None = None,
) -> Iterator[Record | PlainLines]:
    """Read a file given in blocks of whole lines: the same records as `read_records` reads.

    Lines of a block in which no line holds an event of its own stay together. The names stand in
    where a record has none. Raises `DocumentError` as `read_records` does.
    """
    losses = Losses() if losses is None else losses
    blocks = iter(blocks)
    first = next(blocks, b"")
    rest = chain((first,), blocks)
    if not opens_lines(_ended_lines_of(first)):
        lines = (line for block in rest for line in _ended_lines_of(block))
        records = read_records(lines, numbers, losses)
        yield from (placed(record, log_group, log_stream) for record in records)
        return
    for block in filter(None, rest):
        if _SPREAD.search(block):
            # A value over several lines may go on in the next block.
            lines = (line for each in chain((block,), rest) for line in lines_of(each))
            records = read_lines(lines, numbers, losses)
            yield from (placed(record, log_group, log_stream) for record in records)
            return
        # A block with one line that is too long is rare: it is read line by line.
        if len(block) > MAX_MESSAGE_CHARS or _holds_events(block):
            records = read_lines(lines_of(block), numbers, losses)
            yield from (placed(record, log_group, log_stream) for record in records)
        else:
            texts = texts_of(block)
            number = next(numbers)
            deque(islice(numbers, len(texts) - 1), maxlen=0)
            yield PlainLines(number, texts, log_group, log_stream)


def last_line(item: Record | PlainLines) -> int:
    """Tell the number of the last of an item's lines."""
    return item.line if isinstance(item, Record) else item.first_line + len(item.texts) - 1


def placed(record: Record, log_group: str, log_stream: str) -> Record:
    """Name a record by the file that it stands in, if it has no names of its own."""
    if record.log_stream or not log_stream:
        return record
    return msgspec.structs.replace(record, log_group=log_group, log_stream=log_stream)


def _holds_events(block: bytes) -> bool:
    seen: list[int] = []

    def see(mark: int, _start: int, _end: int, _flags: int, _context: object) -> bool:
        seen.append(mark)
        return True

    with suppress(hyperscan.ScanTerminated):
        _marks().scan(block, match_event_handler=see)
    return bool(seen)


@cache
def _marks() -> hyperscan.Database:
    # All of them in one pass at memory speed: to seek each by itself takes ten times as long.
    database = hyperscan.Database()
    expressions = [mark.replace("{", r"\{").encode() for mark in _EVENT_MARKS]
    database.compile(expressions=expressions, ids=range(len(expressions)))
    return database


def lines_of(block: bytes) -> list[bytes]:
    """Split whole lines into lines without their ends, empty ones included."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _ended_lines_of(block: bytes) -> list[bytes]:
    return [line + b"\n" for line in lines_of(block)]


def texts_of(block: bytes) -> list[str]:
    """Split whole lines into texts: to decode a block is faster than to decode its lines."""
    texts = block.decode("utf-8", "replace").split("\n")
    if not texts[-1]:
        texts.pop()
    return texts
