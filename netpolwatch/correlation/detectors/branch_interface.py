"""A pod with security groups of its own waits for its network interface: for long, or for good.

The VPC resource controller announces the interface in an annotation; from the pod's binding to that
is how long it took.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, NotKnown, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.facts import AnyFact, Binding
from netpolwatch.kubernetes.identity import Knowledge, entities

_LATE_MS: Final = 2 * 60_000
_MISSING_MS: Final = 10 * 60_000


@dataclass(frozen=True, slots=True)
class BranchInterface:
    """Asks of each pod that was bound; only those that want an interface can be at fault."""

    watch: str
    after_ms: int
    by_absence: bool = True

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a binding."""
        if isinstance(fact, Binding):
            subject = (fact.namespace, fact.name)
            what = f"{'/'.join(subject)} to {fact.node}"
            yield question_of(fact, self.watch, subject, self.after_ms, what=what)

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the pod."""
        return (entities.pod(*question.subject),)

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the pod waits for its interface while its kubelet lives."""
        namespace, name = question.subject
        life = knowledge.life(namespace, name, as_of_ms)
        if life is None or life.over(as_of_ms * 1000) or life.terminating is not None:
            return Fine()
        if life.body is None or not life.body.wants_interface or life.node is None:
            return Fine()
        made = [each.at_us for each in life.holdings
                if each.branch_eni is not None and each.at_us <= as_of_ms * 1000]  # fmt: skip
        if made:
            return Fine(min(made) // 1000)
        kubelet = knowledge.activity.kubelet(life.node)
        if not kubelet.heard(question.asked_at_ms * 1000, as_of_ms * 1000):
            return NotKnown("the node's kubelet is silent")
        heard_us = kubelet.last_us(as_of_ms * 1000) or 0
        return Fault(
            {"namespace": namespace, "pod": name, "node": life.node},
            f"{question.evidence}; no network interface was announced for it until "
            f"{clock(as_of_ms)}, and the node's kubelet was last heard at {clock_us(heard_us)}",
        )


def branch_interface_late(watch: str, after_ms: int | None, _options: Options) -> BranchInterface:
    """Return the detector of pods that wait for longer than they should."""
    return BranchInterface(watch, after_ms or _LATE_MS)


def branch_interface_missing(
    watch: str, after_ms: int | None, _options: Options
) -> BranchInterface:
    """Return the detector of pods that wait in vain."""
    return BranchInterface(watch, after_ms or _MISSING_MS)
