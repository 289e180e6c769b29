"""Lines that a container's runtime cut into pieces are put together again.

The order of what is given stays: what follows a line that is not whole yet waits for it, within
bounds. A line that is never completed is given out as far as it goes; nothing is lost.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.ingest.wrappers.unwrap import unwrap_joined

MAX_PIECES: Final = 256
"""4 MB of a runtime's pieces of 16 KB."""

MAX_WAITING: Final = 2_000
MAX_WAITING_CHARS: Final = 8 * MAX_MESSAGE_CHARS
MAX_OPEN: Final = 64
"""Streams with a line that is not whole."""

T = TypeVar("T")
Place = Hashable
Given = tuple[T, Place, Sequence[Unwrapped]]


@dataclass(slots=True)
class _Slot(Generic[T]):
    """One thing that was given, and what it comes to; `None` while that is not known."""

    source: T
    chars: int
    lines: Sequence[Unwrapped] | None


@dataclass(slots=True)
class _Open(Generic[T]):
    """A line that is not whole: its first piece's slot, and the text so far."""

    slot: _Slot[T]
    first: Unwrapped
    pieces: list[str] = field(default_factory=list)
    chars: int = 0

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.chars += len(text)

    def is_full(self) -> bool:
        return len(self.pieces) >= MAX_PIECES or self.chars >= MAX_MESSAGE_CHARS

    def whole(self) -> Sequence[Unwrapped]:
        return unwrap_joined(self.first, "".join(self.pieces))


class LineJoiner(Generic[T]):
    """Takes lines and pieces of lines in; gives each source once, with its lines.

    In order, what comes after a line that is not whole waits for it; else only the line does.
    """

    def __init__(self, *, in_order: bool = True) -> None:
        self._in_order = in_order
        self._waiting: deque[_Slot[T]] = deque()
        self._chars = 0
        self._open: dict[Hashable, _Open[T]] = {}

    def take(self, source: T, place: Place, lines: Sequence[Unwrapped]) -> None:
        """Take a source in with its lines; pieces of one `place` belong together."""
        chars = sum(len(line.text) for line in lines)
        slot: _Slot[T] = _Slot(source, chars, lines)
        self._waiting.append(slot)
        self._chars += chars
        # An event of several lines holds no piece of one.
        if len(lines) == 1 and lines[0].part is not None:
            self._piece(slot, place, lines[0])

    def ready(self) -> Iterator[tuple[T, Sequence[Unwrapped]]]:
        """Give the sources that wait for no piece."""
        if not self._in_order:
            # What waits goes to the end: the order of the others stays.
            self._waiting = deque(sorted(self._waiting, key=lambda slot: slot.lines is None))
        while self._waiting:
            lines = self._waiting[0].lines
            if lines is None and not self._is_crowded():
                return
            if lines is None:
                self._close(next(iter(self._open)))
                continue
            slot = self._waiting.popleft()
            self._chars -= slot.chars
            yield slot.source, lines

    def close(self) -> None:
        """End every line as far as it goes."""
        for key in list(self._open):
            self._close(key)

    def _piece(self, slot: _Slot[T], place: Place, line: Unwrapped) -> None:
        if line.part is None:
            return
        key = (place, line.namespace, line.pod, line.container, line.part.stream)
        begun = self._open.get(key)
        if begun is None:
            if line.part.more:
                self._begin(key, slot, line)
            return
        begun.add(line.part.text)
        slot.lines = ()
        if not line.part.more or begun.is_full():
            self._close(key)

    def _begin(self, key: Hashable, slot: _Slot[T], line: Unwrapped) -> None:
        if len(self._open) >= MAX_OPEN:
            self._close(next(iter(self._open)))
        slot.lines = None
        self._open[key] = _Open(slot, line)
        self._open[key].add(line.text)

    def _close(self, key: Hashable) -> None:
        begun = self._open.pop(key)
        begun.slot.lines = begun.whole()

    def _is_crowded(self) -> bool:
        return len(self._waiting) > MAX_WAITING or self._chars > MAX_WAITING_CHARS


def join_partials(given: Iterable[Given[T]]) -> Iterator[tuple[T, Sequence[Unwrapped]]]:
    """Join the pieces of lines; each source comes out once, in order, with its lines.

    Pieces belong together that come from one place (a log stream, a file), container and output.
    The whole line stands at its first piece; its other pieces come out with no line.
    """
    joiner = LineJoiner[T]()
    for source, place, lines in given:
        joiner.take(source, place, lines)
        yield from joiner.ready()
    joiner.close()
    yield from joiner.ready()
