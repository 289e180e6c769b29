"""Pods by name, and who of them held an address at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.facts import LabelsPatched, PodAddress, PodSeen
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.callers import Callers
from netpolwatch.kubernetes.identity.coverage import WHOLE, Ask, ask_nothing
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.lives import Life, PodFact, lives_of
from netpolwatch.kubernetes.identity.lookalikes import Lookalikes, PodKey
from netpolwatch.kubernetes.identity.networks import network_of
from netpolwatch.kubernetes.policy.labels import Selector

_LATE_US: Final = 60_000_000
"""A kubelet is done with a pod soon after its deadline; beyond this its end was missed."""

_MAX_RIVALS: Final = 3
"""Earlier owners of an address that are looked at: whether one of them claims it still."""

_MAX_TRIES: Final = 512
"""Pods asked for what they call their ports, for one answer."""

_ASKED_TOGETHER: Final = 4
"""Pods asked for in one go, where the next of them has to be looked at, too."""


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
    """All pods that are known, in histories that any order of delivery makes the same.

    `ask` notes what an answer rests on.
    """

    def __init__(self, ask: Ask = ask_nothing) -> None:
        self._ask = ask
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
            self._networks.update(filter(None, map(network_of, fact.addresses)))
            for address in fact.addresses:
                holders = self._by_address.get(address, ())
                if key not in holders:
                    self._by_address[address] = (*holders, key)
        elif isinstance(fact, (PodSeen, LabelsPatched)):
            self._callers.add(fact)
            self._lookalikes[fact.namespace].add(key, _told(fact))

    def life(self, key: PodKey, at_us: int) -> Life | None:
        """Return the pod that bore a name at a time."""
        self._ask(entities.pod(*key))
        for life in reversed(self._lives(key)):
            if life.exists(at_us):
                return life
        return None

    def holder(self, address: str, at_us: int) -> Holder | None:
        """Who held an address at a time, or held it last.

        Who showed it last has it: an address is given to one pod at a time. Where nobody has it, a
        pod that was on its node already and showed the address as its first one later.
        """
        shown = sorted(self._shown(address, at_us), key=_order, reverse=True)
        last = self._last_of(shown, address)
        if last is not None and last.life.holds(address, at_us):
            return last._replace(rivals=self._rivals(last, shown, address, at_us))
        gone = None if last is None else last._replace(let_go=True)
        return min(self._shown_later(address, at_us), key=_later_order, default=gone)

    def _shown(self, address: str, at_us: int) -> Iterator[Holder]:
        """Yield who showed an address until a time, and when last.

        What is not read yet of a pod can only make it show the address earlier than it seems, or
        not at all: once the last of all is read, it is the last.
        """
        for key, life in self._lives_with(address):
            fact = None if life.host_network else life.shown(address, at_us)
            if fact is not None:
                yield Holder(key, life, fact)

    def _last_of(self, shown: Sequence[Holder], address: str) -> Holder | None:
        if not shown:
            self._ask(entities.address(address))
            return None
        self._ask(entities.address(address), shown[0].shown.at_us)
        self._ask(entities.pod(*shown[0].key))
        return shown[0]

    def _rivals(
        self, last: Holder, shown: Sequence[Holder], address: str, at_us: int
    ) -> tuple[Holder, ...]:
        """Return other living pods that hold an address, the newest claim first.

        Of an address that many had, only the last ones are looked at. A pod that is told to go may
        have let its address go already, and two pods of one node whose bodies nobody saw may both
        be on the host's network.
        """
        others = [each for each in shown if each.key != last.key][:_MAX_RIVALS]
        oldest_us = others[-1].shown.at_us if len(others) == _MAX_RIVALS else WHOLE
        self._ask(entities.address(address), oldest_us)
        for each in others:
            self._ask(entities.pod(*each.key))
        return tuple(
            each
            for each in others
            if each.life.holds(address, at_us)
            and not each.life.is_ending(at_us)
            and not _may_share(each.life, last.life)
        )

    def _shown_later(self, address: str, at_us: int) -> Iterator[Holder]:
        """Yield pods that had an address before they showed it, until one that was not over."""
        keys = self._by_address.get(address, ())
        firsts = [(first, key) for key in keys
                  if (first := self._first_after(key, address, at_us)) is not None]  # fmt: skip
        ordered = [key for _, key in sorted(firsts)]
        for at, key in enumerate(ordered):
            if at % _ASKED_TOGETHER == 0:
                for each in ordered[at : at + _ASKED_TOGETHER]:
                    self._ask(entities.pod(*each))
            for life in self._lives(key):
                fact = None if life.host_network else life.shown_later(address, at_us)
                if fact is None:
                    continue
                holder = Holder(key, life, fact, later=True)
                yield holder
                if not life.over(fact.at_us):
                    return

    def _first_after(self, key: PodKey, address: str, at_us: int) -> int | None:
        """Return when a pod showed an address first after a time."""
        times = (
            holding.at_us
            for life in self._lives(key)
            for holding in life.holdings
            if holding.at_us > at_us and address in holding.addresses
        )
        return min(times, default=None)

    def labelled(
        self, namespace: str, labels: Mapping[str, str], at_us: int
    ) -> Iterator[tuple[PodKey, Life]]:
        """Give pods of a namespace that had these labels at a time, of `_MAX_TRIES` looked at."""
        self._ask(entities.lookalikes(namespace))
        alike = self._lookalikes.get(namespace, Lookalikes())
        for key in islice(alike.covered(Selector(dict(labels))), _MAX_TRIES):
            life = self.life(key, at_us)
            if life is None or life.over(at_us):
                continue
            found = labels_at(life.bodies, at_us)
            if found is not None and labels.items() <= found.values.items():
                yield key, life

    def covered(self, namespace: str, selector: Selector, at_us: int) -> Iterator[tuple[str, Life]]:
        """Yield names and lives of pods that a selector covered, of `_MAX_TRIES` tried."""
        alike = self._lookalikes.get(namespace, Lookalikes())
        for key in islice(dict.fromkeys(alike.covered(selector)), _MAX_TRIES):
            life = self.life(key, at_us)
            if life is None or life.over(at_us):
                continue
            labels = labels_at(life.bodies, at_us)
            if labels is not None and selector.matches(labels.values):
                yield key[1], life

    def call(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int, at_us: int
    ) -> bool | None:
        """Tell whether a pod that a selector covered at a time calls a port so.

        `None` where more pods would have to be asked than `_MAX_TRIES`.
        """
        self._ask(entities.lookalikes(namespace))
        keys = self._callers.may_call(namespace, selector, name, protocol, port)
        tried = 0
        for tried, key in enumerate(keys, 1):
            if tried > _MAX_TRIES:
                return None
            if self._calls(key, selector, name, protocol, port, at_us):
                return True
        if tried:
            # Those that were asked may stand for others, of which one may be there.
            self._ask(entities.every_pod(namespace))
        return False

    def caller(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int, at_us: int
    ) -> PodKey | None:
        """Return a pod that a selector covered at a time and that calls a port so, if one does."""
        self._ask(entities.lookalikes(namespace))
        keys = self._callers.may_call(namespace, selector, name, protocol, port)
        calling = (
            key
            for key in islice(keys, _MAX_TRIES)
            if self._calls(key, selector, name, protocol, port, at_us)
        )
        return next(calling, None)

    def numbers(self, namespace: str, name: str, protocol: str) -> tuple[int, ...]:
        """Give the ports that any pod of a namespace, at any time, calls so."""
        self._ask(entities.lookalikes(namespace))
        return self._callers.numbers(namespace, name, protocol)

    def has_neighbours(self, address: str) -> bool:
        """Whether a pod's address is of the same VPC's IPv6 network (a /56)."""
        network = network_of(address)
        if network is None:
            return False
        self._ask(entities.NETWORKS)
        return network in self._networks

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


def confidence_in(holder: Holder, at_us: int) -> Confidence:
    """How sure it is that a pod held an address: shown before, and its end not overdue."""
    ending = holder.life.terminating
    deadline = ending.deadline_us if ending is not None else None
    overdue = deadline is not None and deadline + _LATE_US < at_us
    return "medium" if holder.later or overdue or holder.shown.partial else "high"


def _may_share(life: Life, other: Life) -> bool:
    return life.node == other.node and None in (life.body, other.body)


def _later_order(holder: Holder) -> tuple[bool, int, str, PodKey]:
    """Put what was over when it was shown last: nobody told since when."""
    return holder.life.over(holder.shown.at_us), *_order(holder)


def _order(holder: Holder) -> tuple[int, str, PodKey]:
    return holder.shown.at_us, holder.shown.event, holder.key
