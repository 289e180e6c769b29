"""What is suggested for a day's violations: each suggestion, applied, allows the packet."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import AnyFact, LabelsPatched, PolicyGone, PolicySeen
from netpolwatch.kubernetes.identity import LATEST, Knowledge
from netpolwatch.kubernetes.policy.evaluate import Decision, evaluate
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, decode_network_policy
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice, Adviser
from netpolwatch.verdicts.attribution.asking import Asking
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from tests.unit.kubernetes.policy.making import labelled, policy
from tests.unit.verdicts.attribution.conftest import flows, knowledge
from tests.unit.verdicts.attribution.making import (
    CLIENT,
    NODE,
    SERVER,
    SERVICE,
    VERDICT_MS,
    denied,
    knowing,
    rules,
)

with_and_without = pytest.mark.parametrize("snapshot", [False, True], ids=["audit", "snapshot"])


ONLY_SERVER = {"podSelector": labelled(app="server"), "policyTypes": ["Ingress"]}
FROM_CLIENT = [{"podSelector": labelled(app="client")}]


def violations(*, snapshot: bool) -> Iterator[tuple[Explanation, Advice | NoSuggestion]]:
    known = knowledge(snapshot=snapshot)
    explainer, adviser = Explainer(known), Adviser(known)
    for flow in flows():
        told = explainer.explain(flow)
        advice = adviser.advise(told)
        if told.disposition == "violation":
            assert advice is not None
            yield told, advice
        else:
            assert advice is None


def applied(told: Explanation, *more: NetworkPolicy, snapshot: bool) -> Decision:
    """Ask the policies that are known last, with others in the place of those of their names."""
    known, direction = knowledge(snapshot=snapshot), told.direction
    assert direction is not None
    connection = Asking(told, known).connection
    namespace = connection.decider(direction).namespace or ""
    there = [state.policy for state in known.policies(namespace, LATEST) if state.policy]
    names = {each.name for each in more}
    return evaluate(connection, [*(p for p in there if p.name not in names), *more], direction)


@with_and_without
def test_a_suggestion_that_is_applied_allows_what_was_denied(*, snapshot: bool) -> None:
    for told, advice in violations(snapshot=snapshot):
        if isinstance(advice, Advice):
            body = yaml.safe_load(suggestion_yaml(advice))
            policy = decode_network_policy(json.dumps(body).encode())
            assert applied(told, snapshot=snapshot).allowed is False
            assert applied(told, policy, snapshot=snapshot).allowed is True


@with_and_without
def test_where_both_ends_are_known_there_is_a_suggestion(*, snapshot: bool) -> None:
    without = 0
    for told, advice in violations(snapshot=snapshot):
        known = "unknown" not in (told.source.kind, told.destination.kind)
        if known and isinstance(advice, NoSuggestion):
            # No rule can name ICMP, an answer's rule is its connection's, some were changed since.
            changed = ("known last let it through", "labels were changed", "being deleted")
            said = ("cannot name ICMP", "answer's shape", *changed)
            assert any(words in advice.why for words in said), advice
            without += not any(words in advice.why for words in changed)
        assert known or isinstance(advice, NoSuggestion)
    assert without <= 7


def test_a_suggestion_says_what_it_opens_and_what_else_is_missing() -> None:
    (advice, *_) = [
        advice
        for told, advice in violations(snapshot=True)
        if isinstance(advice, Advice) and advice.suggestion.change == "peer"
    ]
    assert advice.notes[0].endswith(
        "payments/Deployment/gateway (10.42.2.155) reach legacy/Deployment/bridge (10.42.2.166)"
        " on TCP 1414."
    )
    _, change, *_, other = advice.notes
    assert change.startswith("It is the policy legacy/bridge-locked, as it is known last, with one")
    assert "isolated by payments/pci-default, payments/pci-egress" in other


def advised(known: Knowledge, flow: Flow) -> Advice | NoSuggestion | None:
    return Adviser(known).advise(Explainer(known).explain(flow))


def rewritten(spec: dict[str, Any]) -> PolicySeen:
    """Give the write of the first policy anew, after the verdict."""
    at_us = VERDICT_MS * 1000 + 1_000_000
    body = policy(spec, "p0", "x")
    return PolicySeen(
        namespace="x", name="p0", policy=body, created_us=0, at_us=at_us, source="test"
    )


def notes(known: Knowledge, flow: Flow) -> str:
    advice = advised(known, flow)
    assert isinstance(advice, Advice), advice
    return " ".join(advice.notes)


def test_what_was_changed_since_is_what_is_changed() -> None:
    # given a policy that lets another peer in since the verdict
    old = {**ONLY_SERVER, "ingress": [{"from": FROM_CLIENT, "ports": [{"port": 81}]}]}
    new = {**ONLY_SERVER, "ingress": [{"from": FROM_CLIENT, "ports": [{"port": 82}]}]}
    known = knowing(old)
    known.learn([rewritten(new)])
    # then its last body gets one port more
    advice = advised(known, denied())
    assert isinstance(advice, Advice)
    (rule,) = advice.suggestion.policy.ingress
    assert [port.port for port in rule.ports] == [82, 80]


def test_nothing_is_suggested_on_ground_that_was_moved_since() -> None:
    deleting = knowing(rules("ingress"))
    deleting.learn(
        [
            PolicySeen(
                namespace="x",
                name="p0",
                policy=policy(rules("ingress"), "p0", "x"),
                finalizers=("f",),
                deleting=True,
                at_us=2_000_000,
                source="test",
            )
        ]
    )
    relabelled = knowing(rules("ingress"))
    relabelled.learn(
        [
            LabelsPatched(
                resource="pods",
                namespace="x",
                name="server",
                changes={"app": "other"},
                at_us=2_000_000,
                source="test",
            )
        ]
    )
    for known, why in ((deleting, "being deleted"), (relabelled, "labels were changed")):
        advice = Adviser(known).advise(Explainer(known).explain(denied()))
        assert isinstance(advice, NoSuggestion)
        assert why in advice.why


@pytest.mark.parametrize(
    "since",
    [
        rewritten({**ONLY_SERVER, "ingress": [{"from": FROM_CLIENT}]}),
        PolicyGone(namespace="x", name="p0", at_us=VERDICT_MS * 1000 + 2_000_000, source="test"),
    ],
    ids=["opened", "deleted"],
)
def test_what_was_opened_since_needs_no_change(since: AnyFact) -> None:
    known = knowing({**ONLY_SERVER, "ingress": []})
    assert isinstance(advised(known, denied()), Advice)
    known.learn([since])
    told = advised(known, denied())
    assert isinstance(told, NoSuggestion)
    assert "known last let it through" in told.why


def test_credentials_are_not_opened_without_a_word() -> None:
    told = notes(knowing(rules("egress")), denied(CLIENT, "169.254.169.254", "egress"))
    assert "denied on purpose" in told


def test_one_port_too_many_for_the_agent_is_said_to_be_so() -> None:
    many = [{"port": port} for port in range(1000, 1024)]
    spec = {**ONLY_SERVER, "ingress": [{"from": FROM_CLIENT, "ports": many}]}
    assert "with this there are 25" in notes(knowing(spec), denied())


def test_a_service_gets_the_port_of_its_pods() -> None:
    told = notes(knowing(rules("egress")), denied(CLIENT, SERVICE, "egress"))
    assert "sends port 80 on to 8080" in told
    assert "Service's pods are judged apart" in told


def test_a_port_that_nobody_is_known_to_offer_is_doubted() -> None:
    told = notes(knowing(rules("ingress")), denied(ports=(40_000, 50_051)))
    assert "Port 50051 may be a client's" in told


def test_an_answers_port_is_not_opened() -> None:
    # given an answer of a connection that is not allowed
    known = knowing(rules("egress"), rules("ingress"))
    told = advised(known, denied(SERVER, CLIENT, "ingress", ports=(80, 40_000)))
    assert isinstance(told, NoSuggestion)
    assert "an answer's shape" in told.why


@pytest.mark.parametrize("tier", ["ADMIN", "BASELINE"])
def test_a_cluster_policys_own_rule_is_no_network_policys_fault(tier: str) -> None:
    told = advised(knowing(rules("ingress")), denied(tier=tier))
    assert isinstance(told, NoSuggestion)
    assert tier in told.why


@pytest.mark.parametrize(
    "flow",
    [denied(tier="ERROR"), denied(destination="224.0.0.251"), denied(NODE, SERVER)],
    ids=["no state", "noise", "no policy"],
)
def test_what_is_no_violation_gets_no_suggestion(flow: Flow) -> None:
    told = advised(knowing(), flow)
    assert told is None
