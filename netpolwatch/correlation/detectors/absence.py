"""A without B: an event was seen, and the one that should follow it was not, of the same names.

Both are `signal` rules of the entry; so a private entry needs no code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, Question
from netpolwatch.correlation.words import clock
from netpolwatch.kubernetes.facts import AnyFact, SignalSeen
from netpolwatch.kubernetes.identity import Knowledge


@dataclass(frozen=True, slots=True)
class Absence:
    """Asks of each event of the first rule whether one of the second followed.

    Attributes
    ----------
    first, then
        The two rules, each `issue/rule`.
    fields
        What their names are called.
    """

    watch: str
    after_ms: int
    first: str
    then: str
    fields: tuple[str, ...]
    by_absence: bool = True

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for an event of the first rule."""
        if isinstance(fact, SignalSeen) and fact.rule == self.first:
            yield question_of(fact, self.watch, fact.names, self.after_ms)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: signals are remembered where they are read."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where nothing of the second rule was seen since."""
        since_us, until_us = question.asked_at_ms * 1000, as_of_ms * 1000
        names = question.subject
        followed = knowledge.activity.signals(self.then, names, since_us, until_us)
        if followed:
            return Fine(followed[0].at_us // 1000)
        rule = self.then.partition("/")[2]
        return Fault(
            dict(zip(self.fields, names, strict=True)),
            f"{question.evidence}; no {rule} was seen until {clock(as_of_ms)}",
        )


def absence(watch: str, after_ms: int | None, options: Options) -> Absence:
    """Return the detector for a watch; its options name two rules of the entry, and fields."""
    issue = watch.partition("/")[0]
    first, then = (f"{issue}/{rule}" for rule in options["rules"])
    return Absence(watch, after_ms or 0, first, then, tuple(options["group_by"]))
