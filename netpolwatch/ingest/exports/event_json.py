"""One event as a JSON object, in the words of each tool that writes such objects.

The canonical event file, `aws logs filter-log-events` and `get-log-events`, and Logs Insights'
results in both of their shapes.
"""

from typing import Any

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent, timestamp_or_none
from netpolwatch.ingest.exports.elements import as_text
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.wrappers.insights import (
    GROUP,
    MESSAGE,
    STREAM,
    TIMESTAMP,
    log_group,
    log_name,
)
from netpolwatch.ingest.wrappers.json_text import time_of
from netpolwatch.ingest.wrappers.log_event import KEYS

_CELL_KEYS = frozenset({"field", "value"})


def record_of(number: int, value: object) -> Record | None:
    """Make a record of an event in any of the shapes; `None` for any other value."""
    if isinstance(value, list):
        value = _cells(value)
    if not isinstance(value, dict):
        return None
    # An application's own JSON may have a `message`: only our keys make a canonical event.
    if isinstance(value.get("message"), str) and value.keys() <= KEYS:
        return _canonical(number, value)
    if MESSAGE in value and all(key.startswith("@") for key in value):
        return insights_record(number, value)
    return None


def insights_record(number: int, fields: dict[str, Any]) -> Record | None:
    """Make a record of a result of Logs Insights; `None` where it has no message."""
    message = fields.get(MESSAGE)
    if isinstance(message, dict):
        # The console writes a message that is JSON as the object that it is.
        message = as_text(message)
    if not isinstance(message, str):
        return None
    event = LogEvent(_bounded(message), "", time_of(_number(fields.get(TIMESTAMP))))
    return Record(number, event, log_group(fields.get(GROUP)), log_name(fields.get(STREAM)))


def _canonical(number: int, fields: dict[str, Any]) -> Record:
    event = LogEvent(
        _bounded(fields["message"]),
        _first(fields, "id", "eventId"),
        timestamp_or_none(fields.get("timestamp")),
    )
    group, stream = _first(fields, "logGroup"), _first(fields, "logStream", "logStreamName")
    return Record(number, event, group, stream)


def _cells(row: list[Any]) -> dict[str, Any] | None:
    if not all(isinstance(cell, dict) and cell.keys() <= _CELL_KEYS for cell in row):
        return None
    return {str(cell.get("field")): cell.get("value") for cell in row}


def _number(value: object) -> object:
    """Read ms that were exported as text."""
    return int(value) if isinstance(value, str) and len(value) < 17 and value.isdecimal() else value  # noqa: PLR2004


def _bounded(text: str) -> str:
    return without_surrogates(text[:MAX_MESSAGE_CHARS])


def _first(fields: dict[str, Any], *keys: str) -> str:
    return next((log_name(fields[key]) for key in keys if isinstance(fields.get(key), str)), "")
