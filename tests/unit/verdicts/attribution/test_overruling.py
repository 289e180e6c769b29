"""A DENY that policies judge otherwise than its line: what is then said of it."""

import msgspec

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.kubernetes.facts import EnforcingModeSeen
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.overruling import ByObjects
from tests.unit.verdicts.attribution.making import CLIENT, SERVER, denied, knowing, rules

BY_LINE = Judgement("violation", "medium", ("a request's ports",))
FROM_CLIENT = {"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}


def standard(*specs: dict[str, object]) -> Knowledge:
    known = knowing(*specs)
    known.learn([EnforcingModeSeen(strict=False, at_us=0, source="DaemonSet patch")])
    return known


def overruled(known: Knowledge, flow: Flow) -> Judgement:
    said = ByObjects(known).overrule(flow, 0, BY_LINE)
    assert said is not None
    return said


def issues(flow: Flow, judgement: Judgement) -> list[str]:
    judged = msgspec.structs.replace(flow, judgement=judgement)
    return [issue.id for issue in Matcher(default_entries()).match_flow(judged)]


def test_what_policies_allow_and_the_agent_drops_is_an_issue() -> None:
    # given a policy that allows the request, and none at all
    for known in (standard(rules("ingress", FROM_CLIENT)), standard()):
        # when
        said = overruled(known, denied())
        # then
        assert (said.disposition, said.policies) == ("agent-state", "allow")
        assert "denied-conversation" in issues(denied(), said)


def test_a_violation_stays_what_it_is() -> None:
    said = overruled(standard(rules("ingress")), denied())
    assert (said.disposition, said.policies) == ("violation", None)
    assert "denied-conversation" in issues(denied(), said)


def test_an_answers_shape_and_a_tier_without_policies_are_no_request_that_is_allowed() -> None:
    answer = denied(SERVER, CLIENT, "ingress", ports=(80, 40_000))
    missing = denied(tier="ERROR")
    for flow in (answer, missing):
        said = ByObjects(standard()).overrule(flow, 0, BY_LINE) or BY_LINE
        assert said.policies is None
        assert "denied-conversation" not in issues(flow, said) or said is BY_LINE
