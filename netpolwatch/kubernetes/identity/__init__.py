"""Who owned an address, and what an object was, as of a time."""

from netpolwatch.kubernetes.identity.knowledge import Knowledge
from netpolwatch.kubernetes.identity.model import (
    LATEST,
    ClusterPolicyState,
    Identity,
    Labels,
    PodState,
    PolicyState,
    ServiceState,
    Workload,
)
from netpolwatch.kubernetes.identity.places import Places

__all__ = [
    "LATEST",
    "ClusterPolicyState",
    "Identity",
    "Knowledge",
    "Labels",
    "Places",
    "PodState",
    "PolicyState",
    "ServiceState",
    "Workload",
]
