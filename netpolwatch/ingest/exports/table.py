"""Tables with a header: CSV or TSV, a row an event.

Sources: Logs Insights and the log events view of the CloudWatch console; exports of Splunk,
Datadog, Kibana and Grafana, which name the same two columns in their own words.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.exports.elements import DocumentError
from netpolwatch.ingest.exports.event_json import insights_record
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.loose.moments import moment_of
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.wrappers.insights import MESSAGE, TIMESTAMP, log_group, log_name

_MESSAGES: Final = ("message", "@message", "_raw", "content", "line", "log", "body", "_source")
_TIMES: Final = ("timestamp", "@timestamp", "_time", "date", "time", "datetime")
_STREAMS: Final = ("@logstream", "logstreamname", "logstream", "log stream", "log stream name")
_GROUPS: Final = ("@log", "loggroup", "loggroupname", "log group")
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
    texts = map(_text, lines)
    header = next(texts, "")
    columns = _columns(header)
    try:
        for row in csv.reader(texts, delimiter=_delimiter(header)):
            if row:
                yield _record(columns, row, next(numbers))
    except csv.Error as error:
        raise DocumentError(f"not a table: {error}") from None


def _text(line: bytes) -> str:
    # The reader takes a lone `\r` for a line's end and gives up: a log event can hold one.
    text = line.decode("utf-8", "replace")
    return _LONE_RETURN.sub(" ", text) if "\r" in text else text


def _record(columns: list[str], row: list[str], number: int) -> Record:
    fields = dict(zip(columns, row, strict=False))
    if MESSAGE in fields:
        record = insights_record(number, fields)
        if record is not None:
            return record
    small = {name.lower(): value for name, value in fields.items()}
    message = _first(small, _MESSAGES)
    event = LogEvent(
        without_surrogates(message[:MAX_MESSAGE_CHARS]), timestamp=moment_of(_first(small, _TIMES))
    )
    group, stream = _first(small, _GROUPS), _first(small, _STREAMS)
    return Record(number, event, log_group(group), log_name(stream))


def _first(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if name in fields), "")


def _delimiter(header: str) -> str:
    return "\t" if "\t" in header else ","


def _columns(line: str) -> list[str]:
    """Return the columns' names if a line is a header with a time and a message; else none."""
    line = line[:_MAX_HEADER_CHARS].strip("\ufeff\r\n ")
    try:
        names = next(csv.reader([line], delimiter=_delimiter(line)), [])
    except csv.Error:
        return []
    small = {name.strip().lower() for name in names}
    if MESSAGE in names and TIMESTAMP not in names:
        return []
    known = not small.isdisjoint(_MESSAGES) and not small.isdisjoint(_TIMES)
    plain = all(name.isprintable() and len(name) <= _MAX_NAME_CHARS for name in names)
    return [name.strip() for name in names] if known and plain else []


_MAX_NAME_CHARS: Final = 128
