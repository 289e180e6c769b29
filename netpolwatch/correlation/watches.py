"""The rules over objects of a catalogue: who asks what, and what an answer comes to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from netpolwatch.catalogue.model import Entry, Rule
from netpolwatch.catalogue.sighting import MAX_EVIDENCE_CHARS, Sighting
from netpolwatch.correlation.detector import ObjectDetector
from netpolwatch.correlation.detectors import DETECTORS
from netpolwatch.correlation.question import (
    Answer,
    AskAgain,
    AskOthers,
    Fault,
    Fine,
    NotKnown,
    Question,
)
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge

MAX_GAP_MS: Final = 10 * 60_000
"""Nodes' heartbeats are at most five minutes apart: a longer silence is a gap in the log."""

RECHECK_MS: Final = 15 * 60_000
"""How often it is asked whether a fault is over."""

_MAX_TRIES: Final = 3
_MAX_STANDING_MS: Final = 72 * 3_600_000
"""Since a question was asked: then its fault ends by silence."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer comes to.

    Attributes
    ----------
    sightings, endings
        A fault that is there, or one that is over.
    questions
        What is to be asked next.
    unanswered
        Why the question was given up.
    """

    sightings: tuple[Sighting, ...] = ()
    endings: tuple[Sighting, ...] = ()
    questions: tuple[Question, ...] = ()
    unanswered: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A rule over objects, ready to ask and to answer; `recovery` tells the fault's end."""

    entry: Entry
    rule: Rule
    detector: ObjectDetector
    recovery: Rule | None

    def settle(self, question: Question, knowledge: Knowledge) -> Settled:
        """Answer a question as of its own time."""
        match self._answer(question, knowledge):
            case Fault() as fault:
                found = () if question.found is not None else (self._sighting(question, fault),)
                return Settled(sightings=found, questions=self._until_over(question, fault))
            case Fine() as fine:
                return Settled(endings=self._endings(question, fine))
            case AskAgain(due_at_ms=due_at_ms):
                return Settled(questions=(_asked_at(question, due_at_ms),))
            case AskOthers(questions=questions):
                return Settled(questions=questions)
            case NotKnown(why=why):
                return _unknown(question, why)

    def _answer(self, question: Question, knowledge: Knowledge) -> Answer:
        answer = self.detector.answer(question, knowledge, question.due_at_ms)
        if self.detector.by_absence and isinstance(answer, Fault):
            asked_us, due_us = question.asked_at_ms * 1000, question.due_at_ms * 1000
            silence_us = knowledge.activity.audit.longest_silence_us(asked_us, due_us)
            if silence_us > MAX_GAP_MS * 1000:
                return NotKnown("the audit log has a gap")
        return answer

    def _until_over(self, question: Question, fault: Fault) -> tuple[Question, ...]:
        due_at_ms = question.due_at_ms + RECHECK_MS
        if self.recovery is None or due_at_ms > question.asked_at_ms + _MAX_STANDING_MS:
            return ()
        found = {name: fault.fields.get(name) for name in self.entry.group_by}
        return (msgspec.structs.replace(question, found=found, tries=0, due_at_ms=due_at_ms),)

    def _sighting(self, question: Question, fault: Fault) -> Sighting:
        return Sighting(
            issue=self.entry.id,
            severity=fault.severity or self.rule.severity or self.entry.severity,
            fields=fault.fields,
            confidence=fault.confidence,
            component=self.entry.component,
            timestamp=question.due_at_ms if fault.seen_at_ms is None else fault.seen_at_ms,
            text=fault.text[:MAX_EVIDENCE_CHARS],
            weight=self.entry.threshold_of(self.rule).weight,
            rule=self.rule.name,
        )

    def _endings(self, question: Question, fine: Fine) -> tuple[Sighting, ...]:
        if question.found is None or self.recovery is None:
            return ()
        ended_at_ms = question.due_at_ms if fine.since_ms is None else fine.since_ms
        ending = Sighting(
            issue=self.entry.id,
            severity=self.entry.severity,
            fields=question.found,
            component=self.entry.component,
            timestamp=ended_at_ms,
            rule=self.recovery.name,
        )
        return (ending,)


class Watches:
    """All of them, by the ids that questions carry."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._watches = dict(_watches(entries))

    def __len__(self) -> int:
        return len(self._watches)

    def wake(self, fact: AnyFact) -> Iterator[Question]:
        """Yield the questions that a fact asks."""
        for watch in self._watches.values():
            yield from watch.detector.wakes(fact)

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the objects that an answer rests on, by their names in `identity.entities`."""
        watch = self._watches.get(question.watch)
        return watch.detector.needs(question) if watch else ()

    def settle(self, question: Question, knowledge: Knowledge) -> Settled:
        """Answer a question that is due; one of a rule that is no more comes to nothing."""
        watch = self._watches.get(question.watch)
        return watch.settle(question, knowledge) if watch else Settled()


def _watches(entries: Iterable[Entry]) -> Iterator[tuple[str, Watch]]:
    for entry in entries:
        if entry.maturity == "planned":
            continue
        of_objects = [rule for rule in entry.rules if rule.objects is not None]
        recovery = next((rule for rule in of_objects if rule.strength == "recovery"), None)
        for rule in of_objects:
            if rule.objects is not None and rule is not recovery:
                name = f"{entry.id}/{rule.name}"
                asks = rule.objects
                detector = DETECTORS[asks.detector](name, asks.after_ms, asks.options)
                yield name, Watch(entry, rule, detector, recovery)


def _unknown(question: Question, why: str) -> Settled:
    if question.tries + 1 >= _MAX_TRIES:
        return Settled(unanswered=why)
    later = msgspec.structs.replace(question, tries=question.tries + 1)
    return Settled(questions=(_asked_at(later, question.due_at_ms + MAX_GAP_MS),))


def _asked_at(question: Question, due_at_ms: int) -> Question:
    # Never at its own time again: as of each time a question has one answer.
    return msgspec.structs.replace(question, due_at_ms=max(due_at_ms, question.due_at_ms + 1))
