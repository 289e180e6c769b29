"""Labels that a pod's successor will have, too: what a policy may select by."""

from collections.abc import Mapping
from typing import Final

_OF_ONE_POD: Final = frozenset({
    "app.kubernetes.io/version", "apps.kubernetes.io/pod-index", "controller-revision-hash",
    "controller-uid", "helm.sh/chart", "job-name", "kubernetes.io/hostname",
    "pod-template-generation", "pod-template-hash", "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
})  # fmt: skip
"""Set by controllers and schedulers on one pod or one revision, or by a release on each of its own.
"""
_PREFIXES: Final = ("batch.kubernetes.io/", "topology.kubernetes.io/")


def lasting(labels: Mapping[str, str]) -> dict[str, str]:
    """Keep the labels that a workload's pods have today and after the next roll-out."""
    return {
        key: value
        for key, value in sorted(labels.items())
        if key not in _OF_ONE_POD and not key.startswith(_PREFIXES)
    }
