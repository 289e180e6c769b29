"""A DENY judged by the policies and pods of its time: spurious-denies by objects.

The order of the tests: noise and missing state by the line; the node's own traffic; no policy of
the direction, or policies that allow it (the agent was wrong or not ready); the answer of a
connection that policies allow; else a violation. What cannot be known is `unknown`.
"""

from typing import Final, NamedTuple

from netpolwatch.flows.model import Confidence, Disposition, Judgement
from netpolwatch.kubernetes.identity import Identity
from netpolwatch.kubernetes.identity.heard import is_fresh, sure_after
from netpolwatch.kubernetes.identity.model import claimants
from netpolwatch.kubernetes.policy.evaluate import Decision
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.case import Case
from netpolwatch.verdicts.attribution.unread import one_of
from netpolwatch.verdicts.disposition import POLICY_TIERS, is_service_port
from netpolwatch.verdicts.disposition import judge as judge_line

NODES_OWN: Final = "the node's own traffic (the kubelet's) always passes"
NOBODY_KNOWN: Final = "the deciding pod is not known"
SIDE_UNKNOWN: Final = "which of the two pods decided is not known"
PEER_UNKNOWN: Final = (
    "the known pod's policies allow it, and the unknown end may be a pod of the same node, too"
)
_UNEXPECTED: Final = (
    "no policy that is known allows it: its connection may be older than they are, or the agent was"
    " not ready"
)
_OPEN: Final = "no policy isolates the pod"
_OPEN_UNLESS_STRICT: Final = (
    "no policy isolates the pod, and the enforcing mode is not known: strict denies such pods"
)
_OPEN_YET_DECIDED: Final = (
    "no policy that is known selects the pod, though the line's tier says that one decided: the"
    " agent holds an old one, or a NetworkPolicy or ApplicationNetworkPolicy that is not known does"
)
_DECIDED_BY_ANOTHER: Final = (
    "the line's tier says that a NetworkPolicy or ApplicationNetworkPolicy decided, and none that"
    " is known selects the pod"
)
_BY_NAME: Final = (
    "by Kubernetes no policy allows it; this CNI's controller opens the port to all selected pods"
    " by another one's name for it"
)
_NOT_KNOWN: Final = "a fact that the policies need is not known"
_DOMAINS: Final = "a rule for domain names may allow it, and which addresses these had is not known"
_STRICT: Final = "no policy selects the pod, and the enforcing mode is strict: it denies such pods"


class Judged(NamedTuple):
    """A judgement of a DENY, with a word of why."""

    disposition: Disposition
    confidence: Confidence
    why: str


def judge_case(case: Case, direction: Direction | None, decision: Decision) -> Judged:
    """Judge a DENY by what the policies in force decide of it."""
    said = case.flow.judgement or judge_line(case.flow)
    if said.disposition == "noise" or case.flow.tier == "ERROR":
        return Judged(said.disposition, said.confidence, said.reasons[0])
    if case.flow.tier in POLICY_TIERS:
        return _by_its_tier(case, direction, said)
    decider = None if direction is None else case.at(direction)
    if direction is None or decider is None or decider.kind != "pod":
        return Judged("unknown", "low", _why_undecided(case, direction))
    if direction == "ingress" and case.is_own_node(case.source, case.destination):
        return Judged("agent-state", "high", NODES_OWN)
    return _contested(case, _as_old_as_known(case, _by_policies(case, direction, decision)))


def _why_undecided(case: Case, direction: Direction | None) -> str:
    if direction is None and case.is_between_pods:
        return SIDE_UNKNOWN
    return PEER_UNKNOWN if direction is None and case.has_pod else NOBODY_KNOWN


def _by_its_tier(case: Case, direction: Direction | None, said: Judgement) -> Judged:
    """Judge a verdict of a tier of ClusterNetworkPolicies by the policy that is known, if any is.

    An answer's shape is left to the line: its connection may be older than the policy.
    """
    rule = case.by_cluster(direction) if direction else None
    if direction is None or rule is None or said.disposition != "violation":
        unread = case.unread_of_cluster()
        why = f"{said.reasons[0]}; {one_of(unread)} may be it" if unread else said.reasons[0]
        return Judged(said.disposition, said.confidence, why)
    if rule.action == "Accept":
        return Judged("agent-state", "medium", f"{rule}, as far as it is known: the agent differs")
    return Judged("violation", case.confidence(case.at(direction)), f"denied by {rule}")


def _contested(case: Case, judged: Judged) -> Judged:
    """Be unsure of what rests on an address that several living owners were shown to have."""
    ends = [end for end in (case.source, case.destination) if end.contested_by]
    if not ends:
        return judged
    claims = " and ".join(f"{end.address} has several living owners" for end in ends)
    return Judged(judged.disposition, "low", f"{judged.why}; but {claims}: {_claimants(ends)}")


def _claimants(ends: list[Identity]) -> str:
    return ", ".join(name for end in ends for name in claimants(end))


def _as_old_as_known(case: Case, judged: Judged) -> Judged:
    """Be less sure where a policy may have been written, or a pod be gone, and nobody heard."""
    unheard_us = case.unheard_us
    if is_fresh(unheard_us):
        return judged
    sure = sure_after(judged.confidence, unheard_us)
    return Judged(judged.disposition, sure, f"{judged.why}, as far as it was heard before")


def _by_policies(case: Case, direction: Direction, decision: Decision) -> Judged:
    decider = case.at(direction)
    if decision.allowed:
        return _let_through(case, direction, decider, decision)
    return _answer(case, decider) or _denied(case, direction, decider, decision)


def remark(case: Case, direction: Direction | None, decision: Decision) -> str:
    """Say why a packet passed that no policy allows."""
    if direction is None or decision.allowed is not False:
        return ""
    if direction == "ingress" and case.is_own_node(case.source, case.destination):
        return NODES_OWN
    return _UNEXPECTED


def _let_through(case: Case, direction: Direction, decider: Identity, decision: Decision) -> Judged:
    unread = () if case.by_cluster(direction) else case.unread_of_cluster()
    if unread:
        return Judged("unknown", "low", f"{one_of(unread)} may decide, and its body was not seen")
    if decision.isolating:
        return Judged("agent-state", case.confidence(decider), "the policies in force allow it")
    if not case.knows_all_policies(decider):
        return Judged("unknown", "low", "policies older than what is known may isolate the pod")
    tier, selected = case.flow.tier, case.is_selected(direction)
    if tier == "NETWORK_POLICY" and not selected:
        return _contradicted(case)
    if case.strict is not None or selected:
        return Judged("agent-state", case.confidence(decider), _OPEN)
    # The tier DEFAULT says that it holds none and denies, as strict mode does.
    return Judged("agent-state", "low" if tier == "DEFAULT" else "medium", _OPEN_UNLESS_STRICT)


def _contradicted(case: Case) -> Judged:
    """Judge a verdict by a policy, as its tier says, of a pod that no known policy selects."""
    if is_fresh(case.unheard_us):
        return Judged("agent-state", "medium", _OPEN_YET_DECIDED)
    return Judged("unknown", "low", _DECIDED_BY_ANOTHER)


def _answer(case: Case, decider: Identity) -> Judged | None:
    """Find the answer of a connection that policies allow at both its ends."""
    reverse = case.reverse_allowed() if case.is_answer() else False
    if reverse:
        sure = _sure_of_answer(case, decider)
        return Judged("reply", sure, "it answers a connection that they allow")
    if reverse is None and not case.reverse_denied_to_nobody():
        return Judged("reply", "low", "it has an answer's shape; its connection is not known")
    return None


def _sure_of_answer(case: Case, decider: Identity) -> Confidence:
    """As sure as of the connection, where the sender is known to offer the port; else less."""
    if case.serves(case.source, case.flow.source_port):
        return case.confidence(decider)
    return "medium" if is_service_port(case.flow.source_port) else "low"


def _denied(case: Case, direction: Direction, decider: Identity, decision: Decision) -> Judged:
    if decision.allowed is None:
        return _unclear(case, direction)
    rule = case.by_cluster(direction)
    if rule is not None:
        return Judged("violation", case.confidence(decider), f"denied by {rule}")
    by_name = case.opened_by_name(direction)
    if by_name is not None:
        return Judged("violation", "low", f"{_BY_NAME}: {by_name}")
    why = "no policy allows it" if decision.isolating else _STRICT
    pod = case.allowed_behind() if direction == "egress" and decision.isolating else None
    if pod is not None:
        why = f"no policy allows the Service's address, though they allow its pod {pod}"
    return Judged("violation", case.confidence(decider), why)


def _unclear(case: Case, direction: Direction) -> Judged:
    decision, address_unknown = case.decide_as_if_known(direction)
    if decision.allowed is not False:
        return Judged("unknown", "low", _missing(case, direction))
    unless = "a pod that is not known gives the Service's port the rule's number"
    if address_unknown:
        unless = "the unknown address is a pod that a rule selects"
    return Judged("violation", "low", f"no policy allows it, unless {unless}")


def _missing(case: Case, direction: Direction) -> str:
    """Return which fact the policies need and miss, where that is known."""
    unread = case.unread(case.at(direction))
    if unread:
        return f"{one_of(unread)} may decide, and its body was not seen"
    return _DOMAINS if case.may_name_domain(direction) else _NOT_KNOWN
