"""Namespaces, Services, nodes and policies by name, and as of a time."""

from collections.abc import Iterator
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple, TypeVar

from netpolwatch.flows.model import Change
from netpolwatch.kubernetes.facts import (
    CollectionDeleted,
    LabelsPatched,
    NamespaceGone,
    NamespaceSeen,
    NodeGone,
    NodeSeen,
    PolicyGone,
    PolicyKey,
    PolicySeen,
    Resource,
    ServiceGone,
    ServiceSeen,
)
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.changes import label_changes, policy_changes
from netpolwatch.kubernetes.identity.coverage import Ask, ask_nothing
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.listings import Listings
from netpolwatch.kubernetes.identity.model import (
    Labels,
    PoliciesInForce,
    PolicyState,
    policies_in_force,
)
from netpolwatch.kubernetes.identity.nodes import NodeRecord
from netpolwatch.kubernetes.identity.versions import Version, version_at
from netpolwatch.kubernetes.policy.spec import PolicyKind

NamespaceFact = NamespaceSeen | NamespaceGone | LabelsPatched
_ORDER = attrgetter("at_us", "event")
_CHANGED = attrgetter("at_us", "name")
_EVER_US: Final = 2**80
_LISTED: Final[dict[PolicyKind, Resource]] = {
    "NetworkPolicy": "networkpolicies",
    "ApplicationNetworkPolicy": "applicationnetworkpolicies",
}
_MAX_SERVICES: Final = 64
"""Services looked at for one port of a pod."""

_Target = tuple[str, str, int | str]
"""(namespace, protocol, a port of pods)"""

_K = TypeVar("_K")


class Namespaces:
    """Namespaces and their labels; `ask` notes what an answer rests on."""

    def __init__(self, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._histories: dict[str, History[NamespaceFact]] = {}

    def learn(self, fact: NamespaceFact) -> None:
        """Take in a fact."""
        self._histories.setdefault(fact.name, History()).add(fact)

    def labels(self, name: str, at_us: int) -> Labels | None:
        """Return a namespace's labels; `None` where it was not there, or nobody saw it."""
        self._ask(entities.namespace(name))
        facts: list[NamespaceSeen | LabelsPatched] = []
        for fact in self._histories.get(name, ()):
            if not isinstance(fact, NamespaceGone):
                facts.append(fact)
            elif fact.at_us <= at_us:
                facts.clear()
            else:
                break
        return labels_at(facts, at_us) if self._there(facts, at_us) else None

    def changes(self, name: str) -> Iterator[Change]:
        """Yield the changes of a namespace's labels, of those that bore the name one by one."""
        self._ask(entities.namespace(name))
        facts: list[NamespaceSeen | LabelsPatched] = []
        for fact in self._histories.get(name, ()):
            if isinstance(fact, NamespaceGone):
                yield from label_changes("namespace-labels", name, facts)
                facts = []
            else:
                facts.append(fact)
        yield from label_changes("namespace-labels", name, facts)

    def ended(self, name: str, after_us: int, until_us: int) -> bool:
        """Whether a namespace went, with all in it, between two times."""
        self._ask(entities.namespace(name))
        return any(
            isinstance(fact, NamespaceGone) and after_us < fact.at_us <= until_us
            for fact in self._histories.get(name, ())
        )

    def created_us(self, name: str, at_us: int) -> int | None:
        """Return when the namespace that was there at a time was seen to be created."""
        self._ask(entities.namespace(name))
        created = None
        for fact in self._histories.get(name, ()):
            if fact.at_us > at_us:
                break
            if isinstance(fact, NamespaceGone):
                created = None
            elif isinstance(fact, NamespaceSeen) and fact.is_new:
                created = fact.at_us
        return created

    def forget(self, before_us: int) -> None:
        """Drop the namespaces that were gone before a time."""
        for name, history in list(self._histories.items()):
            last = list(history)[-1]
            if isinstance(last, NamespaceGone) and last.at_us < before_us:
                del self._histories[name]

    def _there(self, facts: list[NamespaceSeen | LabelsPatched], at_us: int) -> bool:
        if not facts:
            return False
        first = facts[0]
        if first.at_us <= at_us:
            return True
        return (
            isinstance(first, NamespaceSeen)
            and first.created_us is not None
            and first.created_us <= at_us
        )


class _Span(NamedTuple):
    """What is in force from `since_us` until just before `until_us`: nothing changes between."""

    since_us: int
    until_us: int
    policies: PoliciesInForce


class Policies:
    """NetworkPolicies by namespace.

    Verdicts come together in time, and policies are changed seldom: the last answer of a namespace
    is kept with the span of time that it holds for. `ask` notes what an answer rests on.
    """

    def __init__(self, listings: Listings, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._histories: dict[str, dict[PolicyKey, History[PolicySeen | PolicyGone]]] = {}
        self._collections: dict[str, History[CollectionDeleted]] = {}
        self._listings = listings
        self._spans: dict[str, _Span] = {}
        self._changes: dict[str, tuple[Change, ...]] = {}

    def learn(self, fact: PolicySeen | PolicyGone) -> None:
        """Take in a fact."""
        self._outdate(fact.namespace)
        named = self._histories.setdefault(fact.namespace, {})
        named.setdefault(fact.key, History()).add(fact)

    def learn_deletion(self, fact: CollectionDeleted) -> None:
        """Take in that all policies of a namespace were told to go."""
        self._outdate(fact.namespace)
        self._collections.setdefault(fact.namespace, History()).add(fact)

    def learn_listing(self) -> None:
        """Take in that policies were listed: one that was not shown then was gone."""
        self._spans.clear()

    def in_force(self, namespace: str, at_us: int) -> PoliciesInForce:
        """Return the policies in force in a namespace."""
        self._ask(entities.policies(namespace))
        span = self._spans.get(namespace)
        if span is None or not span.since_us <= at_us < span.until_us:
            span = self._spans[namespace] = self._span(namespace, at_us)
        return span.policies

    def changes(self, namespace: str) -> tuple[Change, ...]:
        """Return all changes of a namespace's policies that are known, in order."""
        self._ask(entities.policies(namespace))
        found = self._changes.get(namespace)
        if found is None:
            named = self._histories.get(namespace, {})
            every = chain.from_iterable(
                policy_changes(f"{namespace}/{name}", self._facts(namespace, kind, history))
                for (name, kind), history in named.items()
            )
            found = self._changes[namespace] = tuple(sorted(every, key=_CHANGED))
        return found

    def _outdate(self, namespace: str) -> None:
        self._spans.pop(namespace, None)
        self._changes.pop(namespace, None)

    def _facts(
        self, namespace: str, kind: PolicyKind, history: History[PolicySeen | PolicyGone]
    ) -> list[PolicySeen | PolicyGone | CollectionDeleted]:
        """Return the facts of one policy, in order: its own, and its namespace's deletions."""
        told = self._collections.get(namespace, ())
        deletions = (one for one in told if one.resource == _LISTED[kind])
        return sorted(chain(history, deletions), key=_ORDER)

    def _span(self, namespace: str, at_us: int) -> _Span:
        times = [-_EVER_US, _EVER_US, *self._times(namespace)]
        versions = self._versions(namespace, at_us)
        return _Span(
            max(time for time in times if time <= at_us),
            min(time for time in times if time > at_us),
            policies_in_force(_state(*key, version) for key, version in versions),
        )

    def _times(self, namespace: str) -> Iterator[int]:
        """Give the times at which an answer may change: of writes and ends, and of creations."""
        for resource in _LISTED.values():
            yield from self._listings.times(resource)
        yield from (deletion.at_us for deletion in self._collections.get(namespace, ()))
        for history in self._histories.get(namespace, {}).values():
            for fact in history:
                yield fact.at_us
                if isinstance(fact, PolicySeen) and fact.created_us is not None:
                    yield fact.created_us

    def _versions(
        self, namespace: str, at_us: int
    ) -> Iterator[tuple[PolicyKey, Version[PolicySeen]]]:
        deletions = self._collections.get(namespace)
        for key, history in sorted(self._histories.get(namespace, {}).items()):
            facts = self._facts(namespace, key[1], history) if deletions else history
            version = version_at(facts, at_us) or _unseen(next(iter(history)), at_us)
            if version is not None and not self._is_missing(namespace, key[1], history, at_us):
                yield key, version

    def _is_missing(
        self,
        namespace: str,
        kind: PolicyKind,
        history: History[PolicySeen | PolicyGone],
        at_us: int,
    ) -> bool:
        """Tell whether a listing since a policy's last word did not show it."""
        until = [fact.at_us for fact in history if fact.at_us <= at_us]
        return bool(until) and self._listings.came(_LISTED[kind], namespace, until[-1], at_us)

    def forget(self, before_us: int) -> None:
        """Drop the policies that were gone before a time."""
        self._spans.clear()
        self._changes.clear()
        for namespace, named in list(self._histories.items()):
            there = {key for key, _ in self._versions(namespace, before_us)}
            for key, history in list(named.items()):
                if history.last_us < before_us and key not in there:
                    del named[key]
            if not named:
                del self._histories[namespace]


def _unseen(first: PolicySeen | PolicyGone, at_us: int) -> Version[PolicySeen] | None:
    """Tell a policy before its end, where nothing else was seen of it: it was there."""
    if isinstance(first, PolicySeen) or first.at_us <= at_us:
        return None
    fact = PolicySeen(
        namespace=first.namespace, name=first.name, uid=first.uid, partial=True,
        policy_kind=first.policy_kind, at_us=first.at_us, source=first.source,
        actor=first.actor, event=first.event,
    )  # fmt: skip
    return Version(fact, certain=False)


def _state(name: str, kind: PolicyKind, version: Version[PolicySeen]) -> PolicyState:
    fact = version.fact
    return PolicyState(
        namespace=fact.namespace,
        name=name,
        kind=kind,
        policy=fact.policy,
        since_us=fact.at_us,
        source=fact.source,
        actor=fact.actor,
        generation=fact.generation,
        certain=version.certain,
        terminating=version.terminating,
    )


class Services:
    """Services by name and by address; `ask` notes what an answer rests on."""

    def __init__(self, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._histories: dict[tuple[str, str], History[ServiceSeen | ServiceGone]] = {}
        self._by_address: dict[str, set[tuple[str, str]]] = {}
        self._by_target: dict[_Target, set[tuple[str, str]]] = {}
        self._collections: dict[str, History[CollectionDeleted]] = {}

    def learn(self, fact: ServiceSeen | ServiceGone) -> None:
        """Take in a fact."""
        key = (fact.namespace, fact.name)
        self._histories.setdefault(key, History()).add(fact)
        if isinstance(fact, ServiceSeen):
            for address in fact.addresses:
                self._by_address.setdefault(address, set()).add(key)
            for target in _targets(fact):
                self._by_target.setdefault(target, set()).add(key)

    def learn_deletion(self, fact: CollectionDeleted) -> None:
        """Take in that all Services of a namespace were told to go."""
        self._collections.setdefault(fact.namespace, History()).add(fact)

    def holder(self, address: str, at_us: int) -> Version[ServiceSeen] | None:
        """Return the Service that had an address at a time."""
        self._ask(entities.fixed_address(address))
        found = [
            version
            for key in self._by_address.get(address, ())
            if (version := self._version(key, at_us)) and address in self._addresses(key, version)
        ]
        return max(found, key=lambda version: (version.certain, _ORDER(version.fact)), default=None)

    def addresses(self, version: Version[ServiceSeen]) -> tuple[str, ...]:
        """Give a Service's addresses, which a write without its body does not change."""
        return self._addresses((version.fact.namespace, version.fact.name), version)

    def leading_to(
        self, namespace: str, target: int | str, protocol: str, at_us: int
    ) -> Iterator[Version[ServiceSeen]]:
        """Yield the Services of a namespace that led to a port of their pods at a time."""
        self._ask(entities.services(namespace))
        wanted = (namespace, protocol, target)
        for key in sorted(self._by_target.get(wanted, ()))[:_MAX_SERVICES]:
            version = self._version(key, at_us)
            if version is not None and wanted in _targets(version.fact):
                yield version

    def forget(self, before_us: int) -> None:
        """Drop the Services that were gone before a time."""
        for key, history in list(self._histories.items()):
            if history.last_us < before_us and self._version(key, before_us) is None:
                del self._histories[key]
                _discard(self._by_address, key)
                _discard(self._by_target, key)

    def _version(self, key: tuple[str, str], at_us: int) -> Version[ServiceSeen] | None:
        self._ask(entities.services(key[0]))
        history = self._histories.get(key, ())
        deletions = self._collections.get(key[0], ())
        facts = sorted(chain(history, deletions), key=_ORDER) if deletions else history
        return version_at(facts, at_us)

    def _addresses(self, key: tuple[str, str], version: Version[ServiceSeen]) -> tuple[str, ...]:
        if not version.fact.partial:
            return version.fact.addresses
        bodies = [
            fact
            for fact in self._histories[key].until(version.fact.at_us)
            if isinstance(fact, ServiceSeen) and not fact.partial
        ]
        return bodies[-1].addresses if bodies else ()


def _targets(service: ServiceSeen) -> Iterator[_Target]:
    for port in service.ports:
        yield service.namespace, port.protocol, port.leads_to


def _discard(index: dict[_K, set[tuple[str, str]]], key: tuple[str, str]) -> None:
    for place, keys in list(index.items()):
        keys.discard(key)
        if not keys:
            del index[place]


class Nodes:
    """Nodes by name and by address; `ask` notes what an answer rests on."""

    def __init__(self, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._records: dict[str, NodeRecord] = {}
        self._by_address: dict[str, set[str]] = {}

    def learn(self, fact: NodeSeen | NodeGone) -> None:
        """Take in a fact."""
        self._records.setdefault(fact.name, NodeRecord()).take(fact)
        for address in fact.addresses + fact.external if isinstance(fact, NodeSeen) else ():
            self._by_address.setdefault(address, set()).add(fact.name)

    def holder(self, address: str, at_us: int) -> tuple[NodeSeen, int] | None:
        """Return the node that had an address, and when it was last shown to have it.

        What is not read yet of a node can only show that it did not have it then: once the last of
        all is read, it is the one.
        """
        self._ask(entities.fixed_address(address))
        found = [
            (shown, self._records[name].evidence[address].last_us)
            for name in self._by_address.get(address, ())
            if (shown := self._records[name].holds(address, at_us)) is not None
        ]
        holder = max(found, key=lambda one: (one[0].at_us, one[0].name), default=None)
        if holder is not None:
            self._ask(entities.node(holder[0].name))
        return holder

    def forget(self, before_us: int) -> None:
        """Drop the nodes that were gone before a time."""
        for name, record in list(self._records.items()):
            deleted = record.deleted_us[-1] if record.deleted_us else None
            if deleted is not None and record.last_us < deleted < before_us:
                del self._records[name]
                for address in record.evidence:
                    self._by_address[address].discard(name)
