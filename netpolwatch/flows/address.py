"""Addresses as the agent writes them.

`ConvByteArrayToIP` prints an IPv4 address without its trailing zero octets, at every version up to
v1.4.1: `64.6.160` is 64.6.160.0 and `10` is 10.0.0.0. The agent never writes an empty address: an
empty or masked one was redacted by a person.
"""

import ipaddress
import re
from functools import lru_cache

from netpolwatch.flows.model import NotAFlowError

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{0,3}}")
_DOTS = 3
_REDACTED = re.compile(
    r"""
      \*{0,40} | (?i:redacted|masked|hidden)
    | <[^<>]{1,40}> | \[[^\[\]]{1,40}\] | \{[^{}]{1,40}\}
    | (?=.*[xX*])(?:[xX*]{1,3}|\d{1,3})(?:\.(?:[xX*]{1,3}|\d{1,3})){3}
    """,
    re.VERBOSE,
)


@lru_cache(maxsize=65_536)
def whole_address(text: str) -> str | None:
    """Write an address whole; `None` for a redaction; raises `NotAFlowError` for anything else."""
    if _IPV4.fullmatch(text):
        return text + ".0" * (_DOTS - text.count("."))
    if _REDACTED.fullmatch(text):
        return None
    try:
        return _ipv6(text)
    except ValueError:
        raise NotAFlowError("not an address") from None


def short_address(address: str | None) -> str:
    """Write an address as the agent does."""
    if address is None:
        return ""
    if ":" in address:
        return address
    octets = address.split(".")
    while len(octets) > 1 and octets[-1] == "0":
        octets.pop()
    return ".".join(octets)


def _ipv6(text: str) -> str:
    address = ipaddress.IPv6Address(text)
    if address.scope_id is not None:
        raise ValueError("the agent writes no zone")
    return str(address)
