"""The words of a flow line: known ones, unknown ones that must survive, and torn ones."""

import re
from typing import Final

from netpolwatch.flows.model import NotAFlowError

VERDICTS: Final = frozenset({"ACCEPT", "DENY", "EXPIRED/DELETED"})
TIERS: Final = frozenset({"ERROR", "ADMIN", "NETWORK_POLICY", "BASELINE", "DEFAULT"})
PROTOCOLS: Final = frozenset({"TCP", "UDP", "SCTP", "ICMP", "UNKNOWN", "RESERVED", "ANY PROTOCOL"})
DIRECTIONS: Final = frozenset({"ingress", "egress"})
PORTS_BY_PROTOCOL: Final = frozenset({"TCP", "UDP", "SCTP"})

MAX_PORT: Final = 65_535
_WORD = re.compile(r"[A-Za-z](?:[A-Za-z0-9_/ .-]{0,30}[A-Za-z0-9_])?")


def word(text: str, known: frozenset[str]) -> str:
    """Accept a known word or a new one; raises `NotAFlowError` for a torn or garbled one.

    A beginning of a known word is a line that was cut: `DEN` is no new verdict.
    """
    if text in known:
        return text
    if not _WORD.fullmatch(text) or any(whole.startswith(text) for whole in known):
        raise NotAFlowError("torn or garbled word")
    return text


def port(digits: str) -> int:
    """Read a port from its decimal digits; raises `NotAFlowError` above 65535."""
    number = int(digits)
    if number > MAX_PORT:
        raise NotAFlowError("not a port")
    return number
