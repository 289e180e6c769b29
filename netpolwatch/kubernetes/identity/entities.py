"""Which objects a fact is of: what a store that cannot hold all of a cluster keys facts by.

A key is the thing whose state is asked, so that the facts of one key are all that an answer rests
on. What leads from one thing to another has keys of its own: `address#10.0.1.44` to the pods that
had it, `fixed-address#10.0.1.44` to the node or Service that has it.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.kubernetes.facts import (
    AgentCrashing,
    AnyFact,
    Binding,
    ClusterPolicyGone,
    ClusterPolicySeen,
    CollectionDeleted,
    ControllerSeen,
    DaemonSetSeen,
    EndpointsWritten,
    EnforcingModeSeen,
    KubeletHeard,
    LabelsPatched,
    NamespaceGone,
    NamespaceSeen,
    NodeGone,
    NodeSeen,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
    PolicyGone,
    PolicySeen,
    RoleListed,
    RunningVersion,
    ServiceGone,
    ServiceSeen,
    SignalSeen,
    SnapshotTaken,
    VerdictsHeard,
    WriteRefused,
)
from netpolwatch.kubernetes.identity.networks import network_of

SNAPSHOTS: Final = "snapshots"
MODES: Final = "enforcing-modes"
"""Every enforcing mode that any node was seen with."""

NETWORKS: Final = "pod-networks"
"""IPv6 networks of pods."""

_EVERY_POD: Final = "every-pod#"
_FINISHING_OWNER: Final = "Job"


def address(text: str) -> str:
    """Name an address of pods."""
    return f"address#{text}"


def fixed_address(text: str) -> str:
    """Name an address as one that a node or a Service keeps as long as it exists."""
    return f"fixed-address#{text}"


def pod(namespace: str, name: str) -> str:
    """Name a pod."""
    return f"pod#{namespace}/{name}"


def lookalikes(namespace: str) -> str:
    """Name a namespace's pods of which each stands for all that have its labels and ports."""
    return f"lookalikes#{namespace}"


def every_pod(namespace: str) -> str:
    """Name all pods of a namespace, which no store keeps under one key."""
    return f"{_EVERY_POD}{namespace}"


def controller(namespace: str, kind: str, name: str) -> str:
    """Name a controller: a ReplicaSet or a Job."""
    return f"controller#{namespace}/{kind}/{name}"


def namespace(name: str) -> str:
    """Name a namespace."""
    return f"namespace#{name}"


def policies(name: str) -> str:
    """Name the policies of a namespace, which decide together."""
    return f"policies#{name}"


CLUSTER_POLICIES: Final = policies("")
"""The cluster's own policies, which are in no namespace."""


def services(name: str) -> str:
    """Name the Services of a namespace: any of them may lead to a pod of it."""
    return f"services#{name}"


def endpoints(name: str) -> str:
    """Name what the controller did to the policy endpoints of a namespace."""
    return f"endpoints#{name}"


def node(name: str) -> str:
    """Name a node."""
    return f"node#{name}"


def mode(node_name: str | None) -> str:
    """Name the enforcing mode of a node, or (`None`) of the DaemonSet."""
    return f"mode#{node_name or ''}"


def is_kept(entity: str) -> bool:
    """Whether a store keeps anything under a key."""
    return not entity.startswith(_EVERY_POD)


def entities_of(fact: AnyFact) -> tuple[str, ...]:  # noqa: C901, PLR0911, PLR0912  # a case a kind
    """Name the objects that a fact is of."""
    match fact:
        case PodAddress():
            return (pod(fact.namespace, fact.name), *_addresses_of(fact))
        case PodSeen():
            return (pod(fact.namespace, fact.name), *_standing_for(fact))
        case PodTerminating() | PodGone() | Binding():
            return (pod(fact.namespace, fact.name),)
        case ControllerSeen():
            return (controller(fact.namespace, fact.controller, fact.name),)
        case LabelsPatched() if fact.resource == "pods":
            return (pod(fact.namespace, fact.name), lookalikes(fact.namespace))
        case LabelsPatched() | NamespaceSeen() | NamespaceGone():
            return (namespace(fact.name),)
        case ServiceSeen():
            return (services(fact.namespace), *map(fixed_address, fact.addresses))
        case ServiceGone():
            return (services(fact.namespace),)
        case NodeSeen():
            return (node(fact.name), *map(fixed_address, fact.addresses + fact.external))
        case NodeGone():
            return (node(fact.name),)
        case ClusterPolicySeen() | ClusterPolicyGone():
            return (CLUSTER_POLICIES,)
        case PolicySeen() | PolicyGone():
            return (policies(fact.namespace),)
        case CollectionDeleted():
            of = services if fact.resource == "services" else policies
            return (of(fact.namespace),)
        case SnapshotTaken():
            return (SNAPSHOTS,)
        case EnforcingModeSeen():
            return (mode(fact.node), MODES)
        case (
            EndpointsWritten()
            | WriteRefused()
            | KubeletHeard()
            | DaemonSetSeen()
            | AgentCrashing()
            | RunningVersion()
            | VerdictsHeard()
            | SignalSeen()
            | RoleListed()
        ):
            return ()  # What was done is asked of memory only.


def object_in(entity: str, fact: AnyFact) -> str:
    """Name the part of an object that a fact is of: one of the policies of a namespace."""
    if isinstance(fact, (PolicySeen, PolicyGone)):
        return "/".join(fact.key)
    if isinstance(fact, (ClusterPolicySeen, ClusterPolicyGone, ServiceSeen, ServiceGone)):
        return fact.name if entity.startswith(("policies#", "services#")) else ""
    if isinstance(fact, PodSeen) and entity.startswith("lookalikes#"):
        return msgspec.json.encode((sorted((fact.labels or {}).items()), fact.ports)).decode()
    if isinstance(fact, EnforcingModeSeen) and entity == MODES:
        return str(fact.strict)
    if isinstance(fact, PodAddress) and entity == NETWORKS:
        return next(filter(None, map(network_of, fact.addresses)), "")
    return ""


def _addresses_of(fact: PodAddress) -> Iterator[str]:
    """Name a pod's addresses; on the host's network it has none of its own."""
    if fact.host_network:
        return
    yield from map(address, fact.addresses)
    if any(":" in text for text in fact.addresses):
        yield NETWORKS


def _standing_for(fact: PodSeen) -> Iterator[str]:
    """Name the look-alikes that a pod may stand for: each pod of a Job has labels of its own."""
    finishes = fact.owner is not None and fact.owner.kind == _FINISHING_OWNER
    if fact.labels is not None and not (finishes and not any(port.name for port in fact.ports)):
        yield lookalikes(fact.namespace)
