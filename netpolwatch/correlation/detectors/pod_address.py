"""A pod was bound to a node, and gets no address."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskAgain, Fault, Fine, NotKnown, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.facts import AnyFact, Binding
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.identity.lives import Life

_AFTER_MS: Final = 2 * 60_000
_VOLUMES_MS: Final = 5 * 60_000
_SLOW_NODES_MS: Final = 10 * 60_000
_SLOW_NODES: Final = ("fargate-", "i-")
"""How nodes of Fargate and of Auto Mode are named: they start with their first pod."""

_HEARTBEAT_MS: Final = 6 * 60_000


@dataclass(frozen=True, slots=True)
class PodWithoutAddress:
    """Asks of each pod that was bound."""

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

    def answer(  # a guard a line
        self, question: Question, knowledge: Knowledge, as_of_ms: int
    ) -> Answer:
        """Return a fault where the pod waits for an address while its kubelet lives."""
        namespace, name = question.subject
        life = knowledge.life(namespace, name, as_of_ms)
        if life is None or life.over(as_of_ms * 1000) or life.terminating is not None:
            return Fine()
        if life.holdings and life.holdings[0].at_us <= as_of_ms * 1000:
            return Fine(life.holdings[0].at_us // 1000)
        if life.body is None or life.node is None:
            return NotKnown("the pod's body was not seen")
        if life.body.host_network or life.body.wants_interface:
            return Fine()
        return self._of_waiting(question, life, life.node, knowledge, as_of_ms)

    def _of_waiting(
        self, question: Question, life: Life, node: str, knowledge: Knowledge, as_of_ms: int
    ) -> Answer:
        patience_ms = question.asked_at_ms + _patience_ms(life, self.after_ms)
        if as_of_ms < patience_ms:
            return AskAgain(patience_ms)
        kubelet = knowledge.activity.kubelet(node)
        if not kubelet.heard(question.asked_at_ms * 1000, as_of_ms * 1000):
            retry_ms = question.asked_at_ms + _HEARTBEAT_MS
            silent = NotKnown("the node's kubelet is silent")
            return AskAgain(retry_ms) if as_of_ms < retry_ms else silent
        heard_us = kubelet.last_us(as_of_ms * 1000) or 0
        namespace, name = question.subject
        return Fault(
            {"namespace": namespace, "pod": name, "node": node},
            f"{question.evidence}; it has no address at {clock(as_of_ms)}, and the node's kubelet "
            f"was last heard at {clock_us(heard_us)}",
        )


def pod_without_address(watch: str, after_ms: int | None, _options: Options) -> PodWithoutAddress:
    """Return the detector for a watch."""
    return PodWithoutAddress(watch, after_ms or _AFTER_MS)


def _patience_ms(life: Life, after_ms: int) -> int:
    if life.node is not None and life.node.startswith(_SLOW_NODES):
        return max(after_ms, _SLOW_NODES_MS)
    claims = life.body is not None and life.body.claims_volumes
    return max(after_ms, _VOLUMES_MS) if claims else after_ms
