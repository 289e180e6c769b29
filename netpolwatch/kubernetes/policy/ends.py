"""One end of a connection, as policies look at it."""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from netpolwatch.kubernetes.policy.labels import Selector

EndKind = Literal["pod", "service", "node", "external", "unknown"]


class NamedPort(msgspec.Struct, frozen=True, gc=False):
    """A port that a pod's container has given a name."""

    name: str
    port: int
    protocol: str


class ListenPort(msgspec.Struct, frozen=True, gc=False):
    """A port of a Service; `target` is the number, or the name, of its pods' port behind it."""

    port: int
    protocol: str
    target: int | str


class PortNames(Protocol):
    """What the pods of a cluster call their ports, as of the time that is asked for."""

    def calls(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int
    ) -> bool | None:
        """Tell whether a pod of a namespace that a selector covers calls a port so."""

    def numbers(
        self, namespace: str, selector: Selector, name: str, protocol: str
    ) -> frozenset[int]:
        """Give the ports that those pods are known to call so."""


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
    listens
        Ports of a Service.
    names
        What other pods call their ports; `None` where nobody can be asked.
    certain
        Whether all of it was shown before the time that is asked for, and not only later.
    """

    kind: EndKind
    address: str | None
    namespace: str | None = None
    labels: Mapping[str, str] | None = None
    namespace_labels: Mapping[str, str] | None = None
    ports: tuple[NamedPort, ...] = ()
    listens: tuple[ListenPort, ...] = ()
    names: PortNames | None = None
    certain: bool = True
