"""A small cluster, known from its first moment, and verdicts in it."""

from typing import Any

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import (
    ContainerPort,
    NamespaceSeen,
    NodeSeen,
    Owner,
    PodAddress,
    PodSeen,
    PolicySeen,
    ServicePort,
    ServiceSeen,
)
from netpolwatch.kubernetes.identity import Knowledge
from tests.unit.kubernetes.policy.making import policy

CLIENT, SERVER, BARE = "10.0.0.1", "10.0.0.2", "10.0.0.3"
NODE, SERVICE = "10.0.9.9", "172.20.0.10"
VERDICT_MS = 1000


def knowing(*specs: dict[str, Any], policies_us: int = 0) -> Knowledge:
    """Know three pods of namespace x, one of which nothing controls, and its policies.

    The policies were there from the first moment, and were shown at `policies_us`.
    """
    shown: dict[str, Any] = {"at_us": 0, "source": "test"}
    known = Knowledge()
    known.learn([NamespaceSeen(name="x", labels={}, is_new=True, created_us=0, **shown),
                 NodeSeen(name="node-9", addresses=(NODE,), **shown),
                 ServiceSeen(namespace="x", name="svc", addresses=(SERVICE,),
                             selector={"app": "server"}, ports=(ServicePort(80, target=8080),),
                             **shown)])  # fmt: skip
    for name, address in (("client", CLIENT), ("server", SERVER), ("bare", BARE)):
        owner = None if name == "bare" else Owner("StatefulSet", name)
        known.learn([
            PodSeen(namespace="x", name=name, labels={"app": name}, owner=owner,
                    ports=(ContainerPort(80),), node="node-1", created_us=0, **shown),
            PodAddress(namespace="x", name=name, addresses=(address,), **shown),
        ])  # fmt: skip
    known.learn(
        PolicySeen(
            namespace="x",
            name=f"p{at}",
            policy=policy(spec, f"p{at}", "x"),
            created_us=0,
            at_us=policies_us,
            source="test",
            unchanged=True,
        )
        for at, spec in enumerate(specs)
    )
    return known


def rules(direction: str, *given: dict[str, Any]) -> dict[str, Any]:
    """Give a policy's spec for all pods of the namespace."""
    kinds = [direction.capitalize()]
    return {"podSelector": {}, "policyTypes": kinds, direction: list(given)}


def denied(
    source: str = CLIENT, destination: str = SERVER, direction: str = "ingress",
    protocol: str = "TCP", tier: str | None = None, ports: tuple[int, int] = (40_000, 80),
) -> Flow:  # fmt: skip
    """Give a verdict on node-1, by default from a client's port to port 80."""
    own, other = ports if protocol in ("TCP", "UDP") else (0, 0)
    return Flow("file-sentence-v4", source, own, destination, other, protocol, "DENY", "node-1",
                direction, tier, timestamp=VERDICT_MS)  # fmt: skip
