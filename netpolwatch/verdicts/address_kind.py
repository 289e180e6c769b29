"""What an address says about a drop, before anybody knows who owns it."""

import ipaddress
import re
from enum import Enum
from functools import lru_cache

# Link-local by address, services by use: IMDS, ECS and EKS Pod Identity credentials, the VPC's
# DNS and time, NodeLocal DNS. A DENY to one of them is a conversation that a policy stopped.
_SERVICES = frozenset({
    "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.169.253", "169.254.169.123",
    "169.254.20.10",
})  # fmt: skip
_NODE_NAME = re.compile(r"ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?:\.|$)")


# Where multicast, link-local, unspecified and broadcast addresses begin. Most addresses do not, and
# need not be taken apart to know it.
_UNUSUAL = (
    "0.", "169.254.", "22", "23", "255.", "::", "fe8", "fe9", "fea", "feb", "ff",
)  # fmt: skip


class AddressKind(Enum):
    """Kinds that decide a judgement."""

    MULTICAST = "multicast"
    BROADCAST = "broadcast"
    LINK_LOCAL = "link-local"
    HOST_LOCAL = "link-local IPv4"
    """A program of the node's own: NodeLocal DNS, Istio's source of the kubelet's probes."""

    UNSPECIFIED = "unspecified"
    ORDINARY = "ordinary"
    REDACTED = "redacted"
    OWN_NODE = "own node"


@lru_cache(maxsize=65_536)
def kind_of(address: str | None) -> AddressKind:
    """Tell the kind of a whole address."""
    if address is None:
        return AddressKind.REDACTED
    if address in _SERVICES or not address.startswith(_UNUSUAL):
        return AddressKind.ORDINARY
    parsed = ipaddress.ip_address(address)
    if parsed.is_multicast:
        return AddressKind.MULTICAST
    if address == "255.255.255.255":
        return AddressKind.BROADCAST
    if parsed.is_link_local:
        return AddressKind.HOST_LOCAL if parsed.version == 4 else AddressKind.LINK_LOCAL  # noqa: PLR2004
    return AddressKind.UNSPECIFIED if parsed.is_unspecified else AddressKind.ORDINARY


@lru_cache(maxsize=4096)
def address_in_name(node: str | None) -> str | None:
    """Read a node's address from a name like `ip-10-0-1-9.ec2.internal`; `None` for other names."""
    found = _NODE_NAME.match(node or "")
    return ".".join(found.groups()) if found else None


def kind_beside(node: str | None, address: str | None) -> AddressKind:
    """Tell the kind of an address in a line of a node, whose own address its name may give."""
    kind = kind_of(address)
    if kind is AddressKind.ORDINARY and address == address_in_name(node):
        return AddressKind.OWN_NODE
    return kind
