"""A pod's facts → its lives: pods of one name come one after the other, each with its own uid.

A pod holds the addresses that its status last showed, from then until it is gone or all its
containers have finished. Between its binding to a node and the first status with an address it has
an address that nobody has told yet.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from netpolwatch.kubernetes.facts import (
    Binding,
    LabelsPatched,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
)

_NEWS_US: Final = 30_000_000
"""A kubelet tells an address some seconds after its pod has it, not minutes."""

PodFact = PodSeen | LabelsPatched | PodAddress | PodTerminating | PodGone | Binding


class Life:
    """One pod, from its creation to its end; times in microseconds since 1970 (UTC)."""

    __slots__ = (
        "begin_us", "bodies", "body", "born", "bound_us", "gone_us", "holdings", "node", "over_us",
        "terminating", "uid",
    )  # fmt: skip

    def __init__(self, begin_us: int, uid: str | None) -> None:
        self.uid = uid
        self.begin_us = begin_us
        self.born = False
        """Whether its creation was seen: no later word of it is as exact."""
        self.bodies: list[PodSeen | LabelsPatched] = []
        self.body: PodSeen | None = None
        """A whole body, if any was seen: all but its labels and its owner never changes."""
        self.holdings: list[PodAddress] = []
        self.node: str | None = None
        self.bound_us: int | None = None
        self.terminating: PodTerminating | None = None
        self.over_us: int | None = None
        """When it held no address any more."""
        self.gone_us: int | None = None
        """When the object was gone."""

    @property
    def host_network(self) -> bool:
        """Whether its addresses are its node's."""
        body = self.body
        if body is not None:
            return body.host_network
        return any(holding.host_network for holding in self.holdings)

    @property
    def last_us(self) -> int:
        """When it was last heard of, before its end."""
        facts = (*self.bodies[-1:], *self.holdings[-1:])
        return max((fact.at_us for fact in facts), default=self.begin_us)

    def over(self, at_us: int) -> bool:
        """Tell whether it held no address any more."""
        return self.over_us is not None and self.over_us <= at_us

    def is_ending(self, at_us: int) -> bool:
        """Whether it was told to go by then."""
        return self.terminating is not None and self.terminating.at_us <= at_us

    def exists(self, at_us: int) -> bool:
        """Tell whether the object was there."""
        return self.begin_us <= at_us and (self.gone_us is None or at_us < self.gone_us)

    def body_at(self, at_us: int) -> PodSeen | None:
        """Give the whole body that was seen last by then: a pod is adopted, and released."""
        seen = (
            body for body in reversed(self.bodies)
            if isinstance(body, PodSeen) and not body.partial and body.at_us <= at_us
        )  # fmt: skip
        return next(seen, self.body)

    def addresses(self, at_us: int) -> tuple[str, ...]:
        """Give the addresses that it had been shown to hold by then."""
        plain: tuple[str, ...] = ()
        branch: dict[str, None] = {}
        for holding in self.holdings:
            if holding.at_us > at_us:
                break
            if holding.branch_eni is None:
                plain = holding.addresses
            else:
                branch.update(dict.fromkeys(holding.addresses))
        return tuple(dict.fromkeys((*plain, *branch)))

    def holds(self, address: str, at_us: int) -> bool:
        """Tell whether it had been shown to hold an address by then, and had not let it go."""
        return not self.over(at_us) and address in self.addresses(at_us)

    def shown(self, address: str, at_us: int) -> PodAddress | None:
        """Give the last fact up to a time that shows an address to be its.

        The status of a pod that has finished still names the address that it let go.
        """
        found = None
        for holding in self.holdings:
            if holding.at_us > at_us or self.over(holding.at_us):
                break
            if address in holding.addresses:
                found = holding
        return found

    def shown_later(self, address: str, at_us: int) -> PodAddress | None:
        """Give the first fact with an address, if it tells one that was held at an earlier time.

        What one event shows of a pod is one word: its status, and its own network interfaces.
        """
        first_us = self.holdings[0].at_us if self.holdings else 0
        if first_us <= at_us or self.over(at_us):
            return None
        first = [holding for holding in self.holdings if holding.at_us == first_us]
        found = next((one for one in first if address in one.addresses), None)
        if found is None or (found.is_news and first_us - at_us > _NEWS_US):
            return None
        starts = [start for start in (*(one.started_us for one in first), self.bound_us)
                  if start is not None]  # fmt: skip
        return found if starts and max(starts) <= at_us else None

    def take(self, fact: PodFact) -> None:
        """Take in a fact; facts come in the order of their time."""
        match fact:
            case PodSeen():
                self.bodies.append(fact)
                if self.body is None and not fact.partial:
                    self.body = fact
                self.node = self.node or fact.node
                if fact.created_us is not None and not self.born:
                    self.begin_us = min(self.begin_us, fact.created_us)
                    self.born = fact.created_us == fact.at_us
            case LabelsPatched():
                self.bodies.append(fact)
            case Binding():
                self.node, self.bound_us = fact.node, fact.at_us
            case PodAddress():
                if None in (self.node, fact.node) or self.node == fact.node:
                    # A kubelet speaks for the pods of its own node.
                    self.holdings.append(fact)
                    self.node = self.node or fact.node
            case PodTerminating():
                self.terminating = self.terminating or fact
            case PodGone():
                self.end(fact.at_us, object_too=fact.ending == "deleted")

    def end(self, at_us: int, *, object_too: bool) -> None:
        """End it, if nothing did before."""
        self.over_us = at_us if self.over_us is None else min(self.over_us, at_us)
        if object_too and self.gone_us is None:
            self.gone_us = at_us


def lives_of(facts: Iterable[PodFact]) -> Sequence[Life]:
    """Tell apart the pods that bore one name; `facts` are in the order of their time."""
    lives: list[Life] = []
    for fact in facts:
        _life(lives, fact).take(fact)
    return tuple(lives)


def _life(lives: list[Life], fact: PodFact) -> Life:
    uid = None if isinstance(fact, LabelsPatched) else fact.uid
    last = lives[-1] if lives else None
    if last is not None and uid is None and (last.gone_us is None or isinstance(fact, PodGone)):
        return last
    if last is not None and last.uid is None and last.gone_us is None:
        last.uid = uid
        return last
    if uid is not None:
        for life in reversed(lives):
            if life.uid == uid:
                return life
    if last is not None and last.gone_us is None:
        # Its end was not seen: two pods cannot bear one name.
        last.end(fact.at_us, object_too=True)
    lives.append(Life(fact.at_us, uid))
    return lives[-1]
