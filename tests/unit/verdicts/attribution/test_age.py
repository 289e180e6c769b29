"""A verdict of a time of which little was heard: less sure, and never surely spurious."""

import msgspec
import pytest

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.kubernetes.facts import EnforcingModeSeen, NodeSeen, Resource, SnapshotTaken
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.overruling import ByObjects
from tests.unit.verdicts.attribution.making import VERDICT_MS, denied, knowing, rules

HOUR_MS = 3_600_000
TAKEN: tuple[Resource, ...] = ("namespaces", "networkpolicies", "nodes", "pods")
VIOLATION = Judgement("violation", "medium", ("the tier says so",))


def listed(*specs: dict[str, object]) -> Knowledge:
    """Know what `knowing` knows from a listing an instant before the verdict."""
    known = knowing(*specs)
    known.learn([
        EnforcingModeSeen(strict=False, at_us=0, source="DaemonSet patch"),
        SnapshotTaken(at_us=VERDICT_MS * 1000, source="snapshot", resources=TAKEN,
                      namespaces=("other",)),
    ])  # fmt: skip
    return known


def later(hours: float, tier: str | None = None) -> Flow:
    flow = denied(tier=tier)
    return msgspec.structs.replace(flow, timestamp=VERDICT_MS + int(hours * HOUR_MS))


def told(known: Knowledge, flow: Flow) -> Explanation:
    return Explainer(known).explain(flow)


@pytest.mark.parametrize(("hours", "sure"), [(0, "high"), (1, "medium"), (30, "low")])
def test_a_judgement_is_less_sure_the_longer_nothing_was_heard(hours: float, sure: str) -> None:
    explained = told(listed(), later(hours))
    assert (explained.disposition, explained.confidence) == ("agent-state", sure)
    assert ("as far as it was heard before" in explained.why) is (hours > 0)


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, ("agent-state", "medium")), (1, ("unknown", "low"))]
)
def test_a_policy_that_the_agent_names_and_nobody_knows_may_be_new(
    hours: float, expected: tuple[str, str]
) -> None:
    # given the tier of a NetworkPolicy, and no policy that selects the pod
    explained = told(listed(), later(hours, "NETWORK_POLICY"))
    # then
    assert (explained.disposition, explained.confidence) == expected
    assert "none that is known" in explained.why or "no policy that is known" in explained.why


def test_a_policy_of_the_other_direction_is_what_that_tier_speaks_of() -> None:
    explained = told(listed(rules("egress", {})), later(0, "NETWORK_POLICY"))
    assert (explained.disposition, explained.confidence) == ("agent-state", "high")


@pytest.mark.parametrize(("hours", "overruled"), [(0, "agent-state"), (1, "agent-state"),
                                                  (30, None)])  # fmt: skip
def test_what_is_too_old_overrules_no_line(hours: float, overruled: str | None) -> None:
    said = ByObjects(listed()).overrule(later(hours), 0, VIOLATION)
    assert (said and said.disposition) == overruled


@pytest.mark.parametrize("hours", [0, 1, 30])
def test_a_nodes_own_traffic_is_told_however_little_was_heard(hours: float) -> None:
    # given the node of the deciding pod, which asks from a client's port
    known = listed(rules("ingress"))
    known.learn([NodeSeen(name="node-1", addresses=("10.0.9.1",), at_us=0, source="test")])
    flow = msgspec.structs.replace(later(hours), source_ip="10.0.9.1")
    # when
    said = ByObjects(known).overrule(flow, 0, VIOLATION)
    # then
    assert said is not None
    assert (said.source_kind, said.policies) == ("its-node", None)
