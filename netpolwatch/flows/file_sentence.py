"""The form of the node file from agent v1.2.2: one sentence, written in two ways.

IPv6 clusters have colons after every word, and no comma before `Tier` (v1.3.0 on). Which of the
two is written follows the cluster's mode, not the addresses of the line.
"""

import re
from typing import Any

from netpolwatch.flows.address import short_address, whole_address
from netpolwatch.flows.model import Flow
from netpolwatch.flows.node_file import time_of, write_line
from netpolwatch.flows.words import PROTOCOLS, TIERS, VERDICTS, port, word
from netpolwatch.ingest.timestamps import rfc3339

PREFIX = "Flow Info: Src IP: "
_ENDS = (
    r"Flow Info: Src IP: (?P<sip>[^ ]{0,64}) Src Port: (?P<sport>[0-9]{1,5})"
    r" Dest IP: (?P<dip>[^ ]{0,64}) Dest Port: (?P<dport>[0-9]{1,5})"
)
_V4 = re.compile(
    _ENDS + r" Proto (?P<protocol>[^:]{1,32}?) Verdict (?P<verdict>[^:]{1,32}?)"
    r" Direction (?P<direction>ingress|egress)(?:, Tier (?P<tier>[^\s,:]{1,32}))?\s{0,8}"
)
_V6 = re.compile(
    _ENDS + r" Proto: (?P<protocol>[^:]{1,32}?) Verdict: (?P<verdict>[^:]{1,32}?)"
    r" Direction: (?P<direction>ingress|egress)(?: Tier: (?P<tier>[^\s,:]{1,32}))?\s{0,8}"
)


def parse(sentence: str, timestamp: int | None = None) -> Flow | None:
    """Read one sentence; `None` when it is not of this form, `NotAFlowError` when garbled."""
    found = _V4.fullmatch(sentence) or _V6.fullmatch(sentence)
    if found is None:
        return None
    sip, sport, dip, dport, protocol, verdict, direction, tier = found.groups()
    return Flow(
        form="file-sentence-v4" if found.re is _V4 else "file-sentence-v6",
        source_ip=whole_address(sip),
        source_port=port(sport),
        destination_ip=whole_address(dip),
        destination_port=port(dport),
        protocol=word(protocol, PROTOCOLS),
        verdict=word(verdict, VERDICTS),
        direction=direction,
        tier=None if tier is None else word(tier, TIERS),
        timestamp=timestamp,
    )


def parse_line(fields: dict[str, Any]) -> Flow | None:
    """Read a decoded JSON line whose `msg` is the sentence."""
    message = fields.get("msg")
    if not isinstance(message, str) or not message.startswith(PREFIX):
        return None
    return parse(message, time_of(fields))


def render(flow: Flow) -> str:
    """Write a flow as agents from v1.2.2 do, JSON and all."""
    colon, comma = (":", "") if flow.form == "file-sentence-v6" else ("", ",")
    tier = "" if flow.tier is None else f"{comma} Tier{colon} {flow.tier}"
    line = {
        "level": "info" if flow.verdict == "DENY" else "debug",
        "ts": rfc3339(flow.timestamp),
        "caller": "runtime/asm_amd64.s:1700",
        "msg": (
            f"{PREFIX}{short_address(flow.source_ip)} Src Port: {flow.source_port}"
            f" Dest IP: {short_address(flow.destination_ip)} Dest Port: {flow.destination_port}"
            f" Proto{colon} {flow.protocol} Verdict{colon} {flow.verdict}"
            f" Direction{colon} {flow.direction}{tier}"
        ),
    }
    return write_line(line)
