"""What people and tools put before a line when they copy it."""

import re
from typing import NamedTuple

from netpolwatch.ingest.timestamps import milliseconds

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)[ \t]+(?=\S)"
)
_CONTAINER = re.compile(
    r"(?:\u2502 (?P<k9s>[a-z0-9-]{1,63})|aws-node-[a-z0-9]{5} (?P<stern>[a-z0-9-]{1,63}))(?: |$)"
)


_JSON_TIME = re.compile(r'"(?:ts|timestamp)":\s?"(?P<time>[0-9T:.+Z-]{10,35})"')
_SEARCHED_CHARS = 256


class Copied(NamedTuple):
    """A line and the event time that stood before it (ms since 1970, UTC)."""

    timestamp: int | None
    text: str


def without_time(text: str) -> Copied:
    """Take the console's or an export's leading time off a line."""
    found = _TIME.match(text)
    if found is None:
        return Copied(None, text)
    return Copied(milliseconds(found[1]), text[found.end() :])


def written_time(text: str) -> int | None:
    """Read the time that a line itself says: before it, or in the JSON of a node file."""
    start = text[:_SEARCHED_CHARS]
    found = _JSON_TIME.search(start) if start.startswith("{") else None
    return milliseconds(found["time"]) if found else without_time(start).timestamp


def container_of(text: str) -> str | None:
    """Name the container that k9s (`│ aws-node`) or stern (`aws-node-x7k2p aws-node`) put first."""
    found = _CONTAINER.match(text)
    return (found["k9s"] or found["stern"]) if found else None


def without_container(text: str) -> str:
    """Take the container's name off each line of a text that k9s or stern printed."""
    if container_of(text) is None:
        return text
    return "\n".join(_CONTAINER.sub("", line, count=1) for line in text.split("\n"))
