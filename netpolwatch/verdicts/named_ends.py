"""Ends of a flow that have a name before anybody knows who owns an address.

A few destinations are fixed by AWS or Kubernetes: the instance metadata service, the Pod Identity
agent, NodeLocal DNS, the VPC's resolver. Any other destination is told by its port at most.
"""

import ipaddress
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from netpolwatch.verdicts.address_kind import AddressKind
from netpolwatch.verdicts.disposition import is_client_port

SourceKind = Literal["own-node", "its-node"]
DestinationKind = Literal[
    "dns", "nodelocal-dns", "vpc-dns", "outside-dns", "imds", "pod-identity"
]  # fmt: skip

_DNS_PORT, _HTTP_PORT = 53, 80
NAMED_PORTS: Final = frozenset({_DNS_PORT, _HTTP_PORT})
"""No destination on another port has a name."""

_RESOLVERS: Final[dict[str | None, DestinationKind]] = {
    "169.254.20.10": "nodelocal-dns",
    "169.254.169.253": "vpc-dns",
    "fd00:ec2::253": "vpc-dns",
}
_CREDENTIALS: Final[dict[str | None, DestinationKind]] = {
    "169.254.169.254": "imds",
    "fd00:ec2::254": "imds",
    "169.254.170.23": "pod-identity",
    "fd00:ec2::23": "pod-identity",
}


class NamedEnds(NamedTuple):
    """What is known of a flow's two ends.

    Attributes
    ----------
    source
        `own-node`: the line's own node asks, from a client's port, as the kubelet's probes do. So
        do pods of the node's own network: the address is the same. A probed port may be a
        client's, too (gRPC's 50051). `its-node`: objects tell that the deciding pod's node asks.
    destination
        `dns` is any resolver that may be the cluster's own: which address kube-dns has, no line
        tells. `outside-dns` has a public address.
    """

    source: SourceKind | None = None
    destination: DestinationKind | None = None


NOBODY: Final = NamedEnds()


def named_ends(
    source: AddressKind, source_port: int, destination: str | None, destination_port: int
) -> NamedEnds:
    """Name a flow's ends; `destination` is a whole address, `None` where it was redacted."""
    if source is not AddressKind.OWN_NODE:
        return _ends(None, destination, destination_port)
    asks: SourceKind | None = "own-node" if is_client_port(source_port) else None
    return _ends(asks, destination, destination_port)


@lru_cache(maxsize=65_536)
def _ends(source: SourceKind | None, address: str | None, port: int) -> NamedEnds:
    kind = destination_kind(address, port)
    return NamedEnds(source, kind) if source or kind else NOBODY


def destination_kind(address: str | None, port: int) -> DestinationKind | None:
    """Name a destination by its address and port."""
    if port == _DNS_PORT:
        return _RESOLVERS.get(address) or _resolver(address)
    return _CREDENTIALS.get(address) if port == _HTTP_PORT else None


def _resolver(address: str | None) -> DestinationKind:
    if address is not None and ipaddress.ip_address(address).is_global:
        return "outside-dns"
    return "dns"
