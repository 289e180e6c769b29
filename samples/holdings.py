"""What the cluster holds when the day begins: its pods and policies, as the audit log tells them.

Without them nobody could know whether a policy denies what an agent dropped.
"""

from collections.abc import Iterator

from samples import audit, cluster
from samples.cluster import CATALOGUE, PODS, Pod
from samples.parts import Lines, Window

_BEFORE = Window(0, 0.1)
_WRITTEN = Window(0.1, 0.15)
_SOON_AFTER = Window(0.15, 0.2)

_POLICIES = (
    audit.policy_of("data", "redis-clients", "redis", ingress=[("orders-api", 6379)]),
    audit.policy_of("legacy", "invoice-closed", "invoice", ingress=[]),
    audit.policy_of("shop", "recommend-clients", "recommend", ingress=[("web", 8080)]),
    audit.policy_of("shop", "search-egress", "search", egress=[]),
    audit.policy_of("shop", "catalogue-egress", "catalogue", egress=[]),
    audit.policy_of("ingress", "gateway-egress", "gateway", egress=[]),
)
"""Each denies a part of the story; `data/allow-orders` is written during the day."""

_ISOLATED = ("data", "legacy", "shop", "shop", "shop", "ingress")
"""Where the controller writes endpoints for them."""


def beginnings() -> Iterator[Lines]:
    """Yield what the audit log has of it."""
    for pod in (*PODS, CATALOGUE):
        yield Lines(cluster.AUDIT, (audit.pod_created(pod, _controller(pod)),), 1, _BEFORE)
        yield Lines(cluster.AUDIT, (audit.pod_running(pod),), 1, _SOON_AFTER)
    for policy in _POLICIES:
        yield Lines(cluster.AUDIT, (policy,), 1, _WRITTEN)
    for namespace in _ISOLATED:
        yield Lines(cluster.AUDIT, (audit.endpoints_written(namespace),), 1, _SOON_AFTER)


def _controller(pod: Pod) -> str:
    return pod.name.rpartition("-")[0]
