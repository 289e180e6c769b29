"""Which objects a gathered knowledge was read for, and which it was asked for in vain.

A deployment cannot hold all of a cluster, so it gathers what a question needs. "Not read" is not
"none": every look-up of `Knowledge` names the object that its answer rests on (`entities`), and an
answer that rests on one that was not read to its end is no answer. The names that were asked for
in vain are what has to be read next: see `gathering`.
"""

from typing import Final, Protocol

WHOLE: Final = -(2**80)
"""Since ever, in microseconds since 1970 (UTC)."""


class Ask(Protocol):
    """Notes that an answer rests on an object, known since a time (microseconds, UTC)."""

    def __call__(self, entity: str, since_us: int = WHOLE) -> None:
        """Note that it rests on it."""


def ask_nothing(entity: str, since_us: int = WHOLE) -> None:
    """Note nothing: whoever holds all that there is misses nothing."""


class Coverage:
    """The objects that were read, each with the time since when all of it is known."""

    __slots__ = ("_missed", "_since_us")

    def __init__(self) -> None:
        self._since_us: dict[str, int] = {}
        self._missed: dict[str, None] = {}

    def read(self, entity: str, since_us: int | None) -> None:
        """Take in that an object was read; `None` where not to its end, at whatever time."""
        self._since_us[entity] = 2**80 if since_us is None else since_us

    def ask(self, entity: str, since_us: int = WHOLE) -> None:
        """Note an object that was not read as far as an answer needs it."""
        known_us = self._since_us.get(entity)
        if known_us is None or known_us > since_us:
            self._missed[entity] = None

    def was_read(self, entity: str) -> bool:
        """Whether an object was read, to its end or not."""
        return entity in self._since_us

    def take_missed(self) -> list[str]:
        """Return what was asked for in vain since the last call, in the order of asking."""
        missed = list(self._missed)
        self._missed.clear()
        return missed
