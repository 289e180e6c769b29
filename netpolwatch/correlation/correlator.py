"""The questions of one cluster on a laptop: a heap, until the audit log was heard past them.

A deployment keeps them in a queue instead, and shares `Watches`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from netpolwatch.correlation.question import Question
from netpolwatch.correlation.watches import Settled, Watches
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge

LATENESS_MS: Final = 60_000
"""Streams of one cluster can be so far apart: a question waits for them."""

MAX_PENDING: Final = 100_000
_MAX_REMEMBERED: Final = 4 * MAX_PENDING
"""Questions that are known when they are asked again."""


@dataclass(slots=True)
class Correlator:
    """The questions of one cluster.

    Attributes
    ----------
    unanswered
        Questions that were given up, by the reason.
    """

    watches: Watches
    knowledge: Knowledge = field(default_factory=Knowledge)
    unanswered: Counter[str] = field(default_factory=Counter)
    _pending: list[tuple[int, str, Question]] = field(default_factory=list)
    _asked: dict[str, None] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """Questions that are not due yet, or for which too little was heard."""
        return len(self._pending)

    def take(self, facts: Sequence[AnyFact]) -> None:
        """Learn facts, and remember the questions that they ask; beyond the bound, count them."""
        self.knowledge.learn(facts)
        for fact in facts:
            for question in self.watches.wake(fact):
                self._ask(question)

    def answer(self, heard_ms: int) -> Settled:
        """Answer what is due, the audit log being heard until a time (ms since 1970, UTC)."""
        answers: list[Settled] = []
        while self._pending and self._pending[0][0] + LATENESS_MS <= heard_ms:
            settled = self.watches.settle(heappop(self._pending)[2], self.knowledge)
            answers.append(settled)
            if settled.unanswered is not None:
                self.unanswered[settled.unanswered] += 1
            for question in settled.questions:
                self._push(question)
        return Settled(
            sightings=tuple(seen for each in answers for seen in each.sightings),
            endings=tuple(ending for each in answers for ending in each.endings),
        )

    def _ask(self, question: Question) -> None:
        if question.key in self._asked:
            return
        if len(self._pending) >= MAX_PENDING:
            self.unanswered["too many questions"] += 1
            return
        self._asked[question.key] = None
        if len(self._asked) > _MAX_REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._push(question)

    def _push(self, question: Question) -> None:
        heappush(self._pending, (question.due_at_ms, question.key, question))
