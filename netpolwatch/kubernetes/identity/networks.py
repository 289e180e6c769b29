"""The network that a VPC's pods share."""

from ipaddress import ip_network


def network_of(address: str) -> str | None:
    """Return the /56 of an IPv6 address, in which AWS gives a VPC its addresses."""
    if ":" not in address:
        return None
    return str(ip_network(f"{address}/56", strict=False))
