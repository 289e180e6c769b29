"""What must hold for any flow, however its line was made."""

import ipaddress
import re
from typing import get_args

import msgspec

from netpolwatch.flows.line import parse_flow, render_flow
from netpolwatch.flows.model import DENY, Disposition, Flow
from netpolwatch.verdicts.disposition import judge

_TOKEN = re.compile(r"[0-9A-Fa-f:.]+")
_MAX_PORT = 65_535


def text_of(data: bytes) -> str:
    """Decode as the sources do: a message never holds what UTF-8 cannot write."""
    return data.decode("utf-8", "replace")


def pieces_of(data: bytes, count: int) -> list[str]:
    """Cut data at its NUL bytes into exactly `count` texts."""
    pieces = [text_of(piece) for piece in data.split(b"\0", count - 1)]
    return pieces + [""] * (count - len(pieces))


def check_flow(flow: Flow, text: str) -> None:
    """Check a flow against the line it was read from."""
    for address, port in (
        (flow.source_ip, flow.source_port),
        (flow.destination_ip, flow.destination_port),
    ):
        assert 0 <= port <= _MAX_PORT
        if address is not None:
            _check_address(address, text)
    # A copy from a wrapped page has line breaks where blanks were.
    plain = text.replace("\n", " ")
    assert flow.protocol in plain
    assert flow.verdict in plain
    _check_round_trip(flow)
    if flow.verdict == DENY:
        judgement = judge(flow)
        assert judgement.disposition in get_args(Disposition)
        assert judgement.reasons


def _check_address(address: str, text: str) -> None:
    whole = ipaddress.ip_address(address)
    assert str(whole) == address, "an address is written in one way only"
    # Never invented: it stands in the line, at most without its trailing zero octets.
    assert any(_is(token, whole) for token in _TOKEN.findall(text)), f"{address} is not in the line"


def _is(token: str, whole: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if whole.version == 4:
        octets = token.split(".")
        return ".".join(octets + ["0"] * (4 - len(octets))) == str(whole)
    try:
        return ipaddress.ip_address(token) == whole
    except ValueError:
        return False


def _check_round_trip(flow: Flow) -> None:
    again = parse_flow(render_flow(flow))
    assert again is not None, "what we write must be readable"
    if flow.form == "cloudwatch" or flow.timestamp is None:
        # The form writes no time: it was the console's.
        flow = msgspec.structs.replace(flow, timestamp=again.timestamp)
    assert again == flow
