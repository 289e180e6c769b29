"""A day with ground truth: who, which policies, and was it right."""

from collections.abc import Iterator
from typing import Any

import pytest

from netpolwatch.kubernetes.identity import Identity
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from tests.corpus import cluster_day
from tests.unit.verdicts.attribution.conftest import flows, knowledge

NAMED = ("pod", "node", "service")
with_and_without = pytest.mark.parametrize("snapshot", [False, True], ids=["audit", "snapshot"])


def told(*, snapshot: bool) -> Iterator[tuple[dict[str, Any], Explanation]]:
    """Give each line's truth and its explanation; alone the audit cannot know a cold start."""
    explainer = Explainer(knowledge(snapshot=snapshot))
    for truth in cluster_day.truth():
        if snapshot or not truth.get("cold_start"):
            yield truth, explainer.explain(flows()[truth["line"] - 1])


def _who(identity: Identity) -> dict[str, str | None]:
    workload = identity.workload
    return {
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name if identity.kind in NAMED else None,
        "workload": f"{workload.kind}/{workload.name}" if workload else None,
    }


@with_and_without
def test_every_end_is_who_it_was(*, snapshot: bool) -> None:
    for truth, explanation in told(snapshot=snapshot):
        assert _who(explanation.source) == truth["src"], truth["line"]
        assert _who(explanation.destination) == truth["dst"], truth["line"]


def test_what_was_there_before_the_log_is_unknown_without_a_snapshot() -> None:
    explainer = Explainer(knowledge(snapshot=False))
    cold = [truth for truth in cluster_day.truth() if truth.get("cold_start")]
    assert cold
    for truth in cold:
        explanation = explainer.explain(flows()[truth["line"] - 1])
        ends = (("src", explanation.source), ("dst", explanation.destination))
        for side, identity in ends:
            assert _who(identity) == truth[side] or identity.kind == "unknown"


@with_and_without
def test_isolating_policies_are_exact(*, snapshot: bool) -> None:
    scored = [
        set(explanation.isolating) == set(truth["isolating_policies"])
        for truth, explanation in told(snapshot=snapshot)
        if not truth.get("ambiguous_direction")
    ]
    assert sum(scored) >= 0.98 * len(scored)


@with_and_without
def test_allowing_policies_are_exact(*, snapshot: bool) -> None:
    scored = [
        set(explanation.allowing) == set(truth["allowing_policies"])
        for truth, explanation in told(snapshot=snapshot)
        if not truth.get("ambiguous_direction")
    ]
    assert sum(scored) >= 0.98 * len(scored)


@with_and_without
def test_dispositions_are_right(*, snapshot: bool) -> None:
    scored = [
        explanation.disposition == truth["disposition"]
        for truth, explanation in told(snapshot=snapshot)
        if truth["verdict"] == "DENY"
    ]
    assert sum(scored) >= 0.95 * len(scored)


@with_and_without
def test_no_violation_is_called_spurious_with_high_confidence(*, snapshot: bool) -> None:
    for truth, explanation in told(snapshot=snapshot):
        if truth["disposition"] == "violation" and explanation.disposition != "violation":
            assert explanation.confidence != "high", truth["line"]


@with_and_without
def test_a_violation_of_a_policy_with_rules_has_a_nearest_miss(*, snapshot: bool) -> None:
    missed = [
        explanation.nearest_miss
        for _, explanation in told(snapshot=snapshot)
        if explanation.disposition == "violation"
    ]
    assert sum(miss is not None for miss in missed) > len(missed) // 2
    for miss in missed:
        assert miss is None or (miss.why.startswith("allows ") and len(miss.why) <= 300)


@with_and_without
def test_a_denied_service_whose_pods_are_allowed_is_told(*, snapshot: bool) -> None:
    scored = {
        (truth.get("clusterip_backends_allowed") is True, "though they allow its pod" in each.why)
        for truth, each in told(snapshot=snapshot)
    }
    assert scored == {(True, True), (False, False)}


def test_an_accept_is_not_judged() -> None:
    for truth, explanation in told(snapshot=True):
        assert (explanation.disposition is None) == (truth["verdict"] != "DENY")


def test_a_sentence_names_both_ends_and_the_judgement() -> None:
    for truth, explanation in told(snapshot=True):
        for side in ("src", "dst"):
            assert (truth[side]["namespace"] or "") in explanation.sentence
        assert (truth["disposition"] or "") in explanation.sentence
