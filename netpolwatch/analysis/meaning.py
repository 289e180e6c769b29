"""What a pasted line may mean: the known issues that it shows, or would show under a condition.

A line on its own has lost who wrote it. Every writer that a rule knows is tried, and what had to be
true is said with each answer; nothing here counts as a sighting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.loosening import Loosener
from netpolwatch.analysis.reading import Reading
from netpolwatch.catalogue.matcher import Match, holds_words
from netpolwatch.catalogue.model import SEVERITIES, Entry, Rule, Severity
from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.wrappers.model import Unwrapped

Certainty = Literal["shown", "by-writer", "by-words"]

_CERTAINTIES: Final[tuple[Certainty, ...]] = ("shown", "by-writer", "by-words")
MAX_CHARS: Final = 262_144
_TELLING_CHARS: Final = 16


@dataclass(frozen=True, slots=True)
class Meaning:
    """A known issue that a line may show.

    Attributes
    ----------
    certainty
        `shown`: whoever wrote the line; `by-writer`: if one of `writers` wrote it; `by-words`: its
        words stand in the line, and may be quoted.
    signal
        Whether it takes more than such a line: it counts with others, or when no success follows.
    fields
        What the line says of the issue.
    """

    entry: Entry
    certainty: Certainty
    severity: Severity
    writers: tuple[str, ...] = ()
    signal: bool = False
    fields: dict[str, FieldValue] | None = None

    @property
    def condition(self) -> str:
        """What would have to be true, as a sentence."""
        sentence = {
            "shown": "The line shows it.",
            "by-writer": f"If {' or '.join(self.writers)} wrote the line.",
            "by-words": "If the line says this of itself, and does not quote it.",
        }[self.certainty]
        more = " One such line proves nothing: it counts if it repeats, or if no success follows."
        return sentence + more * self.signal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line may mean: its verdict, if it is one, and the issues, the most certain first."""

    text: str
    flow: Flow | None
    meanings: tuple[Meaning, ...]


def answers_of(analyzer: Analyzer, text: str) -> Iterator[Answer]:
    """Yield what a text may mean, once for each line that is found within it."""
    whole = Unwrapped(text[:MAX_CHARS])
    for line in Loosener(analyzer.matcher).lines(whole):
        reading = analyzer.read(line.event, line.origin)
        yield Answer(line.text, reading.flow, tuple(_meanings(analyzer, line, reading)))


def _meanings(analyzer: Analyzer, line: Unwrapped, reading: Reading) -> Sequence[Meaning]:
    found = {
        issue: Meaning(analyzer.entries[issue], "shown", analyzer.entries[issue].severity)
        for issue in (reading.flow.issues if reading.flow else ())
    }
    if reading.flow is None:
        for meaning in (*_by_writers(analyzer, line), *_by_words(analyzer, line.text)):
            found.setdefault(meaning.entry.id, meaning)
    return sorted(found.values(), key=_rank)


def _by_writers(analyzer: Analyzer, line: Unwrapped) -> Iterator[Meaning]:
    """Yield what each writer would show with the line; first what the line shows by itself."""
    own = line.origin.known_component
    matches: dict[str, dict[str | None, Match]] = {}
    for writer in (None,) if own else (None, *_writers(analyzer)):
        for match in analyzer.matcher.match_text(line.text, writer or own):
            if match.rule.strength != "recovery":
                matches.setdefault(match.entry.id, {}).setdefault(writer, match)
    for by_writer in matches.values():
        # A sighting says more than a signal of the same issue.
        best = min(by_writer.values(), key=lambda match: match.rule.strength == "signal")
        yield Meaning(
            best.entry,
            "shown" if None in by_writer else "by-writer",
            best.severity,
            () if None in by_writer else tuple(writer for writer in by_writer if writer),
            best.rule.strength == "signal",
            best.fields,
        )


def _writers(analyzer: Analyzer) -> list[str]:
    rules = (rule for entry in analyzer.entries.values() for rule in entry.rules)
    return sorted({component for rule in rules for component in rule.components})


def _by_words(analyzer: Analyzer, text: str) -> Iterator[Meaning]:
    """Yield the issues whose words stand in a line, whoever says or quotes them."""
    for entry in analyzer.entries.values():
        rules = [rule for rule in entry.rules if rule.strength != "recovery"]
        holding = [rule for rule in rules if holds_words(rule, text) or _names(rule, text)]
        if holding:
            signal = all(rule.strength == "signal" for rule in holding)
            yield Meaning(entry, "by-words", entry.severity, signal=signal)


def _names(rule: Rule, text: str) -> bool:
    """Whether a long literal of a rule stands in a line: a short one is anybody's word."""
    small = text.lower()
    return any(len(anchor) >= _TELLING_CHARS and anchor.lower() in small for anchor in rule.anchors)


def _rank(meaning: Meaning) -> tuple[int, bool, int, str]:
    return (
        _CERTAINTIES.index(meaning.certainty),
        meaning.signal,
        -SEVERITIES.index(meaning.severity),
        meaning.entry.id,
    )
