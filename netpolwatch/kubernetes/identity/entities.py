"""Which objects a fact tells of: what a store that cannot hold all of a cluster keys facts by.

`address#10.0.1.44` leads from an address to the pods, nodes and Services that had it;
`policies#shop` holds a namespace's policies together, since they decide together.
"""

from collections.abc import Iterable
from typing import Final

from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    CollectionDeleted,
    ControllerSeen,
    EnforcingModeSeen,
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
    ServiceGone,
    ServiceSeen,
    SnapshotTaken,
)

SNAPSHOTS: Final = "snapshots"
MODES: Final = "enforcing-modes"


def address(text: str) -> str:
    """Name an address."""
    return f"address#{text}"


def pod(namespace: str, name: str) -> str:
    """Name a pod."""
    return f"pod#{namespace}/{name}"


def controller(namespace: str, kind: str, name: str) -> str:
    """Name a controller: a ReplicaSet or a Job."""
    return f"controller#{namespace}/{kind}/{name}"


def namespace(name: str) -> str:
    """Name a namespace."""
    return f"namespace#{name}"


def policies(name: str) -> str:
    """Name the policies of a namespace."""
    return f"policies#{name}"


def service(namespace: str, name: str) -> str:
    """Name a Service."""
    return f"service#{namespace}/{name}"


def node(name: str) -> str:
    """Name a node."""
    return f"node#{name}"


def entities_of(fact: AnyFact) -> tuple[str, ...]:  # noqa: C901, PLR0911  # a case a kind
    """Name the objects that a fact tells of."""
    match fact:
        case PodAddress():
            return (pod(fact.namespace, fact.name), *map(address, fact.addresses))
        case PodSeen() | PodTerminating() | PodGone() | Binding():
            return (pod(fact.namespace, fact.name),)
        case ControllerSeen():
            return (controller(fact.namespace, fact.controller, fact.name),)
        case LabelsPatched():
            own = fact.resource == "pods"
            return (pod(fact.namespace, fact.name) if own else namespace(fact.name),)
        case NamespaceSeen() | NamespaceGone():
            return (namespace(fact.name),)
        case ServiceSeen():
            return (service(fact.namespace, fact.name), *map(address, fact.addresses))
        case ServiceGone():
            return (service(fact.namespace, fact.name),)
        case NodeSeen():
            return (node(fact.name), *map(address, fact.addresses + fact.external))
        case NodeGone():
            return (node(fact.name),)
        case PolicySeen() | PolicyGone() | CollectionDeleted():
            return (policies(fact.namespace),)
        case SnapshotTaken():
            return (SNAPSHOTS,)
        case EnforcingModeSeen():
            return (MODES,)


def led_to(facts: Iterable[AnyFact]) -> list[str]:
    """Name the objects that facts about an address, or about its owner, lead to."""
    found: dict[str, None] = {}
    for fact in facts:
        match fact:
            case PodAddress():
                found[pod(fact.namespace, fact.name)] = None
                found[namespace(fact.namespace)] = None
                found[policies(fact.namespace)] = None
            case ServiceSeen():
                found[service(fact.namespace, fact.name)] = None
            case NodeSeen():
                found[node(fact.name)] = None
            case PodSeen() if fact.owner is not None:
                owner = fact.owner
                found[controller(fact.namespace, owner.kind, owner.name)] = None
            case _:
                pass
    return list(found)
