"""Judgement by objects in the place that the window keeps for it."""

from netpolwatch.flows.model import Contest, Flow, Judgement
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.identity.model import claimants
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.judging import (
    NOBODY_KNOWN,
    NODES_OWN,
    NOT_BY_POLICIES,
    PEER_UNKNOWN,
    SIDE_UNKNOWN,
)
from netpolwatch.verdicts.disposition import is_client_port


class ByObjects:
    """Overrules what a DENY's line and neighbours say, where the policies of its time are known."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._explainer = Explainer(knowledge)

    def overrule(self, flow: Flow, _moment: int, judgement: Judgement) -> Judgement | None:
        """Judge a DENY by policies and pods; `None` where they leave it open or are unsure.

        A violation that only the ports tell of is not one where nobody knows the deciding pod.
        Where an address has several owners the line's word stands, and nobody is sure of it.
        """
        told = self._explainer.explain(flow)
        if told.disposition is None or told.confidence is None:
            return None
        contest = _contest(told)
        if contest is not None:
            reasons = (told.sentence, *judgement.reasons)
            return Judgement(judgement.disposition, "low", reasons, contest=contest)
        undecided = told.why in (NOBODY_KNOWN, SIDE_UNKNOWN, PEER_UNKNOWN)
        doubted = undecided and judgement.disposition == "violation"
        if told.confidence == "low" and not doubted:
            return None
        asks = told.why == NODES_OWN and is_client_port(flow.source_port)
        return Judgement(
            told.disposition,
            told.confidence,
            (told.sentence, *judgement.reasons),
            "its-node" if asks else None,
            "allow" if self._is_allowed(told) else None,
        )

    def _is_allowed(self, told: Explanation) -> bool:
        """Tell whether policies allow a request that was denied: the agent does otherwise."""
        by_policies = told.flow.tier not in NOT_BY_POLICIES and told.why != NODES_OWN
        is_wrong = told.disposition == "agent-state" and by_policies
        return is_wrong and not self._explainer.is_answer(told)


def _contest(told: Explanation) -> Contest | None:
    for end in (told.source, told.destination):
        if end.contested_by and end.address is not None:
            return Contest(end.address, claimants(end))
    return None
