"""What one audit event, or one object of a snapshot, teaches about a cluster.

A fact says what its source showed at one moment; it is never revised. Times are microseconds since
1970 (UTC): a pod's creation and its binding are often less than a millisecond apart. Every text in
a fact was written by others and is bounded (`netpolwatch.kubernetes.bounds`).
"""

from typing import Literal

import msgspec

from netpolwatch.kubernetes.policy.cluster import ClusterPolicy
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, PolicyKind
from netpolwatch.kubernetes.rights import RoleRule

Resource = Literal[
    "pods", "namespaces", "services", "nodes", "networkpolicies", "replicasets", "jobs",
    "applicationnetworkpolicies", "clusternetworkpolicies",
]  # fmt: skip
Ending = Literal["deleted", "finished"]
PolicyKey = tuple[str, PolicyKind]
"""A policy's name and kind: one of each kind may bear a name."""


class Owner(msgspec.Struct, frozen=True, gc=False):
    """A controller: `ReplicaSet/web-6d4cf56db6`."""

    kind: str
    name: str


class ContainerPort(msgspec.Struct, frozen=True, gc=False):
    """A port that a container declares; policies may call it by its name."""

    port: int
    protocol: str = "TCP"
    name: str | None = None


class ServicePort(msgspec.Struct, frozen=True, gc=False):
    """A Service's port; `target` is a number or the name of a container's port."""

    port: int
    protocol: str = "TCP"
    target: int | str | None = None
    name: str | None = None

    @property
    def leads_to(self) -> int | str:
        """The pods' port, which is the same where none is told."""
        return self.target or self.port


class Fact(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag_field="fact"
):
    """What all facts have.

    Attributes
    ----------
    at_us
        When it was so, in microseconds since 1970 (UTC).
    source
        What showed it: `kubelet status patch`, `pod create`, `snapshot`.
    actor
        The user who made the change.
    event
        The audit event's id; empty in a snapshot.
    partial
        The event came without the bodies that it should have: what is absent here is not known.
    """

    at_us: int
    source: str
    actor: str | None = None
    event: str = ""
    partial: bool = False


class PodSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pod"):
    """A pod's body, or (`partial`) that a pod was written; labels are `None` when not known.

    `host_network` means that the pod has no address but its node's. `mirror` is a static pod's
    image in the API: nothing controls it. `relabelled` means that the write may have changed the
    labels. `wants_interface` asks for a network interface of its own (`vpc.amazonaws.com/pod-eni`),
    `claims_volumes` for volumes that must be attached first.
    """

    namespace: str
    name: str
    uid: str | None = None
    labels: dict[str, str] | None = None
    owner: Owner | None = None
    node: str | None = None
    host_network: bool = False
    mirror: bool = False
    ports: tuple[ContainerPort, ...] = ()
    service_account: str | None = None
    created_us: int | None = None
    relabelled: bool = False
    wants_interface: bool = False
    claims_volumes: bool = False


class LabelsPatched(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="labels"):
    """Labels that a patch sets, or (`None`) takes away; `whole` replaces all there were."""

    resource: Resource
    namespace: str
    name: str
    changes: dict[str, str | None]
    whole: bool = False


class PodAddress(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pod-address"):
    """The addresses that a pod holds.

    `is_news` means that a kubelet told what has changed: the pod had none before.
    `branch_eni` is the id of the pod's own network interface. `started_us` is when the kubelet
    took the pod up: it holds no address before.
    """

    namespace: str
    name: str
    addresses: tuple[str, ...]
    uid: str | None = None
    node: str | None = None
    host_network: bool = False
    branch_eni: str | None = None
    started_us: int | None = None
    images: tuple[str, ...] = ()
    is_news: bool = False


class PodTerminating(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pod-terminating"
):
    """A graceful delete or an eviction: the pod keeps its address until the kubelet is done."""

    namespace: str
    name: str
    uid: str | None = None
    deadline_us: int | None = None


class PodGone(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="pod-gone"):
    """A pod holds no address any more: deleted, or all its containers finished."""

    namespace: str
    name: str
    uid: str | None = None
    ending: Ending = "deleted"


class Binding(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="binding"):
    """The scheduler's choice of a node."""

    namespace: str
    name: str
    node: str
    uid: str | None = None


class ControllerSeen(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="controller"
):
    """Who controls a `controller` (its kind): the CronJob of a Job, the Rollout of a ReplicaSet."""

    namespace: str
    controller: str
    name: str
    owner: Owner


class NamespaceSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="namespace"):
    """A namespace's labels; `is_new` when this is its creation.

    `relabelled` means that the write may have changed the labels.
    """

    name: str
    labels: dict[str, str] | None = None
    uid: str | None = None
    created_us: int | None = None
    is_new: bool = False
    relabelled: bool = False


class ServiceSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="service"):
    """A Service: its ClusterIPs, and what stands behind them.

    `unchanged` means that it was there before its source, and the same.
    """

    namespace: str
    name: str
    addresses: tuple[str, ...] = ()
    selector: dict[str, str] | None = None
    ports: tuple[ServicePort, ...] = ()
    type: str = "ClusterIP"
    uid: str | None = None
    created_us: int | None = None
    finalizers: tuple[str, ...] | None = None
    deleting: bool = False
    unchanged: bool = False


class NodeSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="node"):
    """A node's addresses, from its own body or (`hearsay`) the status of a pod that runs on it."""

    name: str
    addresses: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    created_us: int | None = None
    hearsay: bool = False


class PolicySeen(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="network-policy"
):
    """A namespace's policy as stored; `policy` is `None` when it was written without its body here.

    A NetworkPolicy, or an ApplicationNetworkPolicy (`policy_kind`), which adds up with those.
    `finalizers` is `None` when not known. A policy that is `deleting` is gone when its last
    finalizer is taken off. `unchanged` means that it was there before its source,
    and the same.
    """

    namespace: str
    name: str
    policy: NetworkPolicy | None = None
    uid: str | None = None
    generation: int | None = None
    created_us: int | None = None
    finalizers: tuple[str, ...] | None = None
    deleting: bool = False
    unchanged: bool = False
    policy_kind: PolicyKind = "NetworkPolicy"

    @property
    def key(self) -> "PolicyKey":
        """What tells it from the other policies of its namespace."""
        return self.name, self.policy_kind


class ClusterPolicySeen(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="cluster-network-policy"
):
    """A ClusterNetworkPolicy as stored; else as a namespace's policy (`PolicySeen`)."""

    name: str
    policy: ClusterPolicy | None = None
    uid: str | None = None
    generation: int | None = None
    created_us: int | None = None
    finalizers: tuple[str, ...] | None = None
    deleting: bool = False
    unchanged: bool = False


class Gone(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An object was deleted."""

    name: str
    uid: str | None = None


class NamespaceGone(
    Gone, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="namespace-gone"
):
    """A namespace was deleted and emptied."""


class NodeGone(Gone, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="node-gone"):
    """A Node object was deleted."""


class ServiceGone(
    Gone, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="service-gone"
):
    """A Service was deleted; with `partial`, it may wait for its finalizers."""

    namespace: str


class PolicyGone(
    Gone, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="network-policy-gone"
):
    """A namespace's policy was deleted; with `partial`, it may wait for its finalizers."""

    namespace: str
    policy_kind: PolicyKind = "NetworkPolicy"

    @property
    def key(self) -> PolicyKey:
        """What tells it from the other policies of its namespace."""
        return self.name, self.policy_kind


class ClusterPolicyGone(
    Gone, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="cluster-network-policy-gone"
):
    """A ClusterNetworkPolicy was deleted; with `partial`, it may wait for its finalizers."""


class CollectionDeleted(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="collection-deleted"
):
    """All objects of a resource in a namespace were told to go; those with finalizers wait.

    `selected` means that only some were, and the event does not say which. The cluster's own
    objects have the namespace "".
    """

    resource: Resource
    namespace: str
    selected: bool = False


class EnforcingModeSeen(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="enforcing-mode"
):
    """Whether pods that no policy selects are denied (`strict`): on a node, or on all (`None`).

    `changed` means that its write may have changed it: before, it may have been another.
    """

    strict: bool
    node: str | None = None
    changed: bool = False


class SnapshotTaken(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="snapshot"):
    """A listing: what is not in it of these resources was not there.

    Attributes
    ----------
    namespaces
        Those that it shows anything of; `None` where it is of the whole cluster. A namespace that
        it does not know may be younger, or the listing is of one namespace, or of another cluster.
    """

    resources: tuple[Resource, ...]
    namespaces: tuple[str, ...] | None = None

    def covers(self, resource: Resource, namespace: str) -> bool:
        """Tell whether all objects of a resource in a namespace are in it."""
        known = self.namespaces is None or namespace in self.namespaces
        return known and resource in self.resources


class EndpointsWritten(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="endpoints-written"
):
    """A policy endpoint was written: the controller turned policies into what agents enforce.

    `name` is `None` in a create, whose name the API server makes; others are named
    `<policy>-<five characters>`. Bodies are not logged (audit level Metadata).
    """

    namespace: str
    verb: str
    name: str | None = None


class WriteRefused(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="write-refused"
):
    """A write of the network policy controller was refused; `why` is the API server's message."""

    resource: str
    namespace: str
    verb: str
    code: int
    name: str | None = None
    why: str = ""


class KubeletHeard(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="kubelet-heard"
):
    """A kubelet wrote its node's heartbeat."""

    node: str


class DaemonSetSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="daemonset"):
    """A DaemonSet of a policy engine as stored: `aws-node`, Calico's or Cilium's.

    `flags` are the arguments of the network policy agent's container and `environment` the
    variables of `aws-node`'s, where `has_agent`. One that is `gone` was deleted.
    """

    namespace: str
    name: str
    images: tuple[str, ...] = ()
    flags: dict[str, str] = {}
    environment: dict[str, str] = {}
    has_agent: bool = False
    gone: bool = False


class AgentCrashing(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="agent-crashing"
):
    """A kubelet waits before it starts the network policy agent's container again."""

    name: str
    restarts: int
    node: str | None = None


class RunningVersion(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="running-version"
):
    """A version that is run, of `agent` or `vpc-cni`; on a node, or (`None`) said of all."""

    component: str
    version: str
    node: str | None = None


class VerdictsHeard(
    Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="verdicts-heard"
):
    """A node's agent published a verdict."""

    node: str


class SignalSeen(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="signal"):
    """An event that a rule of the catalogue looks for (`issue/rule`), and what it is about."""

    rule: str
    names: tuple[str, ...]


class RoleListed(Fact, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="role"):
    """A ClusterRole in a listing, and what it allows."""

    name: str
    rules: tuple[RoleRule, ...] = ()


AnyFact = (
    PodSeen
    | LabelsPatched
    | PodAddress
    | PodTerminating
    | PodGone
    | Binding
    | ControllerSeen
    | NamespaceSeen
    | NamespaceGone
    | ServiceSeen
    | ServiceGone
    | NodeSeen
    | NodeGone
    | PolicySeen
    | PolicyGone
    | ClusterPolicySeen
    | ClusterPolicyGone
    | CollectionDeleted
    | SnapshotTaken
    | EnforcingModeSeen
    | EndpointsWritten
    | WriteRefused
    | KubeletHeard
    | DaemonSetSeen
    | AgentCrashing
    | RunningVersion
    | VerdictsHeard
    | SignalSeen
    | RoleListed
)
