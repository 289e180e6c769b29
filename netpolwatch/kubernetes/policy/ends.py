"""One end of a connection, as policies look at it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

EndKind = Literal["pod", "service", "node", "external", "unknown"]


class NamedPort(msgspec.Struct, frozen=True, gc=False):
    """A port that a pod's container has given a name."""

    name: str
    port: int
    protocol: str


class End(msgspec.Struct, frozen=True, gc=False):
    """One end; `None` stands for what is not known of it.

    Attributes
    ----------
    labels
        Of a pod its labels, of a Service the map of its selector: this CNI's controller compares
        a peer's selector with that (amazon-network-policy-controller-k8s,
        `getMatchingServiceClusterIPs`).
    ports
        Named ports of a pod.
    certain
        Whether all of it was shown before the time that is asked for, and not only later.
    """

    kind: EndKind
    address: str | None
    namespace: str | None = None
    labels: Mapping[str, str] | None = None
    namespace_labels: Mapping[str, str] | None = None
    ports: tuple[NamedPort, ...] = ()
    certain: bool = True
