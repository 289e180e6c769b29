"""Policies and ends in few words."""

import json
from typing import Any

from netpolwatch.kubernetes.policy.ends import End, NamedPort
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision, evaluate
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, decode_network_policy

X, Y = "x", "y"
"""Two namespaces; a namespace's label `ns` is its name."""


def pod(name: str, namespace: str = X, address: str = "10.0.0.1", **labels: str) -> End:
    """Give a pod labelled by its name, too; its port 80 is called `http`, 53 over UDP `dns`."""
    ports = (NamedPort("http", 80, "TCP"), NamedPort("dns", 53, "UDP"))
    return End("pod", address, namespace, {"pod": name, **labels}, {"ns": namespace}, ports)


def policy(spec: dict[str, Any], name: str = "p", namespace: str = X) -> NetworkPolicy:
    """Read a policy from its spec."""
    body = {"metadata": {"name": name, "namespace": namespace}, "spec": spec}
    return decode_network_policy(json.dumps(body).encode())


def labelled(**labels: str) -> dict[str, Any]:
    """Write a selector."""
    return {"matchLabels": labels}


def ingress(*rules: dict[str, Any], pods: dict[str, Any] | None = None) -> NetworkPolicy:
    """Give a policy that isolates ingress."""
    return policy({"podSelector": pods or {}, "policyTypes": ["Ingress"], "ingress": list(rules)})


def egress(*rules: dict[str, Any], pods: dict[str, Any] | None = None) -> NetworkPolicy:
    """Give a policy that isolates egress."""
    return policy({"podSelector": pods or {}, "policyTypes": ["Egress"], "egress": list(rules)})


def asks(
    client: End,
    server: End,
    policies: list[NetworkPolicy],
    direction: Direction = "ingress",
    protocol: str = "TCP",
    port: int = 80,
    *,
    unread: bool = False,
) -> Decision:
    """Evaluate one connection."""
    connection = Connection(client, server, protocol, port)
    return evaluate(connection, policies, direction, unread=unread)
