"""An address of two pods: one is deleted half-way through the day, and another one is given it.

Only the audit events tell. Both pods ask the same database, which no policy allows; the second one
asks somebody else, too.
"""

from dataclasses import dataclass

from samples import audit, cluster
from samples.cluster import Node, Pod
from samples.parts import Lines, Window

ADDRESS = "10.0.2.158"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A pod that has the address for a part of the day, from `came` until `went` (minutes).

    Attributes
    ----------
    workload
        As an engineer reads it: `namespace/Deployment/name`.
    asks
        When its packets are denied: well after it came, and well before it went.
    """

    pod: Pod
    replica_set: str
    workload: str
    came: float
    went: float | None
    asks: Window

    @property
    def shown(self) -> tuple[Lines, ...]:
        """What the audit log has of it: created, its address, ready, and deleted."""
        shown = [
            self._once(audit.pod_created(self.pod, self.replica_set), self.came),
            self._once(audit.pod_running(self.pod), self.came + 1),
        ]
        if self.went is not None:
            shown.append(self._once(audit.pod_deleted(self.pod, self.replica_set), self.went))
        return tuple(shown)

    def _once(self, text: str, minute: float) -> Lines:
        return Lines(cluster.AUDIT, (text,), 1, Window(minute, minute + 1))


def _tenant(
    deployment: str, template: str, suffix: str, came: float, went: float | None, asks: Window
) -> Tenant:
    namespace, name = deployment.split("/")
    node: Node = cluster.CACHE
    replica_set = f"{name}-{template}"
    pod = Pod(namespace, f"{replica_set}-{suffix}", ADDRESS, node)
    return Tenant(pod, replica_set, f"{namespace}/Deployment/{name}", came, went, asks)


FIRST = _tenant("shop/cart", "7f8c9d6b54", "w4k8r", 2, 175, Window(20, 170))
SECOND = _tenant("batch/reindex", "5d9f8b7c66", "n2x5z", 177, None, Window(185, 340))
TENANTS = (FIRST, SECOND)
