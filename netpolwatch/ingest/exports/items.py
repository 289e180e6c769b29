"""How YAML lists of events and objects begin: told without a reader of YAML."""

import re
from typing import Final

_OPENING: Final = re.compile(
    r"[\s\ufeff]{0,64}(?:---[ \t]*\n)?(?:"
    r"(?:[A-Za-z]{1,40}: [^\n]{0,200}\n){0,8}"
    r"(?:events|results|items|Events|Records):[ \t]*\r?\n {0,8}- "
    r"|- (?:[\"']?@?(?:message|timestamp|eventId|logStreamName|ingestionTime|field)[\"']?: "
    r"|['\"](?:Node: |\{\\?\"|Flow Info)|'?\{\"))"
)


def opens(head: str) -> bool:
    """Return whether a text begins as such a list."""
    return _OPENING.match(head) is not None
