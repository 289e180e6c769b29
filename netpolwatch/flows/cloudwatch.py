"""The form that the agent sends to CloudWatch Logs: one string for IPv4 and IPv6.

v0.1.0 to v1.2.7 without `;Tier:`, v1.3.0 to v1.4.1 with it. Never a direction, never a time.
"""

import re

from netpolwatch.flows.address import short_address, whole_address
from netpolwatch.flows.model import Flow
from netpolwatch.flows.words import PROTOCOLS, TIERS, VERDICTS, port, word

PREFIX = "Node: "
MARK = ";PROTOCOL: "
_LINE = re.compile(
    r"Node: (?P<node>[^;\x00-\x20]{0,253});SIP: (?P<sip>[^;]{0,64});SPORT: (?P<sport>[0-9]{1,5})"
    r";DIP: (?P<dip>[^;]{0,64});DPORT: (?P<dport>[0-9]{1,5});PROTOCOL: (?P<protocol>[^;]{1,32})"
    r";PolicyVerdict: (?P<verdict>[^;]{1,32}?)(?:;Tier: (?P<tier>[^;]{1,32}?))?\s{0,8}"
)


def parse(text: str) -> Flow | None:
    """Read one line; `None` when it is not of this form, `NotAFlowError` when it is garbled."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    node, sip, sport, dip, dport, protocol, verdict, tier = found.groups()
    return Flow(
        form="cloudwatch",
        source_ip=whole_address(sip),
        source_port=port(sport),
        destination_ip=whole_address(dip),
        destination_port=port(dport),
        protocol=word(protocol, PROTOCOLS),
        verdict=word(verdict, VERDICTS),
        node=node or None,
        tier=None if tier is None else word(tier, TIERS),
    )


def render(flow: Flow) -> str:
    """Write a flow as the agent does."""
    tier = "" if flow.tier is None else f";Tier: {flow.tier}"
    return (
        f"{PREFIX}{flow.node or ''};SIP: {short_address(flow.source_ip)};SPORT: {flow.source_port}"
        f";DIP: {short_address(flow.destination_ip)};DPORT: {flow.destination_port}"
        f";PROTOCOL: {flow.protocol};PolicyVerdict: {flow.verdict}{tier}"
    )
