"""Things that happened on a node, in order of their moments, whatever order they came in."""

from bisect import bisect_right, insort
from collections.abc import Iterator

from netpolwatch.verdicts.window.moments import Span, near

_MAX_ENTRIES = 256
"""Of one kind on one node; the newest stay."""

Happening = tuple[int, str]
"""A moment, and what to say of it."""

_LAST = "\U0010ffff"


class Timeline:
    """Happenings of one kind; the same one told twice is one."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Happening] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, moment: int, detail: str = "") -> None:
        """Take a happening in."""
        entries, entry = self._entries, (moment, detail)
        at = bisect_right(entries, entry)
        if at and entries[at - 1] == entry:
            return
        insort(entries, entry)
        if len(entries) > _MAX_ENTRIES:
            del entries[0]

    def before(self, moment: int, span: Span) -> Iterator[Happening]:
        """Give what happened within a span before a moment, the nearest first."""
        entries = self._entries
        for at in range(bisect_right(entries, (moment, _LAST)) - 1, -1, -1):
            if not near(entries[at][0], moment, span):
                return
            yield entries[at]

    def last(self) -> Happening | None:
        """Give the newest happening."""
        return self._entries[-1] if self._entries else None
