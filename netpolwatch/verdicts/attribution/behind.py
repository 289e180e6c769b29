"""Whether policies would let a connection through to a pod behind the Service that it asks for.

The agent judges egress by the Service's address, before it is translated: who wrote the policy may
have meant its pods (amazon-network-policy-controller-k8s issues 207, 222 and 224).
"""

from collections.abc import Callable
from itertools import islice
from typing import Final

from netpolwatch.kubernetes.identity import Identity, Knowledge, PodState
from netpolwatch.kubernetes.policy.matching import Answer

_MAX_PODS: Final = 4
"""Asked for one verdict; a Service's pods are alike."""

Allowed = Callable[[Identity, int], Answer]
"""Tells whether a pod would be let in and reached on a port."""


def allowed_behind(
    service: Identity, port: int, protocol: str, knowledge: Knowledge, at_ms: int, allowed: Allowed
) -> str | None:
    """Name a pod behind a Service, and its port, that would be reached; `None` where none is known.

    `port` is the Service's.
    """
    found = knowledge.service_at(service.address or "", at_ms)
    if found is None:
        return None
    targets = {
        each.leads_to for each in found.ports if (each.port, each.protocol) == (port, protocol)
    }
    for pod, addresses in islice(knowledge.pods_behind(found, at_ms), _MAX_PODS):
        for number in _numbers(targets, pod, protocol):
            owner = knowledge.owner(next(iter(addresses), None), at_ms)
            if owner.name == pod.name and allowed(owner, number):
                return f"{pod.namespace}/{pod.name} on {number}"
    return None


def _numbers(targets: set[int | str], pod: PodState, protocol: str) -> set[int]:
    named = {each.port for each in pod.ports if each.name in targets and each.protocol == protocol}
    return named | {target for target in targets if isinstance(target, int)}
