"""Addresses that no object of a cluster owns: services of AWS, networks of the user's, the rest."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from netpolwatch.kubernetes.identity.model import Kind

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAMED: Final[Mapping[str, str]] = {
    "169.254.169.254": "imds",
    "fd00:ec2::254": "imds",
    "169.254.170.23": "pod-identity",
    "fd00:ec2::23": "pod-identity",
    "169.254.170.2": "container-credentials",
    "169.254.20.10": "nodelocal-dns",
    "169.254.169.253": "vpc-dns",
    "fd00:ec2::253": "vpc-dns",
    "169.254.169.123": "time-sync",
    "fd00:ec2::123": "time-sync",
}
"""Addresses with one use on every EKS node."""

_BROADCAST: Final = ipaddress.ip_address("255.255.255.255")
_PRIVATE: Final[tuple[_Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


class Place(NamedTuple):
    """Where an address without a known owner is, and how that is known."""

    kind: Kind
    name: str | None
    evidence: str


class Places:
    """Tells what an address is that nobody in the cluster owned.

    `vpc_cidrs` are the cluster's own networks: an address in one may be a pod's, whatever its
    range. `networks` are named networks of the user's outside the cluster (CIDR → name). Raises
    `ValueError` for a CIDR that is none.
    """

    def __init__(
        self, vpc_cidrs: Sequence[str] = (), networks: Mapping[str, str] | None = None
    ) -> None:
        self._vpc = tuple(ipaddress.ip_network(text, strict=False) for text in vpc_cidrs)
        self._named = tuple(
            (ipaddress.ip_network(text, strict=False), name)
            for text, name in (networks or {}).items()
        )

    def place(self, address: str) -> Place:
        """Tell where a canonical address is."""
        if address in NAMED:
            return Place("external", NAMED[address], "an address with one use on every node")
        parsed = ipaddress.ip_address(address)
        for network, name in self._named:
            if parsed in network:
                return Place("external", name, f"in {network}, named in the configuration")
        for network in self._vpc:
            if parsed in network:
                return Place("unknown", None, f"in the VPC's {network}; no owner known then")
        if any(parsed in network for network in _PRIVATE):
            return Place("unknown", None, "a private address; no owner known then")
        return Place("external", None, _range_of(parsed))


def _range_of(address: _Address) -> str:
    """Name the range of an address that is nobody's in a cluster."""
    if address.is_unspecified or address == _BROADCAST:
        return "no host's address"
    kinds = (
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (not address.is_global, "reserved"),
    )
    return f"a {next((name for holds, name in kinds if holds), 'public')} address"
