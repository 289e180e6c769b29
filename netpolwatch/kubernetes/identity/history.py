"""Facts of one object in the order of their time, however they arrive."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

import msgspec

from netpolwatch.kubernetes.facts import (
    ClusterPolicyGone,
    Fact,
    PodAddress,
    PodGone,
    PodTerminating,
    PolicyGone,
)

MAX_FACTS: Final = 256
"""Facts kept of one object; beyond it, the oldest of the commonest kind goes."""

_RANKS: Final[dict[type, int]] = {
    PodAddress: 1,
    PodTerminating: 2,
    PodGone: 3,
    PolicyGone: 3,
    ClusterPolicyGone: 3,
}
"""What one event says of an object, in this order; all else comes first."""

F = TypeVar("F", bound=Fact)
_Key = tuple[int, str, int]


def _key(fact: Fact) -> _Key:
    return fact.at_us, fact.event, _RANKS.get(type(fact), 0)


class History(Generic[F]):
    """A sorted list without doubles: the same facts in any order give the same history."""

    __slots__ = ("_facts",)

    def __init__(self) -> None:
        self._facts: list[F] = []

    def __iter__(self) -> Iterator[F]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    @property
    def last_us(self) -> int:
        """When the newest fact was so."""
        return self._facts[-1].at_us if self._facts else 0

    def add(self, fact: F) -> bool:
        """Put a fact in its place; false if it is there already."""
        facts, key = self._facts, _key(fact)
        if not facts or _key(facts[-1]) < key:
            facts.append(fact)
        else:
            low, high = bisect_left(facts, key, key=_key), bisect_right(facts, key, key=_key)
            alike = facts[low:high]
            if fact in alike:
                return False
            if alike:
                insort(alike, fact, key=msgspec.json.encode)
                facts[low:high] = alike
            else:
                facts.insert(low, fact)
        if len(facts) > MAX_FACTS:
            self._shorten()
        return True

    def until(self, at_us: int) -> list[F]:
        """Give the facts up to a time, that time included."""
        return self._facts[: bisect_right(self._facts, at_us, key=lambda fact: fact.at_us)]

    def after(self, at_us: int) -> list[F]:
        """Give the facts after a time."""
        return self._facts[bisect_right(self._facts, at_us, key=lambda fact: fact.at_us) :]

    def _shorten(self) -> None:
        """Let go what says again what stood before it and stands after it, else the oldest."""
        self._facts = _without_repeats(self._facts)
        if len(self._facts) > MAX_FACTS:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        commonest = Counter(map(type, self._facts)).most_common(1)[0][0]
        at = next(at for at, fact in enumerate(self._facts) if type(fact) is commonest)
        del self._facts[at]


_UNSAID: Final = {"at_us": 0, "event": "", "actor": None, "source": "", "created_us": None}


def _content(fact: Fact) -> bytes:
    """Write what a fact says besides when and by whom it was said."""
    unsaid = {key: value for key, value in _UNSAID.items() if hasattr(fact, key)}
    return msgspec.json.encode(msgspec.structs.replace(fact, **unsaid))


def _without_repeats(facts: list[F]) -> list[F]:
    """Keep the first and the last of the facts of one kind that say the same in a row."""
    said: dict[type, bytes] = {}
    rows: dict[type, list[int]] = {}
    repeats: set[int] = set()
    for at, fact in enumerate(facts):
        kind, content = type(fact), _content(fact)
        row = rows[kind] = [*rows[kind], at] if said.get(kind) == content else [at]
        repeats.update(row[1:-1])
        rows[kind], said[kind] = row[-2:], content
    return [fact for at, fact in enumerate(facts) if at not in repeats]
