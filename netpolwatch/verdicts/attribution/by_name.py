"""Ingress that is open only because another selected pod calls a port so.

This CNI's controller opens a rule's named port to all pods that the policy selects, by the number
that one of them calls so (amazon-network-policy-controller-k8s, `getIngressRulesPorts`). By the
documentation of Kubernetes a pod is reached on the port that it calls so itself: a DENY there is no
fault of the agent's.
"""

from typing import NamedTuple

import msgspec

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.deciding import Decided, decide


class ByName(NamedTuple):
    """What opens a port to a pod that does not call it so.

    Attributes
    ----------
    decision
        What Kubernetes decides: it is denied.
    port
        The port.
    name
        What the rule calls it.
    pod
        A pod that calls it so, as `namespace/name`.
    """

    decision: Decision
    port: int
    name: str
    pod: str

    def __str__(self) -> str:
        """Write who calls the port so."""
        return f"{self.pod} calls {self.port} {self.name}"


def opened_by_name(
    connection: Connection,
    direction: Direction,
    decided: Decided,
    knowledge: Knowledge,
    at_ms: int,
    *,
    strict: bool,
) -> ByName | None:
    """Return by whose name for a port it is that policies allow ingress, where it is another's."""
    if direction != "ingress" or not decided.decision.allowed:
        return None
    server = msgspec.structs.replace(connection.server, names=None)
    alone = msgspec.structs.replace(connection, server=server)
    decision = decide(alone, direction, knowledge, at_ms, strict=strict).decision
    caller = (
        None if decision.allowed is not False else _caller(connection, decided, knowledge, at_ms)
    )
    return None if caller is None else ByName(decision, connection.port, *caller)


def _caller(
    connection: Connection, decided: Decided, knowledge: Knowledge, at_ms: int
) -> tuple[str, str] | None:
    """Return a port's name, and a pod that the allowing policy selects and that calls it so."""
    protocol, number = connection.protocol, connection.port
    for policy in decided.asked:
        if f"{policy.namespace}/{policy.name}" not in decided.decision.allowing:
            continue
        for port in (port for rule in policy.ingress for port in rule.ports):
            if isinstance(port.port, str) and (port.protocol or "TCP") == protocol:
                pod = knowledge.pod_calling(
                    policy.namespace, policy.pod_selector, port.port, protocol, number, at_ms
                )
                if pod is not None:
                    return port.port, pod
    return None
