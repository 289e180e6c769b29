"""What people and tools put before a line when they copy it."""

import re
from typing import NamedTuple

from netpolwatch.ingest.timestamps import milliseconds

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)[ \t]+(?=\S)"
)
# stern names the pod and the container; only the CNI's own pods are told from any two words.
_CONTAINER = re.compile(
    r"""
      (?:
        \u2502\ (?P<k9s>[a-z0-9-]{1,63})
      | (?:(?P<namespace>kube-system)\ )?(?P<pod>aws-node-[a-z0-9]{5})\ (?P<stern>[a-z0-9-]{1,63})
      | \[pod/(?P<named>[a-z0-9.-]{1,253})/(?P<kubectl>[a-z0-9-]{1,63})\]
      )(?:\ |$)
    """,
    re.VERBOSE,
)

# `--timestamps` of kubectl and stern puts one before every line, also before an empty one.
_STAMP = re.compile(
    r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
    r"|\d\d-\d\d \d\d:\d\d:\d\d)(?: |$)"
)

_JSON_TIME = re.compile(r'"(?:ts|timestamp)":\s?"(?P<time>[0-9T:.+Z-]{10,35})"')
_SEARCHED_CHARS = 256


class Copied(NamedTuple):
    """A line and the event time that stood before it (ms since 1970, UTC)."""

    timestamp: int | None
    text: str


class Printed(NamedTuple):
    """The container that a tool named before a line; `None` for what it did not name."""

    container: str
    pod: str | None = None
    namespace: str | None = None


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


def printed_by(text: str) -> Printed | None:
    """Name the container that a tool put first.

    k9s prints `│ aws-node`, stern `aws-node-x7k2p aws-node` (a namespace before it where it
    follows several), `kubectl logs --prefix` `[pod/aws-node-x7k2p/aws-node]`.
    """
    found = _CONTAINER.match(text)
    if found is None:
        return None
    container = found["k9s"] or found["stern"] or found["kubectl"]
    return Printed(container, found["pod"] or found["named"], found["namespace"])


def container_of(text: str) -> str | None:
    """Name the container that a tool put first."""
    printed = printed_by(text)
    return printed.container if printed else None


def without_container(text: str) -> str:
    """Take the container's name off each line of a text that a tool printed it before."""
    if container_of(text) is None:
        return text
    return "\n".join(_without(_CONTAINER, line) for line in text.split("\n"))


def without_printed(text: str) -> str:
    """Take container and time off each line of a text that a tool printed one of them before."""
    text = without_container(text)
    if _STAMP.match(text) is None:
        return text
    return "\n".join(_without(_STAMP, line) for line in text.split("\n"))


def _without(prefix: re.Pattern[str], line: str) -> str:
    found = prefix.match(line)
    return line[found.end() :] if found else line
