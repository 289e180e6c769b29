"""Which workload runs a pod: the controller that a person wrote."""

from collections.abc import Mapping
from typing import Final

from netpolwatch.kubernetes.facts import Owner, PodSeen
from netpolwatch.kubernetes.identity.model import Workload

_TEMPLATE: Final = "pod-template-hash"
"""Set by the Deployment controller on a ReplicaSet's pods; the ReplicaSet's name ends with it."""

Controllers = Mapping[tuple[str, str, str], Owner]
"""(namespace, kind, name) of a controller → who controls it."""


def workload_of(pod: PodSeen | None, name: str, controllers: Controllers) -> Workload | None:
    """Tell a pod's workload; `None` where its body was not seen."""
    if pod is None:
        return None
    owner = pod.owner
    if owner is None or pod.mirror or owner.kind == "Node":
        return Workload("Pod", name)
    above = controllers.get((pod.namespace, owner.kind, owner.name))
    if above is not None:
        return Workload(above.kind, above.name)
    template = (pod.labels or {}).get(_TEMPLATE)
    if owner.kind == "ReplicaSet" and template and owner.name.endswith(f"-{template}"):
        return Workload("Deployment", owner.name.removesuffix(f"-{template}"))
    return Workload(owner.kind, owner.name)
