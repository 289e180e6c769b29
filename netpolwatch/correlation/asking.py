"""How a fact becomes a question."""

from netpolwatch.correlation.question import Question, Subject
from netpolwatch.correlation.words import said_by
from netpolwatch.kubernetes.facts import Fact


def question_of(
    fact: Fact, watch: str, subject: Subject, after_ms: int, cause: str = "", what: str = ""
) -> Question:
    """Return a question that a fact asks, due `after_ms` later; `what` names what it is about."""
    asked_at_ms = fact.at_us // 1000
    return Question(
        watch=watch,
        subject=subject,
        asked_at_ms=asked_at_ms,
        due_at_ms=asked_at_ms + after_ms,
        cause=cause,
        evidence=said_by(fact, what or "/".join(subject)),
    )
