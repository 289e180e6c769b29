"""What names a tuple: the text that the agent itself wrote, so that nothing must be parsed.

A flow's key is the text between the source address and the destination port, in the words of its
form: `10.0.1.44;SPORT: 43322;DIP: 172.20.0.10;DPORT: 53` (CloudWatch), `10.0.1.44 Src Port: 43322
Dest IP: 172.20.0.10 Dest Port: 53` (both generations of node files). A conntrack key is the text
between `Source IP - ` and ` Owner IP`. Sources: the agent's format strings, v0.1.0 to v1.4.1.
"""

from typing import Final, Literal

from netpolwatch.flows.address import short_address
from netpolwatch.flows.model import Flow, Form

Style = Literal["cloudwatch", "file"]

STYLES: Final[tuple[Style, ...]] = ("cloudwatch", "file")
_NUMBERS: Final = {"ICMP": 1, "TCP": 6, "UDP": 17, "SCTP": 132}


def style_of(form: Form) -> Style:
    """Tell in whose words a form's keys are: all forms of node files share theirs."""
    return "cloudwatch" if form == "cloudwatch" else "file"


def key_of(flow: Flow, style: Style | None = None) -> str:
    """Write a flow's key in its own form's words, or in those of another style."""
    source, destination = _written(flow.source_ip), _written(flow.destination_ip)
    if (style or flow.form) == "cloudwatch":
        return (
            f"{source};SPORT: {flow.source_port};DIP: {destination};DPORT: {flow.destination_port}"
        )
    return (
        f"{source} Src Port: {flow.source_port}"
        f" Dest IP: {destination} Dest Port: {flow.destination_port}"
    )


def reversed_key_of(flow: Flow, style: Style | None = None) -> str:
    """Write the key that the packet's answer would have."""
    source, destination = _written(flow.source_ip), _written(flow.destination_ip)
    if (style or flow.form) == "cloudwatch":
        return (
            f"{destination};SPORT: {flow.destination_port};DIP: {source};DPORT: {flow.source_port}"
        )
    return (
        f"{destination} Src Port: {flow.destination_port}"
        f" Dest IP: {source} Dest Port: {flow.source_port}"
    )


def conversation_of(key: str) -> str:
    """Take the source port out of a key; a text that is no key is its own conversation."""
    parts = key.split(";", 2) if ";" in key else key.split(" ", 4)
    return parts[0] + parts[-1] if len(parts) > 1 else key


def reversed_conntrack_key_of(flow: Flow) -> str:
    """Write the conntrack key of the connection that a flow would be an answer in."""
    return conntrack_key(
        (flow.destination_ip or "", flow.destination_port),
        (flow.source_ip or "", flow.source_port),
        _NUMBERS.get(flow.protocol, -1),
    )


def conntrack_key(source: tuple[str, int], destination: tuple[str, int], protocol: int) -> str:
    """Write a conntrack key; its addresses are whole and its protocol is a number."""
    return (
        f"{source[0]} Source port - {source[1]} Dest IP - {destination[0]}"
        f" Dest port - {destination[1]} Protocol - {protocol}"
    )


def _written(address: str | None) -> str:
    # Most addresses end in no zero octet: they are written as they are.
    if address is not None and not address.endswith(".0"):
        return address
    return short_address(address)
