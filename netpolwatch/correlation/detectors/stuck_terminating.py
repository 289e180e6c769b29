"""A NetworkPolicy was deleted, and its controller does not take its finalizer off."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.facts import AnyFact, PolicySeen
from netpolwatch.kubernetes.identity import Knowledge, entities

_AFTER_MS: Final = 15 * 60_000
_FINALIZERS: Final = "networking.k8s.aws/"


@dataclass(frozen=True, slots=True)
class StuckTerminating:
    """Asks of each policy whose delete waits for the network policy controller."""

    watch: str
    after_ms: int
    by_absence: bool = True

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a delete that was answered with a finalizer of the controller's."""
        if isinstance(fact, PolicySeen) and fact.event and fact.deleting:
            waits_for = (text for text in fact.finalizers or () if text.startswith(_FINALIZERS))
            if any(waits_for):
                yield question_of(fact, self.watch, (fact.namespace, fact.name), self.after_ms)

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the policies of its namespace."""
        return (entities.policies(question.subject[0]),)

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the policy still waits."""
        namespace, name = question.subject
        waiting = [
            each
            for each in knowledge.policies(namespace, as_of_ms)
            if each.name == name and each.terminating
        ]
        if not waiting:
            return Fine()
        last_us = knowledge.activity.controller.last_us(as_of_ms * 1000)
        heard = "never heard" if last_us is None else f"last heard at {clock_us(last_us)}"
        return Fault(
            {"namespace": namespace, "policy": name},
            f"{question.evidence}; its finalizer is still there at {clock(as_of_ms)}, and the "
            f"controller was {heard}",
        )


def stuck_terminating(watch: str, after_ms: int | None, _options: Options) -> StuckTerminating:
    """Return the detector for a watch."""
    return StuckTerminating(watch, after_ms or _AFTER_MS)
