"""What controllers and kubelets were heard to do, and when the audit log was heard at all.

Facts come in any order and repeated; what is remembered is the same. All times are microseconds
since 1970 (UTC).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

from netpolwatch.kubernetes.audit.controllers import CONTROLLERS
from netpolwatch.kubernetes.facts import (
    AnyFact,
    EndpointsWritten,
    PolicySeen,
    WriteRefused,
)
from netpolwatch.kubernetes.identity.history import History

_MAX_NAMESPACES: Final = 20_000
_MAX_NODES: Final = 10_000
_MINUTE_US: Final = 60_000_000
_MAX_MINUTES: Final = 40_000
"""Minutes in which something was heard: four weeks."""

_KUBELET: Final = "system:node:"

_Named = TypeVar("_Named", EndpointsWritten, WriteRefused, PolicySeen)


class Minutes:
    """Minutes in which somebody was heard; bounded, the oldest go first."""

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        self._minutes: list[int] = []

    def add(self, at_us: int) -> None:
        """Take in that something was heard."""
        minute = at_us // _MINUTE_US
        place = bisect_left(self._minutes, minute)
        if place == len(self._minutes) or self._minutes[place] != minute:
            self._minutes.insert(place, minute)
            del self._minutes[:-_MAX_MINUTES]

    def heard(self, since_us: int, until_us: int) -> bool:
        """Whether anything was heard from the minute of a time to that of another."""
        place = bisect_left(self._minutes, since_us // _MINUTE_US)
        return place < len(self._minutes) and self._minutes[place] <= until_us // _MINUTE_US

    def last_us(self, until_us: int) -> int | None:
        """Return the end of the last minute up to a time in which something was heard."""
        place = bisect_right(self._minutes, until_us // _MINUTE_US)
        return min(until_us, (self._minutes[place - 1] + 1) * _MINUTE_US) if place else None

    def longest_silence_us(self, since_us: int, until_us: int) -> int:
        """Return the longest time without a word that lies between two, or reaches beyond one."""
        first, last = since_us // _MINUTE_US, until_us // _MINUTE_US
        low = max(0, bisect_right(self._minutes, first) - 1)
        heard = self._minutes[low : bisect_left(self._minutes, last) + 1]
        heard = [min(first, *heard), *heard[1:], max(last, *heard)] if heard else [first, last]
        return max(after - before for before, after in pairwise(heard)) * _MINUTE_US


class Activity:
    """Facts of what was done, by namespace, node and object."""

    def __init__(self) -> None:
        self.audit = Minutes()
        """When any audit event that teaches was heard."""
        self.controller = Minutes()
        """When the network policy controller was heard."""
        self._kubelets: dict[str, Minutes] = {}
        self._endpoints: defaultdict[str, History[EndpointsWritten]] = defaultdict(History)
        self._refusals: defaultdict[str, History[WriteRefused]] = defaultdict(History)
        self._policies: defaultdict[str, History[PolicySeen]] = defaultdict(History)

    def learn(self, fact: AnyFact) -> None:
        """Take in a fact; most kinds only tell that somebody was heard."""
        if fact.event:
            self._hear(fact)
        match fact:
            case EndpointsWritten():
                self._keep(self._endpoints, fact)
            case WriteRefused():
                self._keep(self._refusals, fact)
            case PolicySeen() if fact.event and not fact.unchanged:
                self._keep(self._policies, fact)
            case _:
                pass

    def endpoint_writes(
        self, namespace: str, since_us: int, until_us: int
    ) -> Sequence[EndpointsWritten]:
        """Return writes of a namespace's policy endpoints from a time to another, in order."""
        return _between(self._endpoints.get(namespace), since_us, until_us)

    def refusals(self, namespace: str, since_us: int, until_us: int) -> Sequence[WriteRefused]:
        """Return the controller's refused writes in a namespace, in order."""
        return _between(self._refusals.get(namespace), since_us, until_us)

    def policy_writes(self, namespace: str, since_us: int, until_us: int) -> Sequence[PolicySeen]:
        """Return writes of NetworkPolicies that may have changed their specs, in order."""
        return _between(self._policies.get(namespace), since_us, until_us)

    def kubelet(self, node: str) -> Minutes:
        """Return when a node's kubelet was heard."""
        return self._kubelets.get(node) or Minutes()

    def nodes(self) -> Iterator[str]:
        """Yield the nodes whose kubelets were heard."""
        yield from self._kubelets

    def _hear(self, fact: AnyFact) -> None:
        self.audit.add(fact.at_us)
        actor = fact.actor or ""
        if actor in CONTROLLERS:
            self.controller.add(fact.at_us)
        elif actor.startswith(_KUBELET):
            node = actor.removeprefix(_KUBELET)
            if node in self._kubelets or len(self._kubelets) < _MAX_NODES:
                self._kubelets.setdefault(node, Minutes()).add(fact.at_us)

    def _keep(self, kept: defaultdict[str, History[_Named]], fact: _Named) -> None:
        if fact.namespace in kept or len(kept) < _MAX_NAMESPACES:
            kept[fact.namespace].add(fact)


def _between(history: History[_Named] | None, since_us: int, until_us: int) -> list[_Named]:
    if history is None:
        return []
    return [fact for fact in history.until(until_us) if fact.at_us >= since_us]
