"""What both kinds of filter patterns share: their bound, their error, and `%regex%`.

Source: "Supported regular expressions (regex) syntax" of the CloudWatch Logs user guide. What the
guide does not name is refused: it has no groups, so an expression is alternatives of pieces.
hyperscan searches in time linear in the text, whatever was written.
"""

import re
from typing import Final

import hyperscan

MAX_PATTERN_CHARS: Final = 1024
"""Of a subscription filter (PutSubscriptionFilter)."""

# The guide names the space in one example only, and has no way to write a percent sign.
_CHARS = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.\s]+")
_ESCAPED = r"\\(?:x[0-7][0-9A-Fa-f]|[^A-Za-z0-9])"
_CLASS = r"\\[dDsSwW]"
_MEMBER = rf"(?:{_CLASS}(?!-)|(?:{_ESCAPED}|[^\\\]])(?:-(?:{_ESCAPED}|[^\\\]]))?)"
_PIECE = re.compile(
    rf"[|^]|(?P<end>\$)|(?:\[\^?{_MEMBER}+\]|{_CLASS}|{_ESCAPED}|[^\\\[\]{{}}*+?|^$])"
    r"(?:[*+?]|\{(?P<least>\d{0,4})(?P<most>,?\d{0,4})\})?"
)
_FLAGS: Final = (
    hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_UTF8
)


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse; says why."""


class Regex:
    """An expression that is read; raises `PatternError`."""

    def __init__(self, text: str) -> None:
        self._database = hyperscan.Database()
        try:
            self._database.compile(
                expressions=[_translated(text).encode()], ids=[0], flags=[_FLAGS]
            )
        except hyperscan.error as error:
            raise PatternError(f"%{text}% is no expression: {error}") from None

    def search(self, text: str) -> bool:
        """Tell whether it stands somewhere in a text."""
        found: list[int] = []

        def seen(_id: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append(end)

        self._database.scan(text.encode("utf-8", "replace"), match_event_handler=seen)
        return bool(found)


def _translated(text: str) -> str:
    """Check an expression piece by piece, and write it as hyperscan reads it."""
    if not _CHARS.fullmatch(text):
        raise PatternError(f"%{text}% holds characters that the syntax does not know")
    at, pieces = 0, list[str]()
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise PatternError(f"%{text}% cannot go on with {text[at : at + 10]!r}")
        pieces.append(_piece(found))
        at = found.end()
    return "".join(pieces)


def _piece(found: re.Match[str]) -> str:
    if found["end"]:
        # Its own dollar sign also stands before a last line break.
        return r"\z"
    if found["least"] is None:
        return found[0]
    if found["most"] in ("", ",") and not found["least"]:
        raise PatternError(f"{found[0]} is no number of times")
    return found[0].replace("{,", "{0,")
