r"""CloudWatch Logs filter patterns: terms, phrases, `?` optional, `-` excluded, `%regex%`; JSON.

Source: "Filter pattern syntax" of the CloudWatch Logs user guide. A term is a word, or anything in
quotes; all must match, or one of the optional ones, which do not count beside others of any kind.
The guide shows by example that a term matches within a word ("ERROR" in "ERRORCODE"), and does not
say it as a rule. So a term is read as whole words unless it is asked for otherwise: what passes
then passes by either reading. For JSON (`{ … }`) see `netpolwatch.subscription.selectors`;
space-delimited patterns (`[ … ]`) are refused.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from netpolwatch.subscription.regex import MAX_PATTERN_CHARS, PatternError, Regex
from netpolwatch.subscription.selectors import JsonPattern, parse_selectors

__all__ = [
    "MAX_PATTERN_CHARS",
    "JsonPattern",
    "Pattern",
    "PatternError",
    "parse",
    "parse_text",
    "whole",
]

_TERM = re.compile(
    r"""\s*(?P<sign>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s"%]+))"""
)
_WORD = re.compile(r"[A-Za-z0-9_]")
_ANYTHING = re.compile("")

Term = re.Pattern[str] | Regex


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for text that is read: what all, one, or none of must be there."""

    needed: tuple[Term, ...] = ()
    optional: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()

    def matches(self, message: str) -> bool:
        """Tell whether an event passes; an empty pattern passes everything."""
        if self.needed or self.excluded:
            return all(term.search(message) for term in self.needed) and not any(
                term.search(message) for term in self.excluded
            )
        return not self.optional or any(term.search(message) for term in self.optional)


def parse(text: str, *, within_words: bool = False) -> Pattern | JsonPattern:
    """Read a pattern of either kind; raises `PatternError`.

    `within_words` lets a term match inside a longer word, as the guide's examples do.
    """
    if len(text) > MAX_PATTERN_CHARS:
        raise PatternError(f"longer than {MAX_PATTERN_CHARS} characters")
    if text.lstrip().startswith("{"):
        return parse_selectors(text)
    return parse_text(text, within_words=within_words)


def parse_text(text: str, *, within_words: bool = False) -> Pattern:
    """Read a pattern for text; raises `PatternError`."""
    if len(text) > MAX_PATTERN_CHARS:
        raise PatternError(f"longer than {MAX_PATTERN_CHARS} characters")
    if text.lstrip().startswith("["):
        raise PatternError("a space-delimited pattern: those are not supported here")
    if text.lstrip().startswith("{"):
        raise PatternError("a JSON pattern: it passes no text at all")
    terms: dict[str, list[Term]] = {"": [], "?": [], "-": []}
    at = 0
    while text[at:].strip():
        found = _TERM.match(text, at)
        if found is None:
            raise PatternError(f"a quote or a percent sign without its end, at {at}")
        terms[found["sign"]].append(_compiled(found, _within if within_words else whole))
        at = found.end()
    return Pattern(tuple(terms[""]), tuple(terms["?"]), tuple(terms["-"]))


def _compiled(found: re.Match[str], search: Callable[[str], re.Pattern[str]]) -> Term:
    if found["regex"] is not None:
        return Regex(found["regex"])
    if found["quoted"] is None:
        word = found["word"]
        if not re.fullmatch(r"\w+", word):
            raise PatternError(f"{word!r} needs quotes: it holds more than letters and digits")
        return search(word)
    quoted = re.sub(r"\\(.)", r"\1", found["quoted"])
    if not quoted:
        raise PatternError("an empty term")
    # The guide: a blank in quotes matches everything.
    return search(quoted) if quoted.strip() else _ANYTHING


def _within(term: str) -> re.Pattern[str]:
    return re.compile(re.escape(term))


def whole(term: str) -> re.Pattern[str]:
    """Make the search for a term as whole words."""
    before = r"(?<![A-Za-z0-9_])" if _WORD.match(term[0]) else ""
    after = r"(?![A-Za-z0-9_])" if _WORD.match(term[-1]) else ""
    return re.compile(before + re.escape(term) + after)
