"""Settings of the VPC CNI that cannot work together, as one body of `aws-node` shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskOthers, Fault, Fine, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.enforcing import DAEMONSET
from netpolwatch.kubernetes.facts import AnyFact, DaemonSetSeen
from netpolwatch.kubernetes.identity import Knowledge

_AFTER_MS: Final = 60_000
_POLICY, _LOGS, _CLOUDWATCH, _LEVEL = (
    "enable-network-policy", "enable-policy-event-logs", "enable-cloudwatch-logs", "log-level",
)  # fmt: skip
_MODE: Final = "NETWORK_POLICY_ENFORCING_MODE"
_QUIET: Final = ("warn", "warning", "error", "fatal", "panic")


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Asks of each write of `aws-node`."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a write of the DaemonSet."""
        if isinstance(fact, DaemonSetSeen) and fact.name == DAEMONSET and not fact.gone:
            what = f"{fact.namespace}/{fact.name}"
            yield question_of(fact, self.watch, (), self.after_ms, what=what)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: it is one object of a cluster."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault for a contradiction that is still there."""
        settings = knowledge.activity.agents.settings(as_of_ms * 1000)
        found = {} if settings is None else dict(_contradictions(settings))
        if not question.subject:
            return AskOthers(tuple(_of_one(question, name) for name in sorted(found)))
        (name,) = question.subject
        if settings is None or name not in found:
            return Fine()
        return Fault(
            {"contradiction": name},
            f"{question.evidence}; as of {clock(as_of_ms)} aws-node has {found[name]} "
            f"(since {clock_us(settings.at_us)})",
        )


def contradictions(watch: str, after_ms: int | None, _options: Options) -> Contradictions:
    """Return the detector for a watch."""
    return Contradictions(watch, after_ms or _AFTER_MS)


def _contradictions(settings: DaemonSetSeen) -> Iterator[tuple[str, str]]:
    """Yield names of contradictions, and the settings that make each."""
    flags = settings.flags
    enforces = flags.get(_POLICY) == "true"
    if flags.get(_CLOUDWATCH) == "true" and flags.get(_LOGS) != "true":
        yield "cloudwatch-without-verdicts", f"--{_CLOUDWATCH}=true without --{_LOGS}=true"
    if flags.get(_LOGS) == "true" and flags.get(_LEVEL, "").lower() in _QUIET:
        yield "verdicts-below-log-level", f"--{_LOGS}=true with --{_LEVEL}={flags[_LEVEL]}"
    mode = settings.environment.get(_MODE, "").strip().lower()
    if mode and not settings.has_agent:
        yield "mode-without-agent", f"{_MODE}={mode} without the agent's container"
    elif mode == "strict" and settings.has_agent and not enforces and _POLICY in flags:
        yield "strict-mode-switched-off", f"{_MODE}=strict with --{_POLICY}={flags[_POLICY]}"


def _of_one(question: Question, name: str) -> Question:
    return Question(
        watch=question.watch,
        subject=(name,),
        asked_at_ms=question.asked_at_ms,
        due_at_ms=question.due_at_ms,
        evidence=question.evidence,
    )
