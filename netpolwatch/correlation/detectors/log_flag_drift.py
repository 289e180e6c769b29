"""A node's agent logs verdicts though its DaemonSet has had the flag off for a while."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, NotKnown, Question
from netpolwatch.correlation.words import clock_us
from netpolwatch.kubernetes.facts import AnyFact, VerdictsHeard
from netpolwatch.kubernetes.identity import Knowledge

_SLOT_MS: Final = 15 * 60_000
_ROLLOUT_US: Final = 15 * 60_000_000
_FLAG: Final = "enable-policy-event-logs"


@dataclass(frozen=True, slots=True)
class LogFlagDrift:
    """Asks of each node that publishes verdicts, once a quarter of an hour."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield the question of a node and a quarter of an hour."""
        if isinstance(fact, VerdictsHeard):
            slot_ms = fact.at_us // 1000
            slot_ms -= slot_ms % _SLOT_MS
            yield Question(self.watch, (fact.node,), slot_ms, slot_ms + _SLOT_MS + self.after_ms)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: agents and their DaemonSet are few."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the agent's pod is younger than the flag, and logs verdicts."""
        (node,) = question.subject
        agents = knowledge.activity.agents
        end_us = min(as_of_ms, question.asked_at_ms + _SLOT_MS) * 1000 - 1
        heard_us = agents.verdicts(node).last_us(end_us)
        settings = agents.settings(end_us)
        if heard_us is None or settings is None or settings.flags.get(_FLAG) != "false":
            return Fine()
        if heard_us < settings.at_us + _ROLLOUT_US:
            return Fine()
        pod = agents.pod_on(node, heard_us)
        if pod is None:
            return NotKnown("the agent's pod of the node was not seen")
        if pod.since_us < settings.at_us:
            return Fine()
        return Fault(
            {"node": node, "pod": pod.name},
            f"{clock_us(settings.at_us)} aws-node was written with --{_FLAG}=false; {pod.name} of "
            f"the node is younger ({clock_us(pod.since_us)}), and a verdict of it was published "
            f"until {clock_us(heard_us)}",
            "high" if pod.exact or settings.source.endswith(" create") else "medium",
        )


def log_flag_drift(watch: str, after_ms: int | None, _options: Options) -> LogFlagDrift:
    """Return the detector for a watch."""
    return LogFlagDrift(watch, after_ms or 60_000)
