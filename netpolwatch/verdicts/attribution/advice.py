"""What to change, where a violation may be a rule that somebody forgot: a suggestion to review."""

from typing import NamedTuple

from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.policy.evaluate import Decision
from netpolwatch.kubernetes.policy.suggest import NoSuggestion, Suggestion, Wanted, suggest
from netpolwatch.verdicts.attribution.asking import Answered, Asking
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.review import notes_of
from netpolwatch.verdicts.disposition import POLICY_TIERS


class Advice(NamedTuple):
    """A suggestion, and what a reviewer must know of it, a sentence each; the first names it."""

    suggestion: Suggestion
    notes: tuple[str, ...]


class Adviser:
    """Suggests changes of a cluster's policies as they are known last."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._explainer = Explainer(knowledge)

    def advise(self, told: Explanation) -> Advice | NoSuggestion | None:
        """Suggest a change; `None` for what is no violation."""
        if told.disposition != "violation" or told.direction is None:
            return None
        unfit = self._unfit(told)
        if unfit:
            return NoSuggestion(unfit)
        asking = Asking(told, self._knowledge)
        then, answered = asking.decide(told.direction), asking.decide_now(told.direction)
        now, isolating = answered.decision, answered.isolating
        settled = (
            _by_cluster(then, answered)
            or _settled(then.decision, now)
            or asking.unfit_for_change(told.direction)
        )
        if settled:
            return NoSuggestion(settled)
        ends = _short(told.source), _short(told.destination)
        wanted = Wanted(asking.connection, told.direction, *ends)
        namespace = asking.connection.decider(told.direction).namespace or ""
        found = suggest(wanted, isolating, asking.names(namespace))
        if isinstance(found, NoSuggestion):
            return found
        return Advice(found, tuple(notes_of(told, wanted, found, asking, now)))

    def _unfit(self, told: Explanation) -> str | None:
        if told.flow.tier in POLICY_TIERS:
            return f"a ClusterNetworkPolicy of tier {told.flow.tier} decided"
        if "unknown" in (told.source.kind, told.destination.kind):
            return "who had one of the addresses is not known"
        if self._explainer.is_answer(told):
            return "the packet has an answer's shape: its connection's rule is what is missing"
        return None


def _by_cluster(*answers: Answered) -> str | None:
    """Return that a ClusterNetworkPolicy denies it, then or now."""
    for answered in answers:
        if answered.by_cluster is not None and answered.decision.allowed is False:
            return f"{answered.by_cluster.name} denies it: that is to be changed"
    return None


def _settled(then: Decision, now: Decision) -> str | None:
    """Tell why there is no rule to add, from what policies said then and say now."""
    if now.allowed:
        return "the policies that are known last let it through"
    if then.allowed is not False or now.allowed is None:
        return "whether the policies deny it is not certain"
    if not now.isolating:
        return ("in strict mode the pod needs policies of its own, for both directions: one for"
                " this alone may open the other")  # fmt: skip
    return None


def _short(identity: Identity) -> str:
    """Call an end by one name: its workload's, else its own, else its address."""
    workload = identity.workload
    return (workload.name if workload else identity.name) or identity.address or "unknown"
