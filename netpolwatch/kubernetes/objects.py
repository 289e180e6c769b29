"""A whole object becomes facts: what a write's response or a snapshot shows."""

from collections.abc import Iterator
from typing import Final

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import (
    BRANCH_ENI,
    Metadata,
    Namespace,
    Node,
    Pod,
    PodSpec,
    PodStatus,
    Service,
    ServiceSpec,
    Stamp,
    branch_enis,
)
from netpolwatch.kubernetes.engines import AGENT_CONTAINERS
from netpolwatch.kubernetes.facts import (
    AgentCrashing,
    AnyFact,
    ClusterPolicySeen,
    ContainerPort,
    NamespaceSeen,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PolicySeen,
    ServicePort,
    ServiceSeen,
)
from netpolwatch.kubernetes.policy.cluster import ClusterPolicy
from netpolwatch.kubernetes.policy.spec import NetworkPolicy

_MAX_PORT = 65_535

_CREATION: Final = " create"
"""How the source of an object's own creation ends (`audit.event`)."""


def pod_facts(pod: Pod, stamp: Stamp, namespace: str, name: str) -> Iterator[AnyFact]:
    """Yield all that a stored pod shows: its identity, its addresses, and its end."""
    yield pod_fact(pod, stamp, namespace, name)
    yield from branch_facts(pod.metadata, stamp, namespace, name)
    yield from shown_addresses(pod, stamp, namespace, name)
    yield from shown_end(pod, stamp, namespace, name)


def pod_fact(
    pod: Pod, stamp: Stamp, namespace: str, name: str, *, relabelled: bool = False
) -> PodSeen:
    """Return a pod's identity: its metadata and specification."""
    meta, spec = pod.metadata, pod.spec or PodSpec()
    return PodSeen(
        namespace=namespace,
        name=name,
        uid=bounds.name(meta.uid),
        labels=bounds.labels(meta.labels),
        owner=controller_of(meta),
        node=bounds.name(spec.node_name),
        host_network=bool(spec.host_network),
        mirror=meta.mirror,
        ports=_container_ports(spec),
        service_account=bounds.name(spec.service_account_name),
        created_us=_created(meta, stamp),
        relabelled=relabelled,
        wants_interface=spec.wants_interface,
        claims_volumes=spec.claims_volumes,
        **stamp._asdict(),
    )


def shown_addresses(pod: Pod, stamp: Stamp, namespace: str, name: str) -> Iterator[AnyFact]:
    """Yield what a whole pod's status shows of its addresses and of its node's."""
    spec = pod.spec or PodSpec()
    if pod.status is not None:
        yield from status_facts(
            pod.status, stamp, namespace, name, uid=bounds.name(pod.metadata.uid),
            node=bounds.name(spec.node_name), host_network=bool(spec.host_network),
        )  # fmt: skip


def shown_end(pod: Pod, stamp: Stamp, namespace: str, name: str) -> Iterator[AnyFact]:
    """Yield that a whole pod's containers have all finished, where its status shows it."""
    if pod.status is not None and pod.status.finished:
        ended = pod.status.finished_us
        at_us = stamp.at_us if ended is None else min(ended, stamp.at_us)
        uid = bounds.name(pod.metadata.uid)
        yield _finished(stamp._replace(at_us=at_us), namespace, name, uid)


def status_facts(
    status: PodStatus,
    stamp: Stamp,
    namespace: str,
    name: str,
    *,
    uid: str | None,
    node: str | None,
    host_network: bool = False,
    is_news: bool = False,
) -> Iterator[AnyFact]:
    """Tell the addresses in a pod's status; a node by the address that its pods give it."""
    hosts = status.host_addresses
    if hosts and node is not None:
        yield NodeSeen(name=node, addresses=hosts, hearsay=True, **stamp._asdict())
    addresses = status.addresses
    if addresses:
        yield PodAddress(
            namespace=namespace,
            name=name,
            addresses=addresses,
            uid=uid,
            node=node,
            host_network=host_network or not set(hosts).isdisjoint(addresses),
            started_us=bounds.microseconds(status.start_time),
            images=status.images,
            is_news=is_news,
            **stamp._asdict(),
        )


def crash_facts(status: PodStatus, stamp: Stamp, name: str, node: str | None) -> Iterator[AnyFact]:
    """Yield that the network policy agent's container is not started again for a while."""
    for container in (status.container_statuses or ())[: bounds.MAX_CONTAINERS]:
        if container.name in AGENT_CONTAINERS and container.is_crashing:
            restarts = container.restart_count
            yield AgentCrashing(name=name, restarts=restarts, node=node, **stamp._asdict())


def finished_facts(
    status: PodStatus, stamp: Stamp, namespace: str, name: str, uid: str | None
) -> Iterator[AnyFact]:
    """Tell that a kubelet's patch ends a pod: its address is free from then on."""
    if status.finished:
        yield _finished(stamp, namespace, name, uid)


def branch_facts(meta: Metadata, stamp: Stamp, namespace: str, name: str) -> Iterator[AnyFact]:
    """Tell the addresses of a pod's own network interfaces."""
    for eni in branch_enis((meta.annotations or {}).get(BRANCH_ENI)):
        addresses = bounds.addresses((eni.private_ip, eni.ipv6_addr))
        if addresses:
            yield PodAddress(
                namespace=namespace,
                name=name,
                addresses=addresses,
                uid=bounds.name(meta.uid),
                branch_eni=bounds.name(eni.eni_id),
                **stamp._asdict(),
            )


def namespace_fact(
    body: Namespace, stamp: Stamp, name: str, *, is_new: bool = False, relabelled: bool = False
) -> NamespaceSeen:
    """Tell a namespace's labels."""
    meta = body.metadata
    return NamespaceSeen(
        name=name,
        labels=bounds.labels(meta.labels),
        uid=bounds.name(meta.uid),
        created_us=_created(meta, stamp),
        is_new=is_new,
        relabelled=relabelled,
        **stamp._asdict(),
    )


def service_fact(
    body: Service, stamp: Stamp, namespace: str, name: str, *, unchanged: bool = True
) -> ServiceSeen:
    """Tell a Service's addresses, selector and ports."""
    meta, spec = body.metadata, body.spec or ServiceSpec()
    addresses = [spec.cluster_ip, *(spec.cluster_ips or ())[: bounds.MAX_ADDRESSES]]
    return ServiceSeen(
        namespace=namespace,
        name=name,
        addresses=bounds.addresses(addresses),
        selector=bounds.labels(spec.selector),
        ports=_service_ports(spec),
        type=bounds.short(spec.type or "ClusterIP", bounds.MAX_VALUE_CHARS),
        uid=bounds.name(meta.uid),
        created_us=_created(meta, stamp),
        finalizers=meta.kept_finalizers,
        deleting=meta.deletion_timestamp is not None,
        unchanged=unchanged,
        **stamp._asdict(),
    )


def node_fact(body: Node, stamp: Stamp, name: str) -> NodeSeen | None:
    """Tell a node's addresses; `None` where the body has none."""
    if body.status is None or not body.status.addresses:
        return None
    return NodeSeen(
        name=name,
        addresses=body.status.of_type("InternalIP"),
        external=body.status.of_type("ExternalIP"),
        created_us=_created(body.metadata, stamp),
        **stamp._asdict(),
    )


def policy_fact(
    policy: NetworkPolicy,
    meta: Metadata,
    stamp: Stamp,
    namespace: str,
    name: str,
    *,
    unchanged: bool = True,
) -> PolicySeen:
    """Return a namespace's policy as stored."""
    return PolicySeen(
        policy_kind=policy.kind,
        namespace=namespace,
        name=name,
        policy=policy,
        uid=bounds.name(meta.uid),
        generation=meta.generation,
        created_us=_created(meta, stamp),
        finalizers=meta.kept_finalizers,
        deleting=meta.deletion_timestamp is not None,
        unchanged=unchanged,
        **stamp._asdict(),
    )


def cluster_policy_fact(
    policy: ClusterPolicy, meta: Metadata, stamp: Stamp, name: str, *, unchanged: bool = True
) -> ClusterPolicySeen:
    """Return a ClusterNetworkPolicy as stored."""
    return ClusterPolicySeen(
        name=name,
        policy=policy,
        uid=bounds.name(meta.uid),
        generation=meta.generation,
        created_us=_created(meta, stamp),
        finalizers=meta.kept_finalizers,
        deleting=meta.deletion_timestamp is not None,
        unchanged=unchanged,
        **stamp._asdict(),
    )


def controller_of(meta: Metadata) -> Owner | None:
    """Tell who controls an object."""
    owner = meta.controller
    if owner is None:
        return None
    kind, name = bounds.name(owner.kind), bounds.name(owner.name)
    return None if kind is None or name is None else Owner(kind, name)


def _finished(stamp: Stamp, namespace: str, name: str, uid: str | None) -> PodGone:
    return PodGone(namespace=namespace, name=name, uid=uid, ending="finished", **stamp._asdict())


def _container_ports(spec: PodSpec) -> tuple[ContainerPort, ...]:
    containers = (*(spec.containers or ()), *(spec.init_containers or ()))[: bounds.MAX_CONTAINERS]
    ports = [
        ContainerPort(
            port.container_port,
            bounds.short(port.protocol or "TCP", bounds.MAX_VALUE_CHARS),
            bounds.name(port.name),
        )
        for container in containers
        for port in container.ports or ()
        if port.container_port is not None and 0 < port.container_port <= _MAX_PORT
    ]
    return tuple(ports[: bounds.MAX_PORTS])


def _service_ports(spec: ServiceSpec) -> tuple[ServicePort, ...]:
    return tuple(
        ServicePort(
            port.port,
            bounds.short(port.protocol or "TCP", bounds.MAX_VALUE_CHARS),
            _target(port.target_port),
            bounds.name(port.name),
        )
        for port in (spec.ports or ())[: bounds.MAX_PORTS]
        if port.port is not None and 0 < port.port <= _MAX_PORT
    )


def _target(given: int | str | None) -> int | str | None:
    return bounds.name(given) if isinstance(given, str) else given


def _created(meta: Metadata, stamp: Stamp) -> int | None:
    """Tell when an object was created, in µs.

    Its own word is cut to the second; the event of its creation knows better.
    """
    if stamp.source.endswith(_CREATION):
        return stamp.at_us
    return bounds.microseconds(meta.creation_timestamp)
