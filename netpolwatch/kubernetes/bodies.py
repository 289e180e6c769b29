"""The parts of API objects that are read, and the facts that a whole object gives.

Field names are those of the Kubernetes API (core/v1, apps/v1, batch/v1, networking.k8s.io/v1).
Nothing else of a body is decoded.
"""

from typing import Final, NamedTuple

import msgspec

from netpolwatch.kubernetes import bounds

BRANCH_ENI = "vpc.amazonaws.com/pod-eni"
"""Written by the VPC resource controller: the pod's own network interface, with its addresses."""

_MIRROR = "kubernetes.io/config.mirror"


BAD_BODY = (msgspec.MsgspecError, RecursionError, ValueError)
"""What decoding a hostile body raises: bad JSON, wrong types, nesting, lone surrogates."""


class Stamp(NamedTuple):
    """What all facts of one source have in common."""

    at_us: int
    source: str
    actor: str | None = None
    event: str = ""


class OwnerReference(msgspec.Struct, gc=False):
    """One owner of an object."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class Metadata(msgspec.Struct, gc=False, rename="camel"):
    """ObjectMeta."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    generation: int | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    finalizers: list[str] | None = None
    owner_references: list[OwnerReference] | None = None

    @property
    def kept_finalizers(self) -> tuple[str, ...]:
        """Its finalizers, bounded."""
        given = self.finalizers or ()
        return tuple(bounds.short(text) for text in given[: bounds.MAX_FINALIZERS])

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that controls the object."""
        return next((owner for owner in self.owner_references or () if owner.controller), None)

    @property
    def mirror(self) -> bool:
        """Whether a kubelet wrote the object to show a pod that it runs from a file."""
        return _MIRROR in (self.annotations or {})


class _ContainerPort(msgspec.Struct, gc=False, rename="camel"):
    container_port: int | None = None
    protocol: str | None = None
    name: str | None = None


class _Resources(msgspec.Struct, gc=False):
    limits: dict[str, str | int] | None = None


class _Container(msgspec.Struct, gc=False):
    ports: list[_ContainerPort] | None = None
    resources: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


_RESOURCES: Final = msgspec.json.Decoder(_Resources)


class _Volume(msgspec.Struct, gc=False):
    claim: msgspec.Raw | None = msgspec.field(name="persistentVolumeClaim", default=None)
    ephemeral: msgspec.Raw | None = None


class PodSpec(msgspec.Struct, gc=False, rename="camel"):
    """PodSpec; an init container that restarts (a sidecar) may have ports too."""

    node_name: str | None = None
    host_network: bool | None = None
    service_account_name: str | None = None
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    volumes: list[_Volume] | None = None

    @property
    def wants_interface(self) -> bool:
        """Whether a container asks for a network interface of the pod's own."""
        containers = (self.containers or ())[: bounds.MAX_CONTAINERS]
        return any(_asks_for_interface(container.resources) for container in containers)

    @property
    def claims_volumes(self) -> bool:
        """Whether volumes must be attached before its network is set up."""
        return any(volume.claim or volume.ephemeral for volume in (self.volumes or ())[:64])


def _asks_for_interface(resources: msgspec.Raw) -> bool:
    raw = bytes(resources)
    if BRANCH_ENI.encode() not in raw:
        return False
    try:
        return BRANCH_ENI in (_RESOURCES.decode(raw).limits or {})
    except BAD_BODY:
        return False


class _PodIP(msgspec.Struct, gc=False):
    ip: str | None = None
    patch: str | None = msgspec.field(name="$patch", default=None)


class _Terminated(msgspec.Struct, gc=False, rename="camel"):
    finished_at: str | None = None


class _Waiting(msgspec.Struct, gc=False):
    reason: str | None = None


class _State(msgspec.Struct, gc=False):
    terminated: _Terminated | None = None
    waiting: _Waiting | None = None


class _Condition(msgspec.Struct, gc=False, rename="camel"):
    last_transition_time: str | None = None


_CONDITIONS: Final = msgspec.json.Decoder(list[_Condition] | None)


class _ContainerStatus(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    image: str | None = None
    restart_count: int = 0
    state: _State | None = None

    @property
    def is_crashing(self) -> bool:
        """Whether its kubelet waits before it starts it again."""
        waiting = self.state.waiting if self.state else None
        return waiting is not None and waiting.reason == "CrashLoopBackOff"


class PodStatus(msgspec.Struct, gc=False, rename="camel"):
    """PodStatus, whole or as a kubelet's strategic merge patch.

    In a patch `podIPs` is merged by `ip`; `$setElementOrder/podIPs` lists what there is after it.
    """

    phase: str | None = None
    start_time: str | None = None
    conditions: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    container_statuses: list[_ContainerStatus] | None = None
    pod_ip: str | None = msgspec.field(name="podIP", default=None)
    pod_ips: list[_PodIP] | None = msgspec.field(name="podIPs", default=None)
    host_ip: str | None = msgspec.field(name="hostIP", default=None)
    host_ips: list[_PodIP] | None = msgspec.field(name="hostIPs", default=None)
    order: list[_PodIP] | None = msgspec.field(name="$setElementOrder/podIPs", default=None)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The pod's addresses, its first address first."""
        listed = self.order or [entry for entry in self.pod_ips or () if entry.patch != "delete"]
        return bounds.addresses([self.pod_ip, *(entry.ip for entry in listed[:64])])

    @property
    def host_addresses(self) -> tuple[str, ...]:
        """The node's addresses: of a dual-stack one two, from Kubernetes 1.29 on."""
        listed = (entry.ip for entry in (self.host_ips or ())[:64] if entry.patch != "delete")
        return bounds.addresses([self.host_ip, *listed])

    @property
    def finished(self) -> bool:
        """Whether all containers ended for good: the pod's address is free."""
        return self.phase in ("Succeeded", "Failed")

    @property
    def finished_us(self) -> int | None:
        """When the last container ended, or else the last condition changed; `None` for neither.

        An evicted pod, and one whose node was lost, tell no container's end.
        """
        statuses = (self.container_statuses or ())[: bounds.MAX_CONTAINERS]
        ends = [
            bounds.microseconds(status.state.terminated.finished_at)
            if status.state and status.state.terminated
            else None
            for status in statuses
        ]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else self._changed_us

    @property
    def _changed_us(self) -> int | None:
        try:
            conditions = _CONDITIONS.decode(self.conditions or b"[]") or []
        except BAD_BODY:
            return None
        times = [bounds.microseconds(each.last_transition_time) for each in conditions[:64]]
        return max((time for time in times if time is not None), default=None)

    @property
    def images(self) -> tuple[str, ...]:
        """The images that run."""
        statuses = (self.container_statuses or ())[: bounds.MAX_CONTAINERS]
        return tuple(
            bounds.short(status.image, bounds.MAX_IMAGE_CHARS)
            for status in statuses
            if status.image
        )


class Pod(msgspec.Struct, gc=False):
    """Pod."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: PodSpec | None = None
    status: PodStatus | None = None


class _ServicePort(msgspec.Struct, gc=False, rename="camel"):
    port: int | None = None
    protocol: str | None = None
    target_port: int | str | None = None
    name: str | None = None


class ServiceSpec(msgspec.Struct, gc=False):
    """ServiceSpec; a headless Service has the ClusterIP `None`."""

    selector: dict[str, str] | None = None
    type: str | None = None
    ports: list[_ServicePort] | None = None
    cluster_ip: str | None = msgspec.field(name="clusterIP", default=None)
    cluster_ips: list[str] | None = msgspec.field(name="clusterIPs", default=None)


class Service(msgspec.Struct, gc=False):
    """Service."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: ServiceSpec | None = None


class _NodeAddress(msgspec.Struct, gc=False):
    type: str = ""
    address: str = ""


class NodeStatus(msgspec.Struct, gc=False):
    """NodeStatus, whole or as a kubelet's strategic merge patch."""

    addresses: list[_NodeAddress] | None = None

    def of_type(self, kind: str) -> tuple[str, ...]:
        """Addresses of a type (`InternalIP`, `ExternalIP`)."""
        given = (self.addresses or ())[:64]
        return bounds.addresses(entry.address for entry in given if entry.type == kind)


class Node(msgspec.Struct, gc=False):
    """Node."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    status: NodeStatus | None = None


class _NamespaceSpec(msgspec.Struct, gc=False):
    finalizers: list[str] | None = None


class Namespace(msgspec.Struct, gc=False):
    """Namespace; its finalizers stand in its spec."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: _NamespaceSpec | None = None


class AnyObject(msgspec.Struct, gc=False, rename="camel"):
    """What every object says of itself."""

    kind: str | None = None
    api_version: str | None = None
    metadata: Metadata = msgspec.field(default_factory=Metadata)


class BranchEni(msgspec.Struct, gc=False, rename="camel"):
    """One network interface in the annotation `vpc.amazonaws.com/pod-eni`."""

    eni_id: str | None = None
    private_ip: str | None = None
    ipv6_addr: str | None = msgspec.field(name="ipv6Addr", default=None)


_ENIS = msgspec.json.Decoder(list[BranchEni])


def branch_enis(annotation: str | None) -> list[BranchEni]:
    """Read the annotation of a pod with network interfaces of its own; bad text gives none."""
    if not annotation:
        return []
    try:
        return _ENIS.decode(annotation)[:8]
    except BAD_BODY:
        return []
