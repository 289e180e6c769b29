"""Verdicts that policies of other kinds than NetworkPolicy decide, or may decide."""

import json
from typing import Any

import msgspec
import pytest

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import AnyFact, ClusterPolicySeen, PolicySeen
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.cluster import decode_cluster_policy
from netpolwatch.kubernetes.policy.spec import decode_network_policy
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.verdicts.attribution.advice import Adviser
from netpolwatch.verdicts.attribution.deviations import deviations
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from tests.unit.verdicts.attribution.scene import (
    AT_MS,
    CLIENT,
    CLIENTS_NODE,
    HTTP,
    SERVER,
    SERVERS_NODE,
    denied,
    namespace,
    pod,
    policy,
)

ALICE, BOB = "arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"
ANYWHERE: dict[str, Any] = {"namespaces": {}}
OPEN = policy("open", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"],
                       "ingress": [{}], "egress": [{}]})  # fmt: skip
SHOP = (namespace(), *pod("api", SERVER, SERVERS_NODE, HTTP), *pod("web", CLIENT, CLIENTS_NODE))
_US = AT_MS * 1000


def line(tier: str | None, direction: str = "ingress") -> Flow:
    node = SERVERS_NODE if direction == "ingress" else CLIENTS_NODE
    flow = denied(CLIENT, 41_000, SERVER, 8080, node, direction)
    return msgspec.structs.replace(flow, tier=tier)


def guard(
    action: str | None, tier: str = "Admin", peer: dict[str, Any] = ANYWHERE
) -> ClusterPolicySeen:
    """Show a ClusterNetworkPolicy; without an action only that Alice wrote it."""
    told: dict[str, Any] = {"at_us": _US + 5, "event": "e", "actor": ALICE, "name": "guard"}
    if action is None:
        return ClusterPolicySeen(source="ClusterNetworkPolicy create", partial=True, **told)
    spec = {"tier": tier, "priority": 4, "subject": ANYWHERE,
            "ingress": [{"name": "all", "action": action, "from": [peer]}]}  # fmt: skip
    body = json.dumps({"metadata": {"name": "guard"}, "spec": spec}).encode()
    return ClusterPolicySeen(
        source="snapshot", policy=decode_cluster_policy(body), generation=1, **told
    )


def application(spec: dict[str, Any] | None, name: str = "to-api") -> PolicySeen:
    """Show an ApplicationNetworkPolicy; without a spec only that Bob wrote it."""
    told: dict[str, Any] = {"at_us": _US + 5, "event": name, "actor": BOB, "namespace": "shop",
                            "name": name, "policy_kind": "ApplicationNetworkPolicy"}  # fmt: skip
    if spec is None:
        return PolicySeen(source="ApplicationNetworkPolicy create", partial=True, **told)
    body = json.dumps({"metadata": {"name": name, "namespace": "shop"}, "spec": spec}).encode()
    seen = decode_network_policy(body, "ApplicationNetworkPolicy")
    return PolicySeen(source="snapshot", policy=seen, generation=1, **told)


def knowing(*facts: AnyFact) -> Knowledge:
    known = Knowledge()
    known.learn((*SHOP, *facts))
    return known


def explained(flow: Flow, *facts: AnyFact) -> Explanation:
    return Explainer(knowing(*facts)).explain(flow)


@pytest.mark.parametrize("tier", [None, "ADMIN"])
def test_a_cluster_policy_that_denies_is_named(tier: str | None) -> None:
    told = explained(line(tier), OPEN, guard("Deny"))
    assert (told.disposition, told.confidence) == ("violation", "high")
    assert (told.isolating, told.allowing) == (("ClusterNetworkPolicy/guard",), ())
    assert told.nearest_miss is None
    named = "ClusterNetworkPolicy/guard (tier Admin, priority 4, rule all): Deny"
    assert named in told.sentence


@pytest.mark.parametrize("tier", [None, "BASELINE", "DEFAULT"])
def test_the_baseline_decides_where_no_policy_isolates(tier: str | None) -> None:
    baseline = guard("Deny", "Baseline")
    told = explained(line(tier), baseline)
    assert (told.disposition, told.isolating) == ("violation", ("ClusterNetworkPolicy/guard",))
    told = explained(line("NETWORK_POLICY"), OPEN, baseline)
    assert (told.disposition, told.isolating) == ("agent-state", ("shop/open",))


def test_what_the_cluster_accepts_the_agent_must_let_through() -> None:
    closed = policy("closed", {"podSelector": {}, "policyTypes": ["Ingress"]})
    told = explained(line(None), closed, guard("Accept"))
    assert (told.disposition, told.allowing) == ("agent-state", ("ClusterNetworkPolicy/guard",))
    told = explained(line("ADMIN"), closed, guard("Accept"))
    assert (told.disposition, told.confidence) == ("agent-state", "medium")


def test_what_is_passed_the_namespaces_policies_decide() -> None:
    closed = policy("closed", {"podSelector": {}, "policyTypes": ["Ingress"]})
    told = explained(line("NETWORK_POLICY"), closed, guard("Pass"))
    assert (told.disposition, told.isolating) == ("violation", ("shop/closed",))
    told = explained(line("NETWORK_POLICY"), OPEN, guard("Pass"))
    assert (told.disposition, told.isolating) == ("agent-state", ("shop/open",))


def test_a_cluster_policy_whose_body_nobody_saw_may_decide() -> None:
    unread = guard(None)
    told = explained(line(None), OPEN, unread)
    assert (told.disposition, told.confidence) == ("unknown", "low")
    assert "ClusterNetworkPolicy/guard (ClusterNetworkPolicy create " in told.sentence
    assert f"by {ALICE}) may decide" in told.sentence
    # but not a line whose tier says that another did
    assert explained(line("NETWORK_POLICY"), OPEN, unread).disposition == "agent-state"
    told = explained(line("ADMIN"), OPEN, unread)
    assert told.disposition == "violation"
    assert "ClusterNetworkPolicy/guard" in told.sentence


def test_a_rule_for_others_decides_nothing() -> None:
    other = guard("Deny", peer={"namespaces": {"matchLabels": {"team": "other"}}})
    assert explained(line("NETWORK_POLICY"), OPEN, other).disposition == "agent-state"


def test_no_network_policy_is_suggested_against_the_clusters_own() -> None:
    known = knowing(OPEN, guard("Deny"))
    advice = Adviser(known).advise(Explainer(known).explain(line(None)))
    assert isinstance(advice, NoSuggestion)
    assert "ClusterNetworkPolicy/guard denies it" in advice.why


def test_that_a_cluster_policy_decided_is_a_deviation() -> None:
    known = knowing(OPEN, guard("Deny"))
    told = Explainer(known).explain(line(None))
    assert "cluster-policy" in [each.id for each in deviations(told, known)]


WEB_TO_API = {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Ingress"],
              "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}],
                           "ports": [{"port": 8080}]}]}  # fmt: skip


@pytest.mark.parametrize("tier", [None, "NETWORK_POLICY"])
def test_an_application_policy_without_a_body_may_select_the_pod(tier: str | None) -> None:
    told = explained(line(tier), application(None))
    assert (told.disposition, told.confidence) == ("unknown", "low")
    assert "ApplicationNetworkPolicy shop/to-api (ApplicationNetworkPolicy create" in told.sentence
    assert f"by {BOB}) may decide" in told.sentence


@pytest.mark.parametrize("tier", [None, "NETWORK_POLICY"])
def test_an_application_policy_is_evaluated_by_its_body(tier: str | None) -> None:
    only_db = json.loads(json.dumps(WEB_TO_API).replace('"web"', '"db"'))
    told = explained(line(tier), application(only_db))
    assert (told.disposition, told.isolating) == ("violation", ("shop/to-api",))
    assert told.nearest_miss is not None
    told = explained(line(tier), application(WEB_TO_API))
    assert (told.disposition, told.allowing) == ("agent-state", ("shop/to-api",))


def test_it_adds_up_with_network_policies() -> None:
    closed = policy("closed", {"podSelector": {}, "policyTypes": ["Ingress"]})
    told = explained(line("NETWORK_POLICY"), closed, application(WEB_TO_API))
    assert (told.disposition, told.allowing) == ("agent-state", ("shop/to-api",))
    assert set(told.isolating) == {"shop/closed", "shop/to-api"}


def test_of_one_that_is_gone_nothing_is_left() -> None:
    told = explained(line("NETWORK_POLICY"), OPEN, application(None))
    assert told.disposition == "agent-state"


def test_which_addresses_its_names_had_is_not_known() -> None:
    names = {"podSelector": {}, "policyTypes": ["Egress"],
             "egress": [{"to": [{"domainNames": ["api.example.com"]}]}]}  # fmt: skip
    out = denied(CLIENT, 41_000, "93.184.216.34", 443, CLIENTS_NODE, "egress")
    known = knowing(application(names))
    told = Explainer(known).explain(out)
    assert (told.disposition, told.confidence) == ("unknown", "low")
    assert "a rule for domain names may allow it" in told.sentence
    assert "application-policy" in [each.id for each in deviations(told, known)]
    inside = line("NETWORK_POLICY", "egress")
    assert explained(inside, application(names)).disposition == "violation"


def test_what_is_suggested_is_no_application_policy() -> None:
    only_db = json.loads(json.dumps(WEB_TO_API).replace('"web"', '"db"'))
    known = knowing(application(only_db))
    advice = Adviser(known).advise(Explainer(known).explain(line("NETWORK_POLICY")))
    assert not isinstance(advice, NoSuggestion)
    assert advice is not None
    assert (advice.suggestion.change, advice.suggestion.policy.kind) == ("policy", "NetworkPolicy")


def test_where_nothing_selects_the_pod_the_possible_deciders_are_named() -> None:
    told = explained(line("NETWORK_POLICY"))
    assert (told.disposition, told.confidence) == ("agent-state", "medium")
    assert "a NetworkPolicy or ApplicationNetworkPolicy that is not known" in told.sentence
