"""What is known of a cluster's set-up: plain facts, each read or honestly unread.

Whoever reads a set-up (`netpolwatch.aws.inspection`) fills a `Setup`. A part that could not be read
is an `Unread`: a check that needs it answers "unknown" and names the permission that is missing.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from netpolwatch.doctor.addon_settings import AddonSettings


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of the set-up that could not be read.

    Attributes
    ----------
    action
        The IAM action that would read it (`eks:DescribeAddon`).
    reason
        Why it was not read, in words.
    refused
        Whether the caller lacks the permission.
    """

    action: str
    reason: str
    refused: bool = False


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Read(Generic[T_co]):
    """A part of the set-up as it was read."""

    value: T_co


Reading = Read[T] | Unread


class UnreadError(Exception):
    """A check needs a part of the set-up that was not read."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.reason)
        self.unread = unread


def known(reading: Reading[T]) -> T:
    """Return what was read; raises `UnreadError`."""
    if isinstance(reading, Unread):
        raise UnreadError(reading)
    return reading.value


@dataclass(frozen=True, slots=True)
class Cluster:
    """The control plane.

    Attributes
    ----------
    version
        Of Kubernetes (`1.33`).
    platform_version
        EKS's own (`eks.12`): it carries the network policy controller.
    log_types
        Control plane log types that are on.
    auto_mode
        Whether EKS runs the nodes' components itself: there is no add-on to configure.
    """

    arn: str
    version: str
    platform_version: str
    log_types: frozenset[str]
    auto_mode: bool


@dataclass(frozen=True, slots=True)
class Addon:
    """The managed add-on `vpc-cni`.

    Attributes
    ----------
    health_issues
        EKS's own words, each `CODE: message`.
    """

    version: str
    status: str
    settings: Reading[AddonSettings]
    health_issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CniRole:
    """The role by which the agent calls AWS.

    Attributes
    ----------
    how
        `pod identity`, `IRSA` or `node role`; in Auto Mode there is no such role.
    denied
        Actions that delivery to CloudWatch needs and the role is not allowed.
    """

    arn: str
    how: str
    denied: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name without the path, as IAM's API takes it."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class LogGroup:
    """The log group of the control plane and the agents.

    Attributes
    ----------
    storage_class
        `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`: only the first can be subscribed.
    retention_days
        `None` for forever.
    """

    name: str
    storage_class: str
    retention_days: int | None
    kms_key: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """One of the two filters that a log group can have."""

    name: str
    destination: str


@dataclass(frozen=True, slots=True)
class AgentStreams:
    """The streams that agents write verdicts to.

    Attributes
    ----------
    newest_ms
        Time of the newest event (ms since 1970, UTC); `None` without any.
    """

    count: int
    newest_ms: int | None


@dataclass(frozen=True, slots=True)
class RecentVerdicts:
    """Verdicts of the last hour, at most a page of them.

    Attributes
    ----------
    newest_ms
        Time of the newest (ms since 1970, UTC); `None` without any.
    newest_stream, newest_node
        The stream that holds it, and the node that it names.
    """

    accepted: int
    denied: int
    newest_ms: int | None = None
    newest_stream: str | None = None
    newest_node: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceType:
    """An instance type that node groups use."""

    name: str
    vcpus: int
    node_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the cluster or of its node groups."""

    id: str
    free_addresses: int


@dataclass(frozen=True, slots=True)
class NodePackage:
    """A package that SSM's inventory shows on a node."""

    instance_id: str
    version: str


@dataclass(frozen=True, slots=True)
class MailSubscription:
    """An address of the findings topic."""

    address: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """Our own stack.

    Attributes
    ----------
    analyzer_arn
        Where our subscription filters lead.
    mails
        Addresses of its topics.
    """

    stack: str
    analyzer_arn: str
    mails: Reading[tuple[MailSubscription, ...]]


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the checks look at.

    Attributes
    ----------
    at_ms
        When it was read (ms since 1970, UTC).
    addon
        `None` where the add-on is not installed: a self-managed CNI, or Auto Mode.
    offered_versions
        Versions of the add-on for this Kubernetes version.
    log_group
        `None` where it does not exist.
    node_log_groups
        Log groups whose names say that they hold this cluster's node logs.
    udev
        Package `systemd-udev` of the cluster's AL2023 nodes.
    deployment
        `None` where our stack is not in this account and region.
    """

    name: str
    region: str
    at_ms: int
    cluster: Reading[Cluster]
    addon: Reading[Addon | None]
    offered_versions: Reading[tuple[str, ...]]
    cni_role: Reading[CniRole | None]
    log_group: Reading[LogGroup | None]
    filters: Reading[tuple[SubscriptionFilter, ...]]
    agent_streams: Reading[AgentStreams]
    verdicts: Reading[RecentVerdicts]
    instance_types: Reading[tuple[InstanceType, ...]]
    subnets: Reading[tuple[Subnet, ...]]
    udev: Reading[tuple[NodePackage, ...]]
    node_log_groups: Reading[tuple[str, ...]]
    deployment: Reading[Deployment | None]
