"""Log text made safe to show on a line: in a terminal, an e-mail, a subject."""

import re
import unicodedata

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto)(:)|\b(www)(\.)")
_UNSAFE = re.compile(r"[^\x20-\x7e]")
# Controls, formats (bidirectional overrides, zero-width), surrogates, private use, unassigned,
# line and paragraph separators, spaces that look like the common one.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# Unicode's Default_Ignorable_Code_Point among letters and marks: joiners, fillers and variation
# selectors, which can carry hidden text. The Braille blank looks like a space.
_INVISIBLE = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\u2800\U000e0100-\U000e01ef]"
)


def printable(text: str, limit: int | None = None) -> str:
    """Write what cannot be seen as escapes, so that text stays one honest line."""
    shown = _UNSAFE.sub(_visible, text)
    if limit is not None and len(shown) > limit:
        return shown[: limit - 1] + "…"
    return shown


def defused(text: str) -> str:
    """Write addresses of the web so that no mail program makes a link of them."""
    return _ADDRESS.sub(lambda found: f"{found[1] or found[3]}[{found[2] or found[4]}]", text)


def printable_ascii(text: str, limit: int) -> str:
    """Write text in printable ASCII, as an e-mail's subject asks."""
    shown = printable(text).replace("\u2026", "...").encode("ascii", "replace").decode("ascii")
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character) not in _HIDDEN and not _INVISIBLE.match(character):
        return character
    return _ESCAPES.get(character) or f"\\u{{{ord(character):x}}}"
