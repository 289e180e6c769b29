"""Network policies were switched off while policies were in force, and agents crash since."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskAgain, Fault, Fine, Question
from netpolwatch.correlation.words import clock_us
from netpolwatch.kubernetes.enforcing import DAEMONSET
from netpolwatch.kubernetes.facts import AnyFact, DaemonSetSeen
from netpolwatch.kubernetes.identity import Knowledge

_AFTER_MS: Final = 15 * 60_000
_FLAG: Final = "enable-network-policy"
_LEAST_RESTARTS: Final = 2


@dataclass(frozen=True, slots=True)
class DisabledWithPolicies:
    """Asks of each write of `aws-node` that has the feature off."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a DaemonSet whose agent is told to enforce nothing."""
        if not isinstance(fact, DaemonSetSeen) or fact.name != DAEMONSET:
            return
        if fact.flags.get(_FLAG) == "false":
            yield question_of(fact, self.watch, (), self.after_ms, what=f"--{_FLAG}=false")

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: policies of all namespaces are of interest."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where an agent crashes, and a policy was in force when it was told."""
        activity, asked_us = knowledge.activity, question.asked_at_ms * 1000
        settings = activity.agents.settings(as_of_ms * 1000)
        if settings is not None and settings.flags.get(_FLAG) == "true":
            return Fine(settings.at_us // 1000)
        in_force = sum(
            len(knowledge.policies(namespace, question.asked_at_ms))
            for namespace in activity.policy_namespaces()
        )
        if not in_force:
            return Fine()
        crashes = [each for each in activity.agents.crashes(asked_us, as_of_ms * 1000)
                   if each.restarts >= _LEAST_RESTARTS]  # fmt: skip
        if not crashes:
            late_ms = question.asked_at_ms + 2 * self.after_ms
            return AskAgain(late_ms) if as_of_ms < late_ms else Fine()
        last = crashes[-1]
        return Fault(
            {"node": last.node, "pod": last.name, "policies": in_force},
            f"{question.evidence}; {in_force} NetworkPolicies were in force, and the agent of "
            f"{last.name} waits for its start number {last.restarts + 1} at {clock_us(last.at_us)}",
            "medium",
        )


def disabled_with_policies(
    watch: str, after_ms: int | None, _options: Options
) -> DisabledWithPolicies:
    """Return the detector for a watch."""
    return DisabledWithPolicies(watch, after_ms or _AFTER_MS)
