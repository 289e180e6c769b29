"""What is known of an issue's appearance becomes a sighting."""

from netpolwatch.catalogue.matcher import FlowIssue, Match
from netpolwatch.catalogue.model import FULL_WEIGHT
from netpolwatch.catalogue.sighting import MAX_EVIDENCE_CHARS, Sighting
from netpolwatch.catalogue.statement import repeated
from netpolwatch.flows.line import render_flow
from netpolwatch.flows.model import Contest, Flow, Judgement
from netpolwatch.ingest.origin import Origin
from netpolwatch.verdicts.address_kind import AddressKind, kind_beside
from netpolwatch.verdicts.disposition import is_client_port

_EVIDENCE_BEFORE = 200


def sighting_of_flow(flow: Flow, issue: FlowIssue, component: str | None) -> Sighting:
    """Describe an issue that a judged DENY shows; its ends are the fields."""
    contest = flow.judgement.contest if flow.judgement else None
    return Sighting(
        issue=issue.id,
        severity=issue.severity,
        fields={
            "node": flow.node,
            "source": flow.source_ip,
            "destination": flow.destination_ip,
            "port": flow.destination_port,
            "protocol": flow.protocol,
            "tier": flow.tier,
            "pod_address": _pod_address(flow),
            **({} if contest is None else _contested(contest)),
            **_by_objects(flow.judgement),
        },
        confidence=flow.judgement.confidence if flow.judgement else "low",
        component=component or issue.component,
        node=flow.node,
        timestamp=flow.timestamp,
        text=render_flow(flow)[:MAX_EVIDENCE_CHARS],
        weight=issue.weight,
        rule=issue.rule,
    )


def _by_objects(judgement: Judgement | None) -> dict[str, str]:
    """Name the pod whose policies decided, and what was changed."""
    fields: dict[str, str] = {}
    decider = judgement.decider if judgement else None
    if decider is not None:
        fields |= {
            "namespace": decider.namespace, "pod": decider.pod, "workload": decider.workload
        }  # fmt: skip
    since = judgement.since if judgement else None
    if since is not None and since.change.kind.startswith("policy"):
        fields["policy"] = since.change.name.rpartition("/")[2]
    return fields


def _contested(contest: Contest) -> dict[str, str]:
    return {"address": contest.address, "claimants": ", ".join(contest.claimants)}


def _pod_address(flow: Flow) -> str | None:
    """Tell which end of a DENY is the node's own pod.

    Where the line has no direction it is the end that asks: in its first seconds a pod asks before
    it is asked. A node's own address is no pod's; its kubelet asks, too.
    """
    if flow.direction is not None:
        return flow.source_ip if flow.direction == "egress" else flow.destination_ip
    answers = is_client_port(flow.destination_port) and not is_client_port(flow.source_port)
    one, other = flow.source_ip, flow.destination_ip
    asking, asked = (other, one) if answers else (one, other)
    own_node = kind_beside(flow.node, asking) is AddressKind.OWN_NODE
    return asked if own_node else asking


def sighting_of_text(match: Match, text: str, timestamp: int | None, origin: Origin) -> Sighting:
    """Describe an issue that a line shows, with the part of the line that shows it."""
    start = max(0, match.at - _EVIDENCE_BEFORE)
    return Sighting(
        issue=match.entry.id,
        severity=match.severity,
        fields=match.fields,
        confidence=match.rule.confidence,
        component=origin.known_component or match.entry.component,
        node=origin.node,
        timestamp=timestamp,
        text=(match.words or text[start : start + MAX_EVIDENCE_CHARS])[:MAX_EVIDENCE_CHARS],
        weight=_weight(match, text),
        rule=match.rule.name,
        hint=match.rule.strength == "signal",
    )


def _weight(match: Match, text: str) -> int:
    """Return a line's weight; a row of events weighs what it counts within a window."""
    threshold = match.entry.threshold_of(match.rule)
    counted = repeated(text)
    if counted is None or threshold.weight >= FULL_WEIGHT:
        return threshold.weight
    count, span_ms = counted
    shared = threshold.weight * count * threshold.within_ms
    in_window = shared // max(span_ms, threshold.within_ms, 1)
    return min(FULL_WEIGHT, max(threshold.weight, in_window))
