"""Whether a text holds the words of a verdict that no grammar read: cut, garbled, or wrapped."""

import re
from typing import Final

_AROUND: Final = {
    "PolicyVerdict": re.compile(r"PolicyVerdict\W{1,8}[A-Z]{4,16}\W{0,8}(?:;|Tier|$)"),
    ";SIP: ": re.compile(r"Node: [^;]{0,253};SIP: [^;]{0,64}(?:;|$)"),
    "; SIP: ": re.compile(r"Node: [^;]{0,253}; SIP: [^;]{0,64}(?:;|$)"),
    "Flow Info:": re.compile(r'Flow Info:[\s"\\,]{0,16}(?:Src IP|$)'),
    "Src IP": re.compile(r"Src IP\W{1,16}.{0,400}Verdict\W{1,16}[A-Z]{4}", re.DOTALL),
}
VERDICT_MARKS: Final = tuple(_AROUND)
"""Literals of which one stands in every text that holds the words of a verdict."""

_BEFORE, _AFTER = 272, 512
_MAX_OCCURRENCES: Final = 4


def holds_verdict(text: str) -> bool:
    """Return whether a text holds what an agent writes of a packet, whole or in part."""
    return any(_stands(mark, around, text) for mark, around in _AROUND.items())


def _stands(mark: str, around: re.Pattern[str], text: str) -> bool:
    at = text.find(mark)
    for _ in range(_MAX_OCCURRENCES):
        if at < 0:
            return False
        if around.search(text, max(0, at - _BEFORE), at + _AFTER):
            return True
        at = text.find(mark, at + 1)
    return False
