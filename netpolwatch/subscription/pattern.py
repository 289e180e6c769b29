r"""CloudWatch Logs filter patterns for text: terms, phrases, `?` optional, `-` excluded, `%regex%`.

Source: "Filter pattern syntax" of the CloudWatch Logs user guide. A term is a word, or anything in
quotes; all must match, but of the optional ones one is enough, and beside plain terms the optional
ones do not count. The guide does not say whether a term matches within a word; it names regular
expressions as the way to match a part of one. So a term is read as whole words here: what passes
by this reading passes by the wider one, too. JSON and space-delimited patterns are refused.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_PATTERN_CHARS: Final = 1024
"""Of a subscription filter (PutSubscriptionFilter)."""

_TERM = re.compile(
    r"""\s*(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s"%]+))"""
)
_REGEX_CHARS = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.\s]+")
_WORD = re.compile(r"[A-Za-z0-9_]")


class PatternError(ValueError):
    """A pattern that CloudWatch Logs would refuse, or that is not for text; says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that is read: what all, one, or none of must be there."""

    needed: tuple[re.Pattern[str], ...] = ()
    optional: tuple[re.Pattern[str], ...] = ()
    excluded: tuple[re.Pattern[str], ...] = ()

    def matches(self, message: str) -> bool:
        """Tell whether an event passes; an empty pattern passes everything."""
        if any(term.search(message) for term in self.excluded):
            return False
        if self.needed:
            return all(term.search(message) for term in self.needed)
        return not self.optional or any(term.search(message) for term in self.optional)


def parse(text: str) -> Pattern:
    """Read a pattern; raises `PatternError`."""
    if len(text) > MAX_PATTERN_CHARS:
        raise PatternError(f"longer than {MAX_PATTERN_CHARS} characters")
    if text.lstrip()[:1] in ("{", "["):
        raise PatternError("a JSON or space-delimited pattern: it passes no text at all")
    terms: dict[str, list[re.Pattern[str]]] = {"": [], "?": [], "-": []}
    at = 0
    while text[at:].strip():
        found = _TERM.match(text, at)
        if found is None:
            raise PatternError(f"a quote or a percent sign without its end, at {at}")
        terms[found["sign"]].append(_compiled(found))
        at = found.end()
    return Pattern(tuple(terms[""]), tuple(terms["?"]), tuple(terms["-"]))


def _compiled(found: re.Match[str]) -> re.Pattern[str]:
    if found["regex"] is not None:
        return _regex(found["regex"])
    if found["quoted"] is None:
        word = found["word"]
        if not re.fullmatch(r"\w+", word):
            raise PatternError(f"{word!r} needs quotes: it holds more than letters and digits")
        return whole(word)
    quoted = re.sub(r"\\(.)", r"\1", found["quoted"])
    if not quoted:
        raise PatternError("an empty term")
    return whole(quoted)


def whole(term: str) -> re.Pattern[str]:
    """Make the search for a term as whole words."""
    before = r"(?<![A-Za-z0-9_])" if _WORD.match(term[0]) else ""
    after = r"(?![A-Za-z0-9_])" if _WORD.match(term[-1]) else ""
    return re.compile(before + re.escape(term) + after)


def _regex(text: str) -> re.Pattern[str]:
    if not _REGEX_CHARS.fullmatch(text):
        raise PatternError(f"%{text}% holds characters that the syntax does not know")
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise PatternError(f"%{text}%: {error}") from None
