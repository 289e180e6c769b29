"""Tuples that were seen, and when: taken in for nothing, looked at only when somebody asks."""

from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence

from netpolwatch.verdicts.window.moments import UNTIMED

_MAX_MOMENTS = 8
"""Moments kept of one tuple: the first and the last, and some between."""

_Segment = tuple[Sequence[str], Sequence[int | None]]


class TupleLog:
    """Keys with their moments, at most `limit` of them: the oldest half goes first.

    `add` only remembers the caller's sequences, which must not change afterwards. The first
    question makes an index of them. `shape` turns a key into what is indexed.
    """

    __slots__ = ("_half", "_limit", "_old", "_pending", "_shape", "_waiting", "_young")

    def __init__(self, limit: int, shape: Callable[[str], str] | None = None) -> None:
        self._limit, self._half = limit, limit // 2
        self._shape = shape
        self._pending: deque[_Segment] = deque()
        self._waiting = 0
        self._young: dict[str, list[int]] = {}
        self._old: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return self._waiting + len(self._young) + len(self._old)

    def add(self, keys: Sequence[str], times: Sequence[int | None]) -> None:
        """Take tuples in."""
        self._pending.append((keys, times))
        self._waiting += len(keys)
        # A call may bring more than the limit: its own segment stays, and `_index` cuts it.
        while self._waiting > self._limit and len(self._pending) > 1:
            self._waiting -= len(self._pending.popleft()[0])

    def shrink(self) -> None:
        """Let the older half go."""
        self._index()
        self._old, self._young = self._young, {}

    def moments(self, key: str) -> Sequence[int]:
        """When a key was seen, in order; `UNTIMED` first."""
        if self._pending:
            self._index()
        young, old = self._young.get(key), self._old.get(key)
        if young is None or old is None:
            return young or old or ()
        return sorted({*young, *old})

    def _index(self) -> None:
        shape = self._shape
        for keys, times in self._pending:
            for key, time in zip(keys[-self._limit :], times[-self._limit :], strict=False):
                self._put(key if shape is None else shape(key), UNTIMED if time is None else time)
        self._pending.clear()
        self._waiting = 0

    def _put(self, key: str, moment: int) -> None:
        moments = self._young.get(key)
        if moments is None:
            if len(self._young) >= self._half:
                self._old, self._young = self._young, {}
            self._young[key] = [moment]
        elif moment not in moments:
            insort(moments, moment)
            if len(moments) > _MAX_MOMENTS:
                del moments[_MAX_MOMENTS // 2]
