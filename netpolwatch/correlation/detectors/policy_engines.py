"""Another policy engine runs beside the VPC CNI's, and both enforce."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskOthers, Fault, Fine, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.enforcing import DAEMONSET
from netpolwatch.kubernetes.engines import engine_of
from netpolwatch.kubernetes.facts import AnyFact, DaemonSetSeen
from netpolwatch.kubernetes.identity import Knowledge

_AFTER_MS: Final = 60_000
_FLAG: Final = "enable-network-policy"
_EVERY: Final = "*"
_OFF: Final = ("enable-policy", "never")
"""Cilium chained for its other features, without policies."""


@dataclass(frozen=True, slots=True)
class PolicyEngines:
    """Asks of each DaemonSet of another engine, and of `aws-node`."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a write of one of them."""
        if not isinstance(fact, DaemonSetSeen) or fact.gone:
            return
        what = f"{fact.namespace}/{fact.name}"
        engine = engine_of(fact.images)
        if engine is not None:
            yield question_of(fact, self.watch, (engine,), self.after_ms, what=what)
        elif fact.name == DAEMONSET and fact.flags.get(_FLAG) == "true":
            yield question_of(fact, self.watch, (_EVERY,), self.after_ms, what=what)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: DaemonSets are few."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the engine is there and the VPC CNI's agent enforces, too."""
        (engine,) = question.subject
        agents, at_us = knowledge.activity.agents, as_of_ms * 1000
        engines = dict(agents.engines(at_us))
        if engine == _EVERY:
            return AskOthers(tuple(_of_engine(question, found) for found in engines))
        settings, other = agents.settings(at_us), engines.get(engine)
        if other is None or settings is None or settings.flags.get(_FLAG) != "true":
            return Fine()
        if other.flags.get(_OFF[0]) == _OFF[1]:
            return Fine()
        return Fault(
            {"engine": engine, "namespace": other.namespace, "daemonset": other.name},
            f"{question.evidence}; as of {clock(as_of_ms)} {other.namespace}/{other.name} runs "
            f"{other.images[0]} (since {clock_us(other.at_us)}), and aws-node has --{_FLAG}=true "
            f"(since {clock_us(settings.at_us)})",
        )


def policy_engines(watch: str, after_ms: int | None, _options: Options) -> PolicyEngines:
    """Return the detector for a watch."""
    return PolicyEngines(watch, after_ms or _AFTER_MS)


def _of_engine(question: Question, engine: str) -> Question:
    return Question(
        watch=question.watch,
        subject=(engine,),
        asked_at_ms=question.asked_at_ms,
        due_at_ms=question.due_at_ms,
        evidence=question.evidence,
    )
