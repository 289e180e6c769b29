"""A verdict explained: its ends, what decided, and what comes of it."""

import msgspec

from netpolwatch.flows.model import DENY, Flow
from netpolwatch.kubernetes.identity import LATEST, Identity, Knowledge
from netpolwatch.kubernetes.policy.evaluate import Decision
from netpolwatch.verdicts.address_kind import AddressKind, kind_beside
from netpolwatch.verdicts.attribution.case import NOTHING, Case
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.judging import judge_case, remark
from netpolwatch.verdicts.attribution.sentence import sentence
from netpolwatch.verdicts.attribution.side import side_of
from netpolwatch.verdicts.disposition import POLICY_TIERS


class Explainer:
    """Explains verdicts by what a cluster is known to have been."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def explain(self, flow: Flow) -> Explanation:
        """Explain one verdict; a DENY that was not judged yet is judged by its line first."""
        at_ms = LATEST if flow.timestamp is None else flow.timestamp
        source = self._owner(flow.source_ip, flow.node, at_ms)
        destination = self._owner(flow.destination_ip, flow.node, at_ms)
        case = Case(self._knowledge, flow, source, destination, at_ms)
        direction = side_of(case)
        by_name = case.opened_by_name(direction) if direction else None
        decided = case.decide(direction) if direction else NOTHING
        decision = _consulted(by_name.decision if by_name else decided, flow.tier)
        disposition, confidence, why = (
            judge_case(case, direction, decision)
            if flow.verdict == DENY
            else (None, None, remark(case, direction, decision))
        )
        return Explanation(
            flow,
            source,
            destination,
            direction,
            decision.isolating,
            decision.allowing,
            decision.nearest_miss if disposition == "violation" else None,
            disposition,
            confidence,
            flow.timestamp,
            sentence(flow, source, destination, direction, decision, disposition, why),
            why,
        )

    def _owner(self, address: str | None, node: str | None, at_ms: int) -> Identity:
        """Tell who had an address; where nobody knows, the line's node by its own name."""
        owner = self._knowledge.owner(address, at_ms)
        nobody = owner.kind in ("unknown", "external") and owner.name is None
        if not nobody or owner.previous or kind_beside(node, address) is not AddressKind.OWN_NODE:
            return owner
        return Identity(address, "node", name=node, confidence="medium",
                        evidence="the line's own node name", node=node)  # fmt: skip

    def is_answer(self, told: Explanation) -> bool:
        """Tell whether an explained packet has an answer's shape, whatever policies say of it."""
        at_ms = LATEST if told.as_of is None else told.as_of
        return Case(self._knowledge, told.flow, told.source, told.destination, at_ms).is_answer()


def _consulted(decision: Decision, tier: str | None) -> Decision:
    """Leave out of a decision what its tier says that it did not rest on."""
    if tier == "ERROR":
        # No policy was consulted: what they would have allowed says nothing of this packet.
        return msgspec.structs.replace(decision, allowing=())
    if tier in POLICY_TIERS:
        # A cluster policy's own rule matched: it is no NetworkPolicy's rule that was missing.
        return msgspec.structs.replace(decision, nearest_miss=None)
    return decision
