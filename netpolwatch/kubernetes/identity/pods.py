"""Pods by name, and who of them held an address at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import islice
from typing import Final, NamedTuple

from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.facts import LabelsPatched, PodAddress, PodSeen
from netpolwatch.kubernetes.identity.callers import Callers
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.lives import Life, PodFact, lives_of
from netpolwatch.kubernetes.identity.lookalikes import Lookalikes, PodKey
from netpolwatch.kubernetes.policy.labels import Selector

_LATE_US: Final = 60_000_000
"""A kubelet is done with a pod soon after its deadline; beyond this its end was missed."""

_MAX_RIVALS: Final = 4
"""Named of those that claim an address, too."""

_MAX_TRIES: Final = 512
"""Pods asked for what they call their ports, for one answer."""


class Holder(NamedTuple):
    """The pod that held an address, what shows it, and whether it had let it go by then.

    `rivals` are other pods that were shown to hold it and live: of them it is contested.
    """

    key: PodKey
    life: Life
    shown: PodAddress
    later: bool = False
    let_go: bool = False
    rivals: "tuple[Holder, ...]" = ()


class _Record:
    __slots__ = ("history", "lives")

    def __init__(self) -> None:
        self.history: History[PodFact] = History()
        self.lives: Sequence[Life] | None = None


class Pods:
    """All pods that are known, in histories that any order of delivery makes the same."""

    def __init__(self) -> None:
        self._records: dict[PodKey, _Record] = {}
        self._by_address: dict[str, tuple[PodKey, ...]] = {}
        self._lookalikes: defaultdict[str, Lookalikes] = defaultdict(Lookalikes)
        self._networks: set[str] = set()
        self._callers = Callers()

    def __len__(self) -> int:
        return len(self._records)

    def namespaces(self) -> list[str]:
        """Name the namespaces that pods are known of."""
        return sorted({namespace for namespace, _ in self._records})

    def learn(self, fact: PodFact) -> None:
        """Take in a fact."""
        key = (fact.namespace, fact.name)
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
        if not record.history.add(fact):
            return
        record.lives = None
        if isinstance(fact, PodAddress):
            self._networks.update(filter(None, map(_network, fact.addresses)))
            for address in fact.addresses:
                holders = self._by_address.get(address, ())
                if key not in holders:
                    self._by_address[address] = (*holders, key)
        elif isinstance(fact, (PodSeen, LabelsPatched)):
            self._callers.add(fact)
            self._lookalikes[fact.namespace].add(key, _told(fact))

    def life(self, key: PodKey, at_us: int) -> Life | None:
        """Give the pod that bore a name at a time."""
        for life in reversed(self._lives(key)):
            if life.exists(at_us):
                return life
        return None

    def holder(self, address: str, at_us: int) -> Holder | None:
        """Who held an address at a time, or held it last.

        Who showed it last has it: an address is given to one pod at a time. Where nobody has it, a
        pod that was on its node already and showed the address as its first one later.
        """
        lives = list(self._lives_with(address))
        shown = [
            Holder(key, life, fact)
            for key, life in lives
            if not life.host_network and (fact := life.shown(address, at_us)) is not None
        ]
        last = max(shown, key=_order, default=None)
        if last is not None and last.life.holds(address, at_us):
            return last._replace(rivals=_rivals(last, shown, address, at_us))
        later = [
            Holder(key, life, fact, later=True)
            for key, life in lives
            if not life.host_network and (fact := life.shown_later(address, at_us)) is not None
        ]
        gone = None if last is None else last._replace(let_go=True)
        return min(later, key=_later_order, default=gone)

    def labelled(
        self, namespace: str, labels: Mapping[str, str], at_us: int
    ) -> Iterator[tuple[PodKey, Life]]:
        """Give pods of a namespace that had these labels at a time, of `_MAX_TRIES` looked at."""
        alike = self._lookalikes.get(namespace, Lookalikes())
        for key in islice(alike.covered(Selector(dict(labels))), _MAX_TRIES):
            life = self.life(key, at_us)
            if life is None or life.over(at_us):
                continue
            found = labels_at(life.bodies, at_us)
            if found is not None and labels.items() <= found.values.items():
                yield key, life

    def call(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int, at_us: int
    ) -> bool | None:
        """Tell whether a pod that a selector covered at a time calls a port so.

        `None` where more pods would have to be asked than `_MAX_TRIES`.
        """
        keys = self._callers.may_call(namespace, selector, name, protocol, port)
        for tried, key in enumerate(keys):
            if tried == _MAX_TRIES:
                return None
            if self._calls(key, selector, name, protocol, port, at_us):
                return True
        return False

    def numbers(self, namespace: str, name: str, protocol: str) -> tuple[int, ...]:
        """Give the ports that any pod of a namespace, at any time, calls so."""
        return self._callers.numbers(namespace, name, protocol)

    def has_neighbours(self, address: str) -> bool:
        """Tell whether a pod's address is of the same VPC's IPv6 network (a /56)."""
        return _network(address) in self._networks

    def forget(self, before_us: int) -> int:
        """Drop the pods that were gone before a time; returns how many."""
        ended = [key for key in self._records if self._gone_before(key, before_us)]
        self._drop(ended)
        return len(ended)

    def shrink(self, size: int) -> int:
        """Drop pods until at most `size` are left: the gone first, then the longest unheard of."""
        if len(self._records) <= size:
            return 0
        oldest = sorted(self._records, key=self._value)[: len(self._records) - size]
        self._drop(oldest)
        return len(oldest)

    def _calls(
        self, key: PodKey, selector: Selector, name: str, protocol: str, port: int, at_us: int
    ) -> bool:
        life = self.life(key, at_us)
        if life is None or life.body is None or life.over(at_us):
            return False
        numbers = (
            each.port for each in life.body.ports if each.name == name and each.protocol == protocol
        )
        labels = labels_at(life.bodies, at_us)
        return (
            next(numbers, None) == port and labels is not None and selector.matches(labels.values)
        )

    def _lives_with(self, address: str) -> Iterator[tuple[PodKey, Life]]:
        for key in self._by_address.get(address, ()):
            for life in self._lives(key):
                yield key, life

    def _lives(self, key: PodKey) -> Sequence[Life]:
        record = self._records.get(key)
        if record is None:
            return ()
        if record.lives is None:
            record.lives = lives_of(record.history)
        return record.lives

    def _gone_before(self, key: PodKey, before_us: int) -> bool:
        last = self._lives(key)[-1]
        return last.gone_us is not None and last.gone_us < before_us

    def _value(self, key: PodKey) -> tuple[bool, int]:
        return self._lives(key)[-1].gone_us is None, self._records[key].history.last_us

    def _drop(self, keys: Iterable[PodKey]) -> None:
        for key in keys:
            record = self._records.pop(key)
            for fact in record.history:
                if isinstance(fact, (PodSeen, LabelsPatched)):
                    self._callers.remove(fact)
                    self._lookalikes[key[0]].remove(key, _told(fact))
                for address in fact.addresses if isinstance(fact, PodAddress) else ():
                    self._unindex(address, key)

    def _unindex(self, address: str, key: PodKey) -> None:
        left = tuple(one for one in self._by_address.get(address, ()) if one != key)
        if left:
            self._by_address[address] = left
        else:
            self._by_address.pop(address, None)


def _told(fact: PodSeen | LabelsPatched) -> Mapping[str, str] | None:
    """Give a pod's labels as one fact tells all of them; a patch tells those that it changes."""
    return fact.labels if isinstance(fact, PodSeen) else None


def _network(address: str) -> str | None:
    """Give the /56 of an IPv6 address, in which AWS gives a VPC its addresses."""
    if ":" not in address:
        return None
    return str(ip_network(f"{address}/56", strict=False))


def confidence_in(holder: Holder, at_us: int) -> Confidence:
    """How sure it is that a pod held an address: shown before, and its end not overdue."""
    ending = holder.life.terminating
    deadline = ending.deadline_us if ending is not None else None
    overdue = deadline is not None and deadline + _LATE_US < at_us
    return "medium" if holder.later or overdue or holder.shown.partial else "high"


def _rivals(last: Holder, shown: Sequence[Holder], address: str, at_us: int) -> tuple[Holder, ...]:
    """Give the other living pods that hold an address, the newest claim first.

    A pod that is told to go may have let its address go already, and two pods of one node whose
    bodies nobody saw may both be on the host's network.
    """
    living = [
        each
        for each in shown
        if each.key != last.key
        and each.life.holds(address, at_us)
        and not each.life.is_ending(at_us)
        and not _may_share(each.life, last.life)
    ]
    return tuple(sorted(living, key=_order, reverse=True)[:_MAX_RIVALS])


def _may_share(one: Life, other: Life) -> bool:
    return one.node == other.node and None in (one.body, other.body)


def _later_order(holder: Holder) -> tuple[bool, int, str, PodKey]:
    """Put what was over when it was shown last: nobody told since when."""
    return holder.life.over(holder.shown.at_us), *_order(holder)


def _order(holder: Holder) -> tuple[int, str, PodKey]:
    return holder.shown.at_us, holder.shown.event, holder.key
