"""What both kinds of filter patterns share: their bound, their error, and `%regex%`.

Source: "Supported regular expressions (regex) syntax" of the CloudWatch Logs user guide. It has no
groups, so an expression is alternatives of pieces. A search follows the places at which it can
stand, which takes time linear in the text whatever was written; Python's own takes powers of it.
What the guide does not name is refused.
"""

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

MAX_PATTERN_CHARS: Final = 1024
"""Of a subscription filter (PutSubscriptionFilter)."""

MAX_PLACES: Final = 10_000
"""Of one expression, each repetition counted; ours: the guide names no bound."""

_MAX_KNOWN_MOVES: Final = 20_000

# The guide names the space in one example only, and has no way to write a percent sign.
_CHARS = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.\s]+")
_ONE = r"\\(?:x[0-7][0-9A-Fa-f]|[dDsSwW]|[^A-Za-z0-9])"
_PIECE = re.compile(
    rf"(?P<anchor>[\^$])|(?:\[(?P<not>\^?)(?P<set>(?:{_ONE}|[^\\\]])+)\]"
    rf"|(?P<one>{_ONE}|[^\\\[\]{{}}*+?|^$]))(?P<repeat>[*+?]|\{{\d*,?\d*\}}|)"
)
_RANGE = re.compile(
    rf"(?P<low>{_ONE}|[^\\])(?:-(?P<high>{_ONE}|[^\\]))?",
    re.DOTALL,
)
_SIGNS: Final[dict[str, tuple[int, int | None]]] = {
    "": (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None),
}  # fmt: skip
_BETWEEN = re.compile(r"\{(?P<least>\d{0,4})(?P<comma>,?)(?P<most>\d{0,4})\}")


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse; says why."""


@dataclass(frozen=True, slots=True)
class _Chars:
    """A set of characters: some of ASCII's, and all others or none."""

    ascii: frozenset[str]
    others: bool = False

    def __contains__(self, char: str) -> bool:
        return char in self.ascii if char.isascii() else self.others

    def inverse(self) -> "_Chars":
        return _Chars(_ASCII - self.ascii, not self.others)


_ASCII: Final = frozenset(map(chr, range(128)))
_NAMED: Final = {
    "d": _Chars(frozenset(string.digits)),
    "s": _Chars(frozenset(string.whitespace)),
    "w": _Chars(frozenset(string.ascii_letters + string.digits + "_")),
}
_DOT: Final = _Chars(frozenset("\n")).inverse()


@dataclass(frozen=True, slots=True)
class _Piece:
    what: _Chars | Literal["^", "$"]
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression can stand: before one of these characters, or an anchor.

    `skips` where the next place is reached without it, `stays` where it may come again.
    """

    what: _Chars | Literal["^", "$", "end"]
    skips: bool = False
    stays: bool = False


_Stand = frozenset[int]


class Regex:
    """An expression that is read; not for several threads at once: it remembers its moves."""

    def __init__(self, text: str) -> None:
        self._places: list[_Place] = []
        starts = []
        for branch in _branches(text):
            starts.append(len(self._places))
            self._places += _places(branch)
            if len(self._places) > MAX_PLACES:
                raise PatternError(f"%{text}% repeats more than {MAX_PLACES} times in all")
        self._starts = tuple(starts)
        self._ends = {at for at, place in enumerate(self._places) if place.what == "end"}
        self._moves: dict[tuple[_Stand, str], _Stand] = {}

    def search(self, text: str) -> bool:
        """Tell whether it stands somewhere in a text."""
        stand = self._closed(self._starts, first=True)
        for char in text:
            if self._is_met(stand):
                return True
            stand = self._moved(stand, char)
        # An empty text is at its beginning and at its end.
        return self._is_met(self._closed(stand, first=not text, last=True))

    def _is_met(self, stand: _Stand) -> bool:
        return not stand.isdisjoint(self._ends)

    def _moved(self, stand: _Stand, char: str) -> _Stand:
        key = (stand, char if char.isascii() else "é")
        known = self._moves.get(key)
        if known is None:
            if len(self._moves) >= _MAX_KNOWN_MOVES:
                self._moves.clear()
            known = self._moves[key] = self._closed((*self._after(stand, char), *self._starts))
        return known

    def _after(self, stand: _Stand, char: str) -> Iterator[int]:
        for at in stand:
            place = self._places[at]
            if isinstance(place.what, _Chars) and char in place.what:
                yield at if place.stays else at + 1

    def _closed(self, places: Iterable[int], *, first: bool = False, last: bool = False) -> _Stand:
        """Add the places that are reached without a character."""
        found, left = set[int](), list(places)
        while left:
            at = left.pop()
            if at in found:
                continue
            found.add(at)
            place = self._places[at]
            if place.skips or (place.what == "^" and first) or (place.what == "$" and last):
                left.append(at + 1)
        return frozenset(found)


def _branches(text: str) -> Iterator[list[_Piece]]:
    if not _CHARS.fullmatch(text):
        raise PatternError(f"%{text}% holds characters that the syntax does not know")
    at, pieces = 0, list[_Piece]()
    while at < len(text):
        if text[at] == "|":
            yield pieces
            at, pieces = at + 1, []
            continue
        found = _PIECE.match(text, at)
        if found is None:
            raise PatternError(f"%{text}% cannot go on with {text[at : at + 10]!r}")
        pieces.append(_piece(found))
        at = found.end()
    yield pieces


def _piece(found: re.Match[str]) -> _Piece:
    if found["anchor"]:
        return _Piece("^" if found["anchor"] == "^" else "$")
    if found["one"]:
        chars = _DOT if found["one"] == "." else _one(found["one"])
    else:
        chars = _set(found["set"])
        chars = chars.inverse() if found["not"] else chars
    return _Piece(chars, *_times(found["repeat"]))


def _times(repeat: str) -> tuple[int, int | None]:
    if repeat in _SIGNS:
        return _SIGNS[repeat]
    found = _BETWEEN.fullmatch(repeat)
    if found is None or not (found["least"] or found["most"]):
        raise PatternError(f"{repeat} is no number of times")
    least = int(found["least"] or 0)
    most = int(found["most"]) if found["most"] else None if found["comma"] else least
    if most is not None and most < least:
        raise PatternError(f"{repeat} is no number of times")
    return least, most


def _one(text: str) -> _Chars:
    if not text.startswith("\\"):
        return _Chars(frozenset(text))
    if text[1] == "x":
        return _Chars(frozenset(bytes.fromhex(text[2:]).decode()))
    named = _NAMED.get(text[1].lower())
    if named is None:
        return _Chars(frozenset(text[1]))
    return named if text[1].islower() else named.inverse()


def _set(text: str) -> _Chars:
    chars, others = frozenset[str](), False
    for found in _RANGE.finditer(text):
        low, high = _one(found["low"]), _one(found["high"] or found["low"])
        if found["high"]:
            low = _range(low, high, found[0])
        chars |= low.ascii
        others = others or low.others
    return _Chars(chars, others)


def _range(low: _Chars, high: _Chars, text: str) -> _Chars:
    if len(low.ascii) != 1 or len(high.ascii) != 1:
        raise PatternError(f"[{text}] is no range")
    first, last = ord(*low.ascii), ord(*high.ascii)
    if last < first:
        raise PatternError(f"[{text}] is no range")
    return _Chars(frozenset(map(chr, range(first, last + 1))))


def _places(pieces: Iterable[_Piece]) -> Iterator[_Place]:
    for piece in pieces:
        if isinstance(piece.what, str):
            yield _Place(piece.what)
            continue
        for _ in range(piece.least):
            yield _Place(piece.what)
        if piece.most is None:
            yield _Place(piece.what, skips=True, stays=True)
        else:
            for _ in range(piece.most - piece.least):
                yield _Place(piece.what, skips=True)
    yield _Place("end")
