"""The addresses of nodes: one name, one address, from the first evidence to its deletion.

A node that was deleted may be created anew under its name, often with its address: it had none
between.
"""

from bisect import bisect_right, insort
from typing import Final

from netpolwatch.kubernetes.facts import NodeGone, NodeSeen

_MAX_ENDS: Final = 16
"""Deletions, and creations, kept of one name."""


class Evidence:
    """When a node was shown to have an address: first, by what, and last by its own word.

    What its pods say of it when they are cleared away does not bring a deleted node back.
    """

    __slots__ = ("_own_us", "created_us", "first")

    def __init__(self, first: NodeSeen) -> None:
        self.first = first
        self._own_us: int | None = None
        self.created_us = first.created_us
        self.take(first)

    def take(self, fact: NodeSeen) -> None:
        """Take in another fact with the address."""
        if (fact.at_us, fact.event) < (self.first.at_us, self.first.event):
            self.first = fact
        if not fact.hearsay:
            self._own_us = max(self._own_us or 0, fact.at_us)
        if fact.created_us is not None:
            self.created_us = min(fact.created_us, self.created_us or fact.created_us)

    @property
    def last_us(self) -> int:
        """When the node itself showed it last, or its pods first."""
        return self.first.at_us if self._own_us is None else self._own_us

    @property
    def since_us(self) -> int:
        """Since when the node had it: a node's address does not change, its body tells it."""
        return min(self.first.at_us, self.created_us or self.first.at_us)


class NodeRecord:
    """What is known of the nodes that bore one name."""

    __slots__ = ("born_us", "deleted_us", "evidence")

    def __init__(self) -> None:
        self.evidence: dict[str, Evidence] = {}
        self.deleted_us: list[int] = []
        self.born_us: list[int] = []

    @property
    def last_us(self) -> int:
        """When the node was last heard of."""
        return max((one.last_us for one in self.evidence.values()), default=0)

    def take(self, fact: NodeSeen | NodeGone) -> None:
        """Take in a fact; the order does not matter."""
        if isinstance(fact, NodeGone):
            _keep(self.deleted_us, fact.at_us)
            return
        if fact.created_us is not None:
            _keep(self.born_us, fact.created_us)
        for address in fact.addresses + fact.external:
            if address in self.evidence:
                self.evidence[address].take(fact)
            else:
                self.evidence[address] = Evidence(fact)

    def holds(self, address: str, at_us: int) -> NodeSeen | None:
        """Tell what showed first that the node had an address; `None` if it had not."""
        found = self.evidence.get(address)
        if found is None or at_us < found.since_us or self._between(at_us):
            return None
        ended = next((end for end in self.deleted_us if end > found.last_us), None)
        return found.first if ended is None or at_us < ended else None

    def _between(self, at_us: int) -> bool:
        """Tell whether the node was deleted by then, and only later created anew."""
        deletions = bisect_right(self.deleted_us, at_us)
        if not deletions:
            return False
        births = bisect_right(self.born_us, self.deleted_us[deletions - 1])
        return births < len(self.born_us) and self.born_us[births] > at_us


def _keep(times: list[int], time_us: int) -> None:
    if time_us not in times:
        insort(times, time_us)
        del times[:-_MAX_ENDS]
