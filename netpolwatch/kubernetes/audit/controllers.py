"""The network policy controller's writes → facts: endpoints that it wrote, and refusals."""

from collections.abc import Iterator
from typing import Final

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.facts import AnyFact, EndpointsWritten, WriteRefused

CONTROLLERS: Final = frozenset({
    "eks:network-policy-controller",
    "system:serviceaccount:kube-system:amazon-network-policy-controller-k8s",
})  # fmt: skip
"""Users of the controller, in EKS's control plane and self-managed; of policies it writes
finalizers only."""

_MAX_WHY_CHARS: Final = 300


def facts_of_endpoints(write: Write) -> Iterator[AnyFact]:
    """Yield that a policy endpoint was written or deleted, by whomever."""
    if write.namespace is not None:
        yield EndpointsWritten(
            namespace=write.namespace,
            verb=write.event.verb,
            name=write.name,
            **write.stamp._asdict(),
        )


def facts_of_refusal(write: Write) -> Iterator[AnyFact]:
    """Yield that a write of the controller was refused; others' refusals teach nothing."""
    event, status = write.event, write.event.status
    if write.namespace is None or status is None or event.user.username not in CONTROLLERS:
        return
    yield WriteRefused(
        resource=event.reference.resource,
        namespace=write.namespace,
        verb=event.verb,
        code=status.code,
        name=write.name,
        why=bounds.short(status.message or "", _MAX_WHY_CHARS),
        **write.stamp._asdict(),
    )
