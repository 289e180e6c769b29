"""Identities become the ends that policies look at, as of the verdict's time."""

from collections.abc import Iterator

from netpolwatch.kubernetes.identity import Identity, Knowledge, PodState, ServiceState
from netpolwatch.kubernetes.policy.ends import End, ListenPort, NamedPort, PortNames


def end_of(
    identity: Identity, knowledge: Knowledge, at_ms: int, names: PortNames | None = None
) -> End:
    """Describe an identity by its labels and its namespace's as of a time."""
    namespace = (
        knowledge.namespace_labels(identity.namespace, at_ms) if identity.namespace else None
    )
    namespace_labels = namespace.values if namespace else None
    certain = namespace is None or namespace.certain
    if identity.kind == "pod":
        pod = _pod(identity, knowledge, at_ms)
        shown = pod.labels if pod else None
        labels = shown.values if shown else None
        certain = certain and (shown is None or shown.certain)
        ports = tuple(
            NamedPort(port.name, port.port, port.protocol)
            for port in (pod.ports if pod else ())
            if port.name
        )
        return End("pod", identity.address, identity.namespace, labels, namespace_labels, ports,
                   names=names, certain=certain)  # fmt: skip
    if identity.kind == "service" and identity.address:
        service = knowledge.service_at(identity.address, at_ms)
        selector = service.selector if service else None
        certain = certain and (service is None or service.certain)
        return End("service", identity.address, identity.namespace, selector, namespace_labels,
                   listens=_listens(service), names=names, certain=certain)  # fmt: skip
    if identity.kind == "unknown" and _is_nobody(identity, knowledge):
        return End("external", identity.address)
    return End(identity.kind, identity.address, identity.namespace)


def _listens(service: ServiceState | None) -> tuple[ListenPort, ...]:
    """Give a Service's ports; one that tells no target leads to the same port of its pods."""
    return tuple(
        ListenPort(port.port, port.protocol, port.leads_to)
        for port in (service.ports if service else ())
    )


def _is_nobody(identity: Identity, knowledge: Knowledge) -> bool:
    """Whether no pod has the address: its last owner's end was seen, or all pods are known."""
    return identity.address is not None and (
        identity.previous is not None or knowledge.has_snapshot
    )


def serves(identity: Identity, port: int, protocol: str, knowledge: Knowledge, at_ms: int) -> bool:
    """Tell whether an end is known to offer a port: it declares it, or a Service leads there."""
    if identity.kind == "service" and identity.address:
        service = knowledge.service_at(identity.address, at_ms)
        return service is not None and any(
            each.port == port and each.protocol == protocol for each in service.ports
        )
    pod = _pod(identity, knowledge, at_ms)
    if pod is None:
        return False
    if any(each.port == port and each.protocol == protocol for each in pod.ports):
        return True
    known = pod.labels is not None and pod.labels.certain
    return known and any(
        service.certain for service in knowledge.services_to(pod, port, protocol, at_ms)
    )


def fronts(
    identity: Identity, port: int, protocol: str, knowledge: Knowledge, at_ms: int
) -> Iterator[tuple[str, int]]:
    """Give the addresses and ports of Services by which a pod's port is reached, too."""
    pod = _pod(identity, knowledge, at_ms)
    if pod is None:
        return
    targets = {port, *(each.name for each in pod.ports if each.port == port)}
    for service in knowledge.services_to(pod, port, protocol, at_ms):
        for listen in service.ports:
            if listen.protocol == protocol and listen.leads_to in targets:
                yield from ((address, listen.port) for address in service.addresses)


def _pod(identity: Identity, knowledge: Knowledge, at_ms: int) -> PodState | None:
    if identity.kind != "pod" or identity.namespace is None or identity.name is None:
        return None
    return knowledge.pod(identity.namespace, identity.name, at_ms)
