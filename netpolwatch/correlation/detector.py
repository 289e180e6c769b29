"""What a detector of faults between objects is."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from netpolwatch.correlation.question import Answer, Question
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge

Options = Mapping[str, tuple[str, ...]]


class ObjectDetector(Protocol):
    """Asks and answers the questions of one rule; holds no state."""

    @property
    def by_absence(self) -> bool:
        """Whether a fault is that something did not happen: its log must have no gap then."""

    def wakes(self, fact: AnyFact) -> Iterable[Question]:
        """Yield the questions that a fact asks; pure, of nothing but the fact."""

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the objects that an answer rests on, by their names in `identity.entities`."""

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return the answer as of a time (ms since 1970, UTC); pure."""


Build = Callable[[str, int | None, Options], ObjectDetector]
"""Makes a detector for a watch: its id, the time after which a question is due (ms), options."""
