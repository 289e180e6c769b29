"""A pod that no policy selects: open in standard mode, closed in strict mode."""

import pytest

from netpolwatch.flows.model import Confidence, Disposition, Flow
from netpolwatch.kubernetes.facts import EnforcingModeSeen
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.verdicts.attribution.advice import Adviser
from netpolwatch.verdicts.attribution.deviations import deviations
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from tests.unit.verdicts.attribution.making import CLIENT, SERVER, denied, knowing, rules

Judged = tuple[Disposition | None, Confidence | None]


def told(known: Knowledge, flow: Flow, *, strict: bool | None) -> Explanation:
    if strict is not None:
        known.learn([EnforcingModeSeen(strict=strict, at_us=0, source="DaemonSet patch")])
    return Explainer(known).explain(flow)


def judged(known: Knowledge, flow: Flow, *, strict: bool | None) -> Judged:
    explanation = told(known, flow, strict=strict)
    return explanation.disposition, explanation.confidence


@pytest.mark.parametrize("tier", [None, "DEFAULT"])
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_in_strict_mode_a_pod_without_policies_is_denied_by_it(
    direction: str, tier: str | None
) -> None:
    # given
    known = knowing()
    # when
    explanation = told(known, denied(direction=direction, tier=tier), strict=True)
    # then
    assert (explanation.disposition, explanation.confidence) == ("violation", "high")
    assert "the enforcing mode is strict" in explanation.sentence
    assert [each.id for each in deviations(explanation, known)] == ["strict-mode"]
    advice = Adviser(known).advise(explanation)
    assert isinstance(advice, NoSuggestion)
    assert "both directions" in advice.why


@pytest.mark.parametrize(("tier", "sure"), [
    (None, "medium"), ("DEFAULT", "low"), ("NETWORK_POLICY", "medium"),
])  # fmt: skip
def test_where_the_mode_is_not_known_it_is_less_sure_that_the_agent_was_wrong(
    tier: str | None, sure: str
) -> None:
    assert judged(knowing(), denied(tier=tier), strict=None) == ("agent-state", sure)


def test_in_standard_mode_the_agent_was_wrong() -> None:
    assert judged(knowing(), denied(), strict=False) == ("agent-state", "high")


@pytest.mark.parametrize("strict", [True, None])
def test_a_pod_that_a_policy_of_the_other_direction_selects_is_open_in_either_mode(
    strict: bool | None,
) -> None:
    known = knowing(rules("egress", {}))
    assert judged(known, denied(direction="ingress"), strict=strict) == ("agent-state", "high")


def test_the_answer_of_a_connection_that_strict_mode_denies_is_no_answer() -> None:
    answer = denied(SERVER, CLIENT, "egress", ports=(80, 40_000))
    assert judged(knowing(), answer, strict=True) == ("violation", "high")
    # Both ends have policies that let the connection through, not its answer as a new one.
    isolated = (
        rules("ingress", {"ports": [{"port": 80}]}),
        rules("egress", {"ports": [{"port": 80}]}),
    )
    assert judged(knowing(*isolated), answer, strict=True) == ("reply", "high")
