"""Answers: what was known of an address or an object at a time."""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import msgspec

from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.facts import ContainerPort, ServicePort
from netpolwatch.kubernetes.policy.cluster import ClusterPolicy
from netpolwatch.kubernetes.policy.index import PolicyIndex
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, PolicyKind

LATEST: Final = 2**52
"""Stands in for the time of a line without one, ms: what was known last."""

Kind = Literal["pod", "service", "node", "external", "unknown"]


class Workload(msgspec.Struct, frozen=True, gc=False):
    """What runs a pod: `Deployment/web`; a pod that nothing controls is its own workload."""

    kind: str
    name: str


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who owned an address at a time.

    Attributes
    ----------
    kind
        `external`: outside the cluster, or an address with a use of its own (`name` says which).
        `unknown`: an address of the cluster's kind that nobody is known to have owned then.
    name
        The pod, Service, node or place; a pod of the host's network is its node.
    workload
        `None` for what is no pod, and for a pod whose owner was not seen.
    confidence
        `high`: its source showed it before that time and nothing ended it. `medium`: inferred from
        what was shown later, or the end is overdue. `low`: nothing was shown.
    evidence
        The source and its time: `kubelet status patch 09:00:01Z`.
    node
        Where a pod runs, or whose own traffic comes from the address: not from a node's public one.
    previous
        `namespace/name` of the last known owner, where nobody owned the address any more.
    contested_by
        Other living owners that were shown, as `namespace/name`: who really has it is not known.
    """

    address: str | None
    kind: Kind
    namespace: str | None = None
    name: str | None = None
    workload: Workload | None = None
    confidence: Confidence = "low"
    evidence: str = ""
    node: str | None = None
    previous: str | None = None
    contested_by: tuple[str, ...] = ()


def claimants(identity: Identity) -> tuple[str, ...]:
    """Return all living owners that were shown for an address, as `namespace/name`."""
    return (f"{identity.namespace}/{identity.name}", *identity.contested_by)


class Labels(msgspec.Struct, frozen=True, gc=False):
    """Labels as of a time.

    `certain` is false where they were first seen later and are taken to have been the same.
    `since_us` is when the source showed them.
    """

    values: dict[str, str]
    since_us: int
    source: str
    certain: bool = True


class PodState(msgspec.Struct, frozen=True, gc=False):
    """A pod as of a time; `labels` is `None` where they are not known."""

    namespace: str
    name: str
    labels: Labels | None
    node: str | None
    ports: tuple[ContainerPort, ...]


class ClusterPolicyState(msgspec.Struct, frozen=True, gc=False):
    """A ClusterNetworkPolicy in force at a time; its fields are those of `PolicyState`."""

    name: str
    policy: ClusterPolicy | None
    since_us: int
    source: str
    actor: str | None
    certain: bool


class PolicyState(msgspec.Struct, frozen=True, gc=False):
    """A namespace's policy in force at a time.

    `policy` is `None` where it was written and its body was never seen. `certain` is false where
    the body was first seen later and may have been another. A policy that is `terminating` waits
    for its controller to take its endpoints down.
    """

    namespace: str
    name: str
    policy: NetworkPolicy | None
    since_us: int
    source: str
    actor: str | None
    generation: int | None
    certain: bool
    terminating: bool
    kind: PolicyKind = "NetworkPolicy"


class PoliciesInForce(NamedTuple):
    """The policies in force in a namespace.

    Attributes
    ----------
    states
        All of them, by name.
    bodies
        Those whose bodies were seen.
    unread
        Whether there are others.
    """

    states: tuple[PolicyState, ...]
    bodies: PolicyIndex
    unread: bool


def policies_in_force(states: Iterable[PolicyState]) -> PoliciesInForce:
    """Put policies together; `states` are in the order of their names."""
    every = tuple(states)
    bodies = [state.policy for state in every if state.policy is not None]
    return PoliciesInForce(every, PolicyIndex(bodies), unread=len(bodies) < len(every))


class ServiceState(msgspec.Struct, frozen=True, gc=False):
    """A Service as of a time; `selector` is `None` where its body was not seen."""

    namespace: str
    name: str
    addresses: tuple[str, ...]
    selector: dict[str, str] | None
    ports: tuple[ServicePort, ...]
    type: str
    since_us: int
    certain: bool
