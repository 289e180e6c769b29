"""What the day is made of: windows of time, and lines of a stream."""

from dataclasses import dataclass

from samples.cluster import Stream

DAY_MINUTES = 360
"""The day is told in six hours."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the day, in minutes from its start."""

    start: float
    end: float


ALL_DAY = Window(0, DAY_MINUTES - 1)
"""Its last minute leaves room for the repeats of a dropped packet."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Events of one stream.

    Attributes
    ----------
    texts
        Templates (see `samples.template`); the events take them in turn.
    events
        How many, at scale 1.
    """

    stream: Stream
    texts: tuple[str, ...]
    events: int
    window: Window = ALL_DAY


def scaled(events: int, scale: float) -> int:
    """Tell how many events a part of the story has: at least one."""
    return max(1, round(events * scale))
