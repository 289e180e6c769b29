"""The smallest change of NetworkPolicies that would let a denied connection through.

A policy that is there is changed only where that opens no more than a small policy of its own
would: it selects no other pods, and a rule that gets a port covers no other peers. Each is tried
before it is given: `evaluate` says that it allows the connection.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal

import msgspec

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, evaluate
from netpolwatch.kubernetes.policy.labels import NAMESPACE_NAME, Selector
from netpolwatch.kubernetes.policy.matching import PORTED
from netpolwatch.kubernetes.policy.naming import policy_name
from netpolwatch.kubernetes.policy.nearest import nearest_miss
from netpolwatch.kubernetes.policy.selecting import (
    CannotName,
    is_no_wider,
    is_peer_no_wider,
    peer_of,
    selector_of,
)
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, Peer, Port, Rule

MAX_SHOWN: Final = 60
"""Rules, peers and ports of a policy that is shown changed: a longer one hides what is new."""

_MAX_PORT: Final = 65_535

Change = Literal["port", "peer", "policy"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A denied connection, and what its ends are called."""

    connection: Connection
    direction: Direction
    client: str
    server: str

    @property
    def port(self) -> Port:
        """The port that a rule must hold.

        Of a Service that is named by its selector, it is that of the pods behind it: the controller
        opens the Service's own port for it (`getMatchingServicePort`).
        """
        server, protocol = self.connection.server, self.connection.protocol
        asked: int | str = self.connection.port
        if self.direction == "egress" and server.kind == "service" and server.labels:
            leading = {(each.port, each.protocol): each.target for each in server.listens}
            asked = leading.get((self.connection.port, protocol), asked)
        return Port(asked, None, protocol)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A policy as it would be.

    Attributes
    ----------
    change
        What is new of it: a port of one rule, a peer of one rule, or all.
    peer
        Whom it lets through that could not pass before, on the ports that were wanted.
    added
        That as a rule of its own.
    base
        The policy as it is, where one is changed.
    """

    policy: NetworkPolicy
    change: Change
    peer: Peer
    added: Rule
    base: NetworkPolicy | None = None


@dataclass(frozen=True, slots=True)
class NoSuggestion:
    """That nothing is suggested, and why."""

    why: str


def suggest(
    wanted: Wanted, isolating: Sequence[NetworkPolicy], taken: Collection[str] = ()
) -> Suggestion | NoSuggestion:
    """Suggest a change; `isolating` are the policies of the direction that select the pod.

    `taken` are the names of the namespace's policies.
    """
    decider = wanted.connection.decider(wanted.direction)
    refused = _refused(wanted, decider)
    if refused or not isolating:
        return NoSuggestion(refused or "no policy isolates the pod")
    peer = peer_of(wanted.connection.peer(wanted.direction), decider.namespace or "")
    if isinstance(peer, CannotName):
        return NoSuggestion(peer.why)
    selector = selector_of(decider.labels or {}, isolating)
    if isinstance(selector, CannotName):
        return NoSuggestion(selector.why)
    new = _new(wanted, selector, peer, taken)
    # A policy of another kind has fields that are not known here: only NetworkPolicies are changed.
    changeable = [each for each in isolating if each.kind == "NetworkPolicy"]
    candidates = chain(_changed(wanted, changeable, new), (new,))
    fitting = (each for each in candidates if _lets_through(each, wanted, isolating))
    return next(fitting, NoSuggestion("no small change allows it"))


def _refused(wanted: Wanted, decider: End) -> str | None:
    connection = wanted.connection
    if decider.kind != "pod" or decider.labels is None or decider.namespace is None:
        return "the deciding pod's labels are not known"
    if connection.protocol not in PORTED:
        return (f"a NetworkPolicy cannot name {connection.protocol}: only a rule without ports,"
                " which opens all of them, lets it through")  # fmt: skip
    if not 0 < connection.port <= _MAX_PORT:
        return f"no rule can hold port {connection.port}"
    if wanted.direction == "ingress" and connection.client.kind == "service":
        return "a Service's address as the source is that of an answer"
    return None


def _changed(
    wanted: Wanted, isolating: Sequence[NetworkPolicy], new: Suggestion
) -> Iterator[Suggestion]:
    """Change one rule of a policy, of that of the nearest miss first; no wider than a new one."""
    connection, direction = wanted.connection, wanted.direction
    end = connection.peer(direction)
    miss = nearest_miss(isolating, end, connection.server, connection.protocol, connection.port,
                        direction)  # fmt: skip
    nearest = miss.policy if miss else None
    for policy in sorted(isolating, key=lambda one: f"{one.namespace}/{one.name}" != nearest):
        narrow = is_no_wider(policy.pod_selector, new.policy.pod_selector)
        if narrow and _size(policy) <= MAX_SHOWN:
            yield from _changed_rules(policy, wanted, new.peer)


def _changed_rules(policy: NetworkPolicy, wanted: Wanted, peer: Peer) -> Iterator[Suggestion]:
    for at, rule in enumerate(policy.rules(wanted.direction)):
        held = {_plain(port) for port in rule.ports}
        if held and len(rule.peers) == 1 and is_peer_no_wider(rule.peers[0], peer):
            more = Rule(rule.peers, (*rule.ports, wanted.port))
            changed = _with_rule(policy, wanted.direction, at, more)
            added = Rule(rule.peers, (wanted.port,))
            yield Suggestion(changed, "port", rule.peers[0], added, policy)
        elif rule.peers and held == {wanted.port}:
            more = Rule((*rule.peers, peer), rule.ports)
            changed = _with_rule(policy, wanted.direction, at, more)
            yield Suggestion(changed, "peer", peer, Rule((peer,), (wanted.port,)), policy)


def _plain(port: Port) -> Port:
    return msgspec.structs.replace(port, protocol=port.protocol or "TCP")


def _with_rule(policy: NetworkPolicy, direction: Direction, at: int, rule: Rule) -> NetworkPolicy:
    rules = policy.rules(direction)
    changed = (*rules[:at], rule, *rules[at + 1 :])
    if direction == "ingress":
        return msgspec.structs.replace(policy, ingress=changed)
    return msgspec.structs.replace(policy, egress=changed)


def _size(policy: NetworkPolicy) -> int:
    return sum(1 + len(rule.peers) + len(rule.ports) for rule in (*policy.ingress, *policy.egress))


def _new(wanted: Wanted, selector: Selector, peer: Peer, taken: Collection[str]) -> Suggestion:
    connection, direction = wanted.connection, wanted.direction
    words = [str(connection.port)]
    if connection.protocol != "TCP":
        words.append(connection.protocol)
    if direction == "egress":
        # The two ends' policies may stand in one namespace.
        words.append(direction)
    rules = (Rule((peer,), (wanted.port,)),)
    policy = NetworkPolicy(
        connection.decider(direction).namespace or "",
        policy_name(wanted.client, wanted.server, "-".join(words), taken),
        selector,
        (direction,),
        ingress=rules if direction == "ingress" else (),
        egress=rules if direction == "egress" else (),
    )
    return Suggestion(policy, "policy", peer, rules[0])


def _lets_through(
    suggestion: Suggestion, wanted: Wanted, isolating: Sequence[NetworkPolicy]
) -> bool:
    connection = msgspec.structs.replace(
        wanted.connection,
        client=_with_namespaces_name(wanted.connection.client),
        server=_with_namespaces_name(wanted.connection.server),
    )
    others = [policy for policy in isolating if policy.name != suggestion.policy.name]
    decision = evaluate(connection, [*others, suggestion.policy], wanted.direction)
    return decision.allowed is True


def _with_namespaces_name(end: End) -> End:
    if end.namespace is None:
        return end
    labels = {**(end.namespace_labels or {}), NAMESPACE_NAME: end.namespace}
    return msgspec.structs.replace(end, namespace_labels=labels)
