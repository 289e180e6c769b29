"""What the known issues are seen by does not arrive: verdicts that should be published are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, Question
from netpolwatch.correlation.words import clock
from netpolwatch.kubernetes.enforcing import DAEMONSET
from netpolwatch.kubernetes.facts import AnyFact, DaemonSetSeen, VerdictsHeard
from netpolwatch.kubernetes.identity import Knowledge

_AFTER_MS: Final = 24 * 3_600_000
_SLOT_MS: Final = 3_600_000
_AUDIT_MS: Final = 30 * 60_000
_FLAGS: Final = ("enable-network-policy", "enable-policy-event-logs", "enable-cloudwatch-logs")
_VERDICTS, _AUDIT = "verdicts", "audit log"


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """Asks of each `aws-node` that is to publish verdicts, and each hour of verdicts alone."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question where verdicts are to come, and one an hour where they do."""
        match fact:
            case DaemonSetSeen() if fact.name == DAEMONSET and _publishes(fact):
                yield question_of(fact, self.watch, (_VERDICTS,), self.after_ms, what=fact.name)
            case VerdictsHeard():
                hour_ms = fact.at_us // 1000
                hour_ms -= hour_ms % _SLOT_MS
                yield Question(self.watch, (_AUDIT,), hour_ms, hour_ms + _SLOT_MS)
            case _:
                return

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: it is about what was heard."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where one log is silent, and the other shows that it should not be."""
        (missing,) = question.subject
        since_us, until_us = question.asked_at_ms * 1000, as_of_ms * 1000
        activity = knowledge.activity
        if missing == _AUDIT:
            last_us = activity.audit.last_us(until_us)
            # An input without any audit event is one of verdicts: nobody expects it.
            if last_us is None or until_us - last_us < _AUDIT_MS * 1000:
                return Fine()
            said = f"verdicts arrive at {clock(as_of_ms)}, and the last audit event is of "
            return Fault({"missing": _AUDIT}, said + clock(last_us // 1000), "medium")
        in_force = any(
            knowledge.policies(namespace, as_of_ms) for namespace in activity.policy_namespaces()
        )
        settings = activity.agents.settings(until_us)
        if not in_force or settings is None or not _publishes(settings):
            return Fine()
        if activity.agents.any_verdict(since_us, until_us):
            return Fine()
        said = f"{question.evidence}; policies are in force, and no verdict arrived until "
        return Fault({"missing": _VERDICTS}, said + clock(as_of_ms), "medium")


def blind_spots(watch: str, after_ms: int | None, _options: Options) -> BlindSpots:
    """Return the detector for a watch."""
    return BlindSpots(watch, after_ms or _AFTER_MS)


def _publishes(settings: DaemonSetSeen) -> bool:
    return all(settings.flags.get(flag) == "true" for flag in _FLAGS)
