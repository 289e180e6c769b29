"""What both kinds of filter patterns share: their bound, their error, and `%regex%`.

Source: "Supported regular expressions (regex) syntax" of the CloudWatch Logs user guide.
"""

import re
from typing import Final

MAX_PATTERN_CHARS: Final = 1024
"""Of a subscription filter (PutSubscriptionFilter)."""

# The guide names the space in one example only, and has no way to write a percent sign.
_CHARS = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.\s]+")
_ESCAPES = re.compile(r"(?:[^\\]|\\(?:x[0-9A-Fa-f]{2}|[dDsSwW]|[^A-Za-z0-9]))*")


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse; says why."""


def compiled(text: str) -> re.Pattern[str]:
    """Read what stands between two percent signs; raises `PatternError`."""
    if not _CHARS.fullmatch(text):
        raise PatternError(f"%{text}% holds characters that the syntax does not know")
    if not _ESCAPES.fullmatch(text):
        raise PatternError(f"%{text}% holds an escape that the syntax does not know")
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError) as error:
        raise PatternError(f"%{text}%: {error}") from None
