"""What a wrapper held: the line, and what the wrapper says about it."""

from typing import Final, Literal, NamedTuple

import msgspec

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin

NOTHING_TOLD: Final = Origin(None, None)


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a wrapper says about who wrote the line, and where; `None` where it does not tell.

    Attributes
    ----------
    pod, namespace, container
        Names in Kubernetes.
    host
        The node, as the wrapper calls it.
    component, shared
        As in `origin`.
    teller
        What tells the component, where that matters: the names of a `stream` that the text holds,
        or the `filter` of a shipper that asks Kubernetes.
    """

    pod: str | None = None
    namespace: str | None = None
    container: str | None = None
    host: str | None = None
    component: str | None = None
    shared: bool = False
    teller: Literal["stream", "filter"] | None = None


NO_FACTS: Final = Facts()


class Part(NamedTuple):
    """A piece that a container's runtime wrote: a line of its own, or cut at 16 KB.

    Attributes
    ----------
    stream
        `stdout` or `stderr`.
    text
        The piece itself, with whatever else wraps it.
    more
        The line goes on in the stream's next piece.
    """

    stream: str
    text: str
    more: bool


class Peeled(NamedTuple):
    """What one wrapper held.

    Attributes
    ----------
    timestamp
        The wrapper's time of the event, ms since 1970 (UTC).
    """

    text: str
    timestamp: int | None = None
    facts: Facts = NO_FACTS
    part: Part | None = None


class Unwrapped(msgspec.Struct, frozen=True, gc=False):
    """A line without its wrappers.

    Attributes
    ----------
    text
        The line.
    timestamp
        ms since 1970 (UTC): what the innermost wrapper with a time says, else the event's own.
        A time within the line is the line's grammar's business.
    origin
        Component and node by the names of group and stream, refined by the wrappers.
    pod, namespace, container, host
        What the wrappers say, each at most 253 characters of a name; `None` where they do not.
    part
        Where a container's runtime wrote the line, its piece of it.
    """

    text: str
    timestamp: int | None = None
    origin: Origin = NOTHING_TOLD
    pod: str | None = None
    namespace: str | None = None
    container: str | None = None
    host: str | None = None
    part: Part | None = None

    @property
    def event(self) -> LogEvent:
        """The line as an event of its own."""
        return LogEvent(self.text, timestamp=self.timestamp)


ABSORBED: Final = Unwrapped("")
"""What stands in the place of a piece whose line stands at an earlier one."""
