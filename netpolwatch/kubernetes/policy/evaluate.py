"""Tell whether the policies in force let a connection through, at one of its ends.

The semantics are those of the Kubernetes NetworkPolicy documentation: a pod that no policy of a
direction selects is open in it; one that is selected may do what the sum of those policies allows.
"""

from collections.abc import Sequence

import msgspec

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.matching import Answer, any_of, rule_covers
from netpolwatch.kubernetes.policy.nearest import NearestMiss, nearest_miss
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy


class Connection(msgspec.Struct, frozen=True):
    """Who asks whom, on which port."""

    client: End
    server: End
    protocol: str
    port: int

    def decider(self, direction: Direction) -> End:
        """Give the end whose policies decide: the client's of egress, the server's of ingress."""
        return self.client if direction == "egress" else self.server

    def peer(self, direction: Direction) -> End:
        """Give the other end.

        A selector covers a Service's address as a destination only: as a source it is that of an
        answer, before the address is translated back.
        """
        if direction == "egress":
            return self.server
        client = self.client
        return (
            msgspec.structs.replace(client, kind="external") if client.kind == "service" else client
        )


class Decision(msgspec.Struct, frozen=True):
    """What policies say.

    Attributes
    ----------
    allowed
        `None` where a missing fact leaves it open.
    isolating, allowing
        Policies as `namespace/name`, in order.
    nearest_miss
        Of a denied connection, the rule that lacks least to allow it.
    """

    allowed: Answer
    isolating: tuple[str, ...]
    allowing: tuple[str, ...] = ()
    nearest_miss: NearestMiss | None = None


def evaluate(
    connection: Connection,
    policies: Sequence[NetworkPolicy],
    direction: Direction,
    *,
    unread: bool = False,
) -> Decision:
    """Decide one direction; `policies` are those of the namespace that may select its pod.

    With `unread` there are others, whose bodies were never seen: they may select the pod, too.
    """
    decider = connection.decider(direction)
    selecting = [
        (policy, selects(policy, decider)) for policy in policies if direction in policy.directions
    ]
    isolating = [policy for policy, answer in selecting if answer]
    unclear = unread or any(answer is None for _, answer in selecting)
    if not isolating:
        return Decision(None if unclear else True, ())
    answers = [(policy, _allows(policy, connection, direction)) for policy in isolating]
    allowing = tuple(_name(policy) for policy, answer in answers if answer)
    allowed = any_of(answer for _, answer in answers)
    if allowed is False and unclear:
        # A policy that may select the pod, too, may allow it.
        allowed = None
    names = tuple(_name(policy) for policy in isolating)
    if allowed:
        return Decision(allowed, names, allowing)
    miss = nearest_miss(isolating, connection.peer(direction), connection.server,
                        connection.protocol, connection.port, direction)  # fmt: skip
    return Decision(allowed, names, allowing, miss)


def selects(policy: NetworkPolicy, end: End) -> Answer:
    """Tell whether a policy selects an end; `None` for a pod whose labels are not known."""
    if end.kind != "pod":
        return False
    if policy.pod_selector.is_empty:
        return True
    return None if end.labels is None else policy.pod_selector.matches(end.labels)


def _allows(policy: NetworkPolicy, connection: Connection, direction: Direction) -> Answer:
    peer = connection.peer(direction)
    return any_of(
        rule_covers(rule, policy.namespace, peer, connection.server,
                    connection.protocol, connection.port, direction, policy.pod_selector)
        for rule in policy.rules(direction)
    )  # fmt: skip


def _name(policy: NetworkPolicy) -> str:
    return f"{policy.namespace}/{policy.name}"
