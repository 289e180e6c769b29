"""Log text made safe to show on a line: in a terminal, an e-mail, a subject."""

import re
import unicodedata

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE = re.compile(r"[^\x20-\x7e]")
# Controls, formats (bidirectional overrides, zero-width), surrogates, private use, unassigned,
# line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str, limit: int | None = None) -> str:
    """Write what cannot be seen as escapes, so that text stays one honest line."""
    shown = _UNSAFE.sub(_visible, text)
    if limit is not None and len(shown) > limit:
        return shown[: limit - 1] + "…"
    return shown


def printable_ascii(text: str, limit: int) -> str:
    """Write text in printable ASCII, as an e-mail's subject asks."""
    shown = printable(text).encode("ascii", "replace").decode("ascii")
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return _ESCAPES.get(character) or f"\\u{{{ord(character):x}}}"
