"""What every source of logs is turned into."""

from typing import Annotated

import msgspec

MAX_MESSAGE_CHARS = 1_048_576
"""CloudWatch Logs accepts events of up to 1 MB (since April 2025)."""

MAX_NAME_CHARS = 512
"""CloudWatch Logs' own bound on the names of log groups and log streams."""

_MAX_TIMESTAMP = 2**53
"""What every JSON reader can hold; far beyond the year 9999."""

Timestamp = Annotated[int, msgspec.Meta(ge=-_MAX_TIMESTAMP, le=_MAX_TIMESTAMP)]


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """One log event.

    Attributes
    ----------
    message
        The text, without its line end.
    id
        CloudWatch's own id of the event, empty where there is none.
    timestamp
        Event time in ms since 1970 (UTC), `None` where the source has none.
    """

    message: str
    id: str = ""
    timestamp: Timestamp | None = None


class LogBatch(msgspec.Struct, frozen=True):
    """Events of one log stream, as they came together.

    Attributes
    ----------
    size
        Bytes of the payload after inflating.
    unparsed
        Elements that were there but could not be read as events.
    dropped
        Events known to be lost to a bound (at least this many).
    notes
        What was left out, in words for a person.
    """

    log_group: str
    log_stream: str
    events: list[LogEvent]
    owner: str = ""
    size: int = 0
    unparsed: int = 0
    dropped: int = 0
    notes: tuple[str, ...] = ()


def timestamp_or_none(value: object) -> int | None:
    """Accept a time in ms since 1970; `None` for any other value."""
    return value if type(value) is int and abs(value) <= _MAX_TIMESTAMP else None
