"""The running agent has a bug that is known of its version: asked once a week of each version.

Source: the agent's release notes and issues, by upstream's tags.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.catalogue.version_numbers import parse_bounds, parse_version, within
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, Question
from netpolwatch.correlation.words import clock_us
from netpolwatch.kubernetes.facts import AnyFact, RunningVersion
from netpolwatch.kubernetes.identity import Knowledge

_WEEK_MS: Final = 7 * 24 * 3_600_000
_ADVISORIES: Final = tuple(
    (parse_bounds(bounds), words)
    for bounds, words in (
        ("< v1.2.0", "a start-up race and a fault of strict mode"),
        (">= v1.3.0 < v1.3.5", "drops with tier ERROR"),
        ("< v1.3.4", "a memory leak"),
        ("< v1.3.7", "answers that bypass policies"),
        ("< v1.4.0", "pods of different namespaces that share one identity"),
    )
)
_MAX_NODES: Final = 5


@dataclass(frozen=True, slots=True)
class VersionAdvisory:
    """Asks of each version of the agent that is seen to run."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield the week's question of a version."""
        if isinstance(fact, RunningVersion) and fact.component == "agent":
            at_ms = fact.at_us // 1000
            week_ms = at_ms - at_ms % _WEEK_MS
            yield Question(self.watch, (fact.version,), week_ms, week_ms + self.after_ms)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: the versions that run are few."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the version has a known bug; the week's first word is its time."""
        (version,) = question.subject
        number = parse_version(version)
        bugs = [words for bounds, words in _ADVISORIES if number and within(bounds, number)]
        until_us = (question.asked_at_ms + _WEEK_MS) * 1000
        seen = knowledge.activity.agents.first_run(version, question.asked_at_ms * 1000, until_us)
        if not bugs or not seen or as_of_ms < question.asked_at_ms:
            return Fine()
        nodes = sorted({each.node for each in seen if each.node is not None})[:_MAX_NODES]
        where = f" on {', '.join(nodes)}" if nodes else ""
        return Fault(
            {"version": version, "bugs": "; ".join(bugs)},
            f"{clock_us(seen[0].at_us)} agent {version} runs{where}; according to upstream's tags "
            f"it has {', '.join(bugs)}",
            seen_at_ms=seen[0].at_us // 1000,
        )


def version_advisory(watch: str, after_ms: int | None, _options: Options) -> VersionAdvisory:
    """Return the detector for a watch."""
    return VersionAdvisory(watch, after_ms or 0)
