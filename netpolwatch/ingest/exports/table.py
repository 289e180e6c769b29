"""Logs Insights' export as CSV: a header that names `@timestamp` and `@message`, a row an event."""

import csv
import re
from collections.abc import Iterable, Iterator

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS
from netpolwatch.ingest.exports.elements import DocumentError
from netpolwatch.ingest.exports.event_json import insights_record
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.wrappers.insights import MESSAGE, TIMESTAMP

_LONE_RETURN = re.compile(r"\r(?!\n)")
_MAX_HEADER_CHARS = 4096
_MAX_FIELD_CHARS = 8 * MAX_MESSAGE_CHARS


def opens(head: str) -> bool:
    """Tell whether a text begins with such a header."""
    return bool(_columns(head.split("\n", 1)[0]))


def read(lines: Iterable[bytes], numbers: Iterator[int]) -> Iterator[Record]:
    """Read a table with its header; raises `DocumentError` for a field without an end."""
    # The bound is the process's own, and by default below the size of a log event.
    csv.field_size_limit(_MAX_FIELD_CHARS)
    rows = csv.reader(map(_text, lines))
    try:
        columns = [name.lstrip("\ufeff") for name in next(rows, [])]
        for row in rows:
            record = _record(columns, row, numbers)
            if record is not None:
                yield record
    except csv.Error as error:
        raise DocumentError(f"not a table: {error}") from None


def _text(line: bytes) -> str:
    # The reader takes a lone `\r` for a line's end and gives up: a log event can hold one.
    text = line.decode("utf-8", "replace")
    return _LONE_RETURN.sub(" ", text) if "\r" in text else text


def _record(columns: list[str], row: list[str], numbers: Iterator[int]) -> Record | None:
    return insights_record(next(numbers), dict(zip(columns, row, strict=False))) if row else None


def _columns(line: str) -> list[str]:
    if "@" not in line[:_MAX_HEADER_CHARS]:
        return []
    try:
        names = next(csv.reader([line[:_MAX_HEADER_CHARS].strip("\ufeff\r\n ")]), [])
    except csv.Error:
        return []
    known = MESSAGE in names and TIMESTAMP in names
    return names if known and all(name.isprintable() for name in names) else []
