"""Policies that may decide and whose bodies nobody saw: who wrote which, and when.

EKS logs custom resources (ClusterNetworkPolicies, ApplicationNetworkPolicies) without their bodies.
"""

from typing import Final

from netpolwatch.kubernetes.identity import ClusterPolicyState, Knowledge, PolicyState
from netpolwatch.kubernetes.identity.evidence import evidence_of
from netpolwatch.kubernetes.policy.tiers import cluster_name

_MAX_SHOWN: Final = 3


def unread_in(namespace: str, knowledge: Knowledge, at_ms: int) -> tuple[str, ...]:
    """Return a namespace's policies whose bodies nobody saw, in words."""
    return tuple(
        f"{one.kind} {namespace}/{one.name} ({_written(one, at_ms)})"
        for one in knowledge.policies(namespace, at_ms)
        if one.policy is None
    )


def unread_of_cluster(knowledge: Knowledge, at_ms: int) -> tuple[str, ...]:
    """Return the ClusterNetworkPolicies whose bodies nobody saw, in words."""
    return tuple(
        f"{cluster_name(one.name)} ({_written(one, at_ms)})"
        for one in knowledge.cluster_policies(at_ms)
        if one.policy is None
    )


def one_of(names: tuple[str, ...]) -> str:
    """Write that it is one of some, of which the first few are named."""
    more = len(names) - _MAX_SHOWN
    return " or ".join(names[:_MAX_SHOWN]) + (f" or {more} more" if more > 0 else "")


def _written(state: PolicyState | ClusterPolicyState, at_ms: int) -> str:
    when = evidence_of(state.source, state.since_us, at_ms, later=False)
    return f"{when} by {state.actor}" if state.actor else when
