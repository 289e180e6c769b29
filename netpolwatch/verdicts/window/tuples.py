"""Tuples that were seen, and when: taken in for nothing, looked at only when somebody asks."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from netpolwatch.verdicts.window.moments import UNTIMED

_Segment = tuple[Sequence[str], Sequence[int | None]]
_Index = dict[str, int | list[int]]
"""Most tuples are seen once: one number, which the garbage collector need not visit."""


class TupleLog:
    """Keys with their moments, about `limit` of them (at most one and a half): the oldest go first.

    `add` only remembers the caller's sequences, which must not change afterwards. The first
    question makes an index of them. `shape` turns a key into what is indexed. Of a key's moments
    `most` are kept: the first and the last, and some between.
    """

    __slots__ = ("_again", "_half", "_limit", "_most", "_old", "_pending", "_shape", "_waiting",
                 "_young")  # fmt: skip

    def __init__(
        self, limit: int, shape: Callable[[str], str] | None = None, most: int = 8
    ) -> None:
        self._limit, self._half, self._most = limit, limit // 2, most
        self._shape = shape
        self._again: set[str] = set()
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
        self._turn()

    def again(self, keys: Iterable[str]) -> set[str]:
        """Give those of some keys that were seen at several moments, and perhaps others."""
        if self._pending:
            self._index()
        return self._again.intersection(keys) | (self._old.keys() & keys)

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
        if self._young and len(self._young) + len(names) > self._half:
            self._turn()
        # Most tuples are new: then few must be looked at one by one.
        given = dict(zip(names, times, strict=False))
        if None in times or len(given) < len(names):
            self._take_one_by_one(zip(names, times, strict=False))
            return
        young, moments = self._young, cast("dict[str, int]", given)
        known = young.keys() & names
        for name in known:
            young[name] = _with(young[name], moments.pop(name), self._most)
        self._again |= known
        young.update(moments)

    def _take_one_by_one(self, given: Iterable[tuple[str, int | None]]) -> None:
        for name, time in given:
            if len(self._young) >= self._half and name not in self._young:
                self._turn()
            moment = UNTIMED if time is None else time
            had = self._young.setdefault(name, moment)
            if had != moment:
                self._young[name] = _with(had, moment, self._most)
                self._again.add(name)

    def _turn(self) -> None:
        self._old, self._young = self._young, {}
        self._again.intersection_update(self._old)


def _several(moments: int | list[int] | None) -> Sequence[int]:
    if moments is None:
        return ()
    return (moments,) if isinstance(moments, int) else tuple(moments)


def _with(had: int | list[int], moment: int, most: int) -> int | list[int]:
    """Add a moment in its place; a key of several is seen on and on, so its list is changed."""
    if isinstance(had, int):
        return had if had == moment else sorted((had, moment))
    if moment > had[-1]:
        had.append(moment)
    else:
        at = bisect_left(had, moment)
        if had[at] == moment:
            return had
        had.insert(at, moment)
    if len(had) > most:
        del had[most // 2]
    return had
