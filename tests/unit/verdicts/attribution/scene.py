"""A shop of two pods, told in facts: a client on one node, a server on another."""

import json
from typing import Any

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    ContainerPort,
    NamespaceSeen,
    PodAddress,
    PodSeen,
    PolicySeen,
    ServicePort,
    ServiceSeen,
)
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.spec import decode_network_policy
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

AT_MS = 1_787_032_800_000
CLIENT, SERVER, CLUSTER_IP = "10.96.33.4", "10.96.17.4", "172.20.5.5"
CLIENTS_NODE, SERVERS_NODE = "i-0bb22cc33dd44ee55", "i-0aa11bb22cc33dd44"
HTTP = ContainerPort(8080, "TCP", "http")


def namespace(name: str = "shop", *, is_new: bool = True) -> NamespaceSeen:
    """Show a namespace; with its creation, all its pods and policies are known."""
    labels = {"kubernetes.io/metadata.name": name}
    return NamespaceSeen(
        at_us=_us(0), source="namespace create", name=name, labels=labels, is_new=is_new
    )


def pod(
    name: str, address: str, node: str, *ports: ContainerPort, app: str | None = None
) -> tuple[AnyFact, ...]:
    """Show a pod of `shop` with its label `app`, where it runs, and its address."""
    common: dict[str, Any] = {"namespace": "shop", "name": name, "uid": f"{name}-uid"}
    return (
        PodSeen(at_us=_us(10), source="pod create", labels={"app": app or name}, ports=ports,
                created_us=_us(10), **common),
        Binding(at_us=_us(11), source="scheduler binding", node=node, **common),
        PodAddress(at_us=_us(12), source="kubelet status patch", addresses=(address,), node=node,
                   started_us=_us(11), **common),
    )  # fmt: skip


def service(*ports: ServicePort, app: str = "api", at_ms: int = 5) -> ServiceSeen:
    """Show the Service `shop/api`."""
    return ServiceSeen(
        at_us=_us(at_ms), source="Service create", namespace="shop", name="api",
        addresses=(CLUSTER_IP,), selector={"app": app}, ports=ports, created_us=_us(at_ms),
    )  # fmt: skip


def policy(name: str, spec: dict[str, Any]) -> PolicySeen:
    """Show a policy of `shop`."""
    body = {"metadata": {"namespace": "shop", "name": name}, "spec": spec}
    return PolicySeen(
        at_us=_us(1), source="NetworkPolicy create", namespace="shop", name=name, generation=1,
        policy=decode_network_policy(json.dumps(body).encode()), created_us=_us(1),
    )  # fmt: skip


def denied(
    source: str, source_port: int, destination: str, port: int, node: str, direction: str
) -> Flow:
    """Give a DENY of TCP, a second after all of it was shown."""
    return Flow(
        form="file-sentence-v4", source_ip=source, source_port=source_port,
        destination_ip=destination, destination_port=port, protocol="TCP", verdict="DENY",
        direction=direction, node=node, timestamp=AT_MS + 1_000,
    )  # fmt: skip


def explained(flow: Flow, *facts: AnyFact) -> Explanation:
    """Explain a verdict by facts."""
    known = Knowledge()
    known.learn(facts)
    return Explainer(known).explain(flow)


def _us(ms: int) -> int:
    return (AT_MS + ms) * 1_000
