"""A listing shows a ClusterRole that network policies live by without one of its rights."""

from collections.abc import Iterator
from dataclasses import dataclass

from netpolwatch.catalogue.feature_roles import required_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, Question
from netpolwatch.correlation.words import clock
from netpolwatch.kubernetes.facts import AnyFact, RoleListed
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.rights import missing_rights


@dataclass(frozen=True, slots=True)
class RoleRights:
    """Asks of each listed role of the agent's and the controller's; a listing says all at once."""

    watch: str
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question, due whatever was heard, for a role that rights are required of."""
        if isinstance(fact, RoleListed) and required_of(fact.name) is not None:
            yield Question(self.watch, (fact.name,), asked_at_ms=fact.at_us // 1000, due_at_ms=0)

    def needs(self, _question: Question) -> tuple[str, ...]:
        """Return nothing: listings are not stored."""
        return ()

    def answer(self, question: Question, knowledge: Knowledge, _as_of_ms: int) -> Answer:
        """Return a fault where the listed role lacks a right."""
        (name,) = question.subject
        listed = knowledge.activity.listed_role(name, question.asked_at_ms * 1000 + 999)
        required = required_of(name)
        if listed is None or required is None:
            return Fine()
        missing = missing_rights(required, listed.rules)
        if not missing:
            return Fine()
        return Fault(
            {"resource": "clusterroles", "name": name, "missing": missing},
            f"{clock(question.asked_at_ms)} the listed ClusterRole {name} lacks {missing}",
            seen_at_ms=question.asked_at_ms,
        )


def role_rights(watch: str, _after_ms: int | None, _options: Options) -> RoleRights:
    """Return the detector for a watch."""
    return RoleRights(watch)
