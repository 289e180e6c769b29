"""What controllers and kubelets were heard to do, and when the audit log was heard at all.

Facts come in any order and repeated; what is remembered is the same. All times are microseconds
since 1970 (UTC).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from netpolwatch.kubernetes.audit.controllers import CONTROLLERS
from netpolwatch.kubernetes.facts import (
    AnyFact,
    EndpointsWritten,
    PolicySeen,
    RoleListed,
    SignalSeen,
    WriteRefused,
)
from netpolwatch.kubernetes.identity.agents import Agents
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.minutes import Minutes
from netpolwatch.kubernetes.policy.spec import NetworkPolicy

_MAX_NAMESPACES: Final = 20_000
_MAX_ROLES: Final = 1_000
_MAX_SIGNALS: Final = 50_000
_MAX_NODES: Final = 10_000
_KUBELET: Final = "system:node:"

_Named = TypeVar("_Named", EndpointsWritten, WriteRefused, PolicySeen)


class Activity:
    """Facts of what was done, by namespace, node and object."""

    def __init__(self) -> None:
        self.audit = Minutes()
        """When any audit event that teaches was heard."""
        self.controller = Minutes()
        """When the network policy controller was heard."""
        self.agents = Agents()
        """What policy engines are told and run."""
        self._kubelets: dict[str, Minutes] = {}
        self._endpoints: defaultdict[str, History[EndpointsWritten]] = defaultdict(History)
        self._refusals: defaultdict[str, History[WriteRefused]] = defaultdict(History)
        self._signals: dict[tuple[str, tuple[str, ...]], History[SignalSeen]] = {}
        self._roles: dict[str, History[RoleListed]] = {}
        self._policies: defaultdict[str, History[PolicySeen]] = defaultdict(History)

    def learn(self, fact: AnyFact) -> None:
        """Take in a fact; most kinds only tell that somebody was heard."""
        if fact.event:
            self._hear(fact)
        self.agents.learn(fact)
        match fact:
            case EndpointsWritten():
                self._keep(self._endpoints, fact)
            case WriteRefused():
                self._keep(self._refusals, fact)
            case PolicySeen() if fact.event:
                self._keep(self._policies, fact)
            case RoleListed():
                if fact.name in self._roles or len(self._roles) < _MAX_ROLES:
                    self._roles.setdefault(fact.name, History()).add(fact)
            case SignalSeen():
                key = (fact.rule, fact.names)
                if key in self._signals or len(self._signals) < _MAX_SIGNALS:
                    self._signals.setdefault(key, History()).add(fact)
            case _:
                pass

    def listed_role(self, name: str, at_us: int) -> RoleListed | None:
        """Return a ClusterRole as the last listing up to a time showed it."""
        history = self._roles.get(name)
        listed = history.until(at_us) if history else []
        return listed[-1] if listed else None

    def signals(
        self, rule: str, names: tuple[str, ...], since_us: int, until_us: int
    ) -> Sequence[SignalSeen]:
        """Return what a rule saw of some names from a time to another, in order."""
        history = self._signals.get((rule, names))
        found = history.until(until_us) if history else []
        return [fact for fact in found if fact.at_us >= since_us]

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
        return [
            fact
            for fact in _between(self._policies.get(namespace), since_us, until_us)
            if not fact.unchanged
        ]

    def policy_body(self, namespace: str, name: str, at_us: int) -> NetworkPolicy | None:
        """Return the last body of a policy that was seen by a time, also of one that is gone."""
        seen = _between(self._policies.get(namespace), 0, at_us)
        bodies = (each.policy for each in reversed(seen) if each.name == name and each.policy)
        return next(bodies, None)

    def policy_namespaces(self) -> list[str]:
        """Return the namespaces of which a policy was seen, in order."""
        return sorted(self._policies)

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
