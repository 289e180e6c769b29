"""Tuples that were seen, and when: taken in for nothing, looked at only when somebody asks."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from netpolwatch.verdicts.window.moments import UNTIMED

_MAX_MOMENTS = 8
"""Moments kept of one tuple: the first and the last, and some between."""

_Segment = tuple[Sequence[str], Sequence[int | None]]
_Index = dict[str, int | tuple[int, ...]]
"""Most tuples are seen once: one number, which the garbage collector need not visit."""


class TupleLog:
    """Keys with their moments, about `limit` of them (at most one and a half): the oldest go first.

    `add` only remembers the caller's sequences, which must not change afterwards. The first
    question makes an index of them. `shape` turns a key into what is indexed.
    """

    __slots__ = ("_half", "_limit", "_old", "_pending", "_shape", "_waiting", "_young")

    def __init__(self, limit: int, shape: Callable[[str], str] | None = None) -> None:
        self._limit, self._half = limit, limit // 2
        self._shape = shape
        self._pending: deque[_Segment] = deque()
        self._waiting = 0
        self._young: _Index = {}
        self._old: _Index = {}

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
        if young is None and old is None:
            return ()
        if young is None or old is None:
            return _several(old if young is None else young)
        return sorted({*_several(young), *_several(old)})

    def _index(self) -> None:
        for keys, times in self._pending:
            self._take(keys[-self._limit :], times[-self._limit :])
        self._pending.clear()
        self._waiting = 0

    def _take(self, keys: Sequence[str], times: Sequence[int | None]) -> None:
        names = keys if self._shape is None else list(map(self._shape, keys))
        fresh = dict(zip(names, times, strict=False))
        if self._young and len(self._young) + len(fresh) > self._half:
            self._old, self._young = self._young, {}
        # Most tuples are new: then nothing must be looked at one by one.
        if len(fresh) == len(names) and None not in times and self._young.keys().isdisjoint(fresh):
            self._young.update(cast("dict[str, int]", fresh))
            return
        for name, time in zip(names, times, strict=False):
            if len(self._young) >= self._half and name not in self._young:
                self._old, self._young = self._young, {}
            moment = UNTIMED if time is None else time
            had = self._young.setdefault(name, moment)
            if had != moment:
                self._young[name] = _with(had, moment)


def _several(moments: int | tuple[int, ...] | None) -> tuple[int, ...]:
    if moments is None:
        return ()
    return (moments,) if isinstance(moments, int) else moments


def _with(had: int | tuple[int, ...], moment: int) -> tuple[int, ...]:
    known = (had,) if isinstance(had, int) else had
    # Nearly always the newest: then nothing must be sorted.
    moments = (*known, moment) if moment > known[-1] else tuple(sorted({*known, moment}))
    if len(moments) > _MAX_MOMENTS:
        return moments[: _MAX_MOMENTS // 2] + moments[_MAX_MOMENTS // 2 + 1 :]
    return moments
