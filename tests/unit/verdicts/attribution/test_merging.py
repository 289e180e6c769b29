"""Suggestions of a day as few policies that allow the same."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import IpBlock, NetworkPolicy, Peer, Port, Rule
from netpolwatch.kubernetes.policy.suggest import Suggestion
from netpolwatch.verdicts.attribution.advice import Advice
from netpolwatch.verdicts.attribution.merging import merged_advice, merged_rules

PEERS = st.sampled_from([Peer(ip_block=IpBlock(f"10.0.{number}.0/24")) for number in range(4)])
PORTS = st.sampled_from([Port(number, None, "TCP") for number in range(80, 84)])
RULES = st.builds(lambda peer, port: Rule((peer,), (port,)), PEERS, PORTS)
WEB = Selector(match_labels={"app": "web"})
NOTE = "A suggestion to review: it lets shop/Deployment/web reach 10.0.1.9 on TCP 80."


def new(rule: Rule, note: str = NOTE, selector: Selector = WEB) -> Advice:
    policy = NetworkPolicy("shop", "allow-web-to-x-80-egress", selector, ("egress",), (), (rule,))
    return Advice(Suggestion(policy, "policy", rule.peers[0], rule), (note,))


def allowed(rules: tuple[Rule, ...]) -> set[tuple[bytes, Port]]:
    return {
        (msgspec.json.encode(peer), port)
        for rule in rules for peer in rule.peers for port in rule.ports
    }  # fmt: skip


@given(st.lists(RULES, min_size=1, max_size=12))
def test_merged_rules_allow_what_each_allowed_and_nothing_else(rules: list[Rule]) -> None:
    assert allowed(merged_rules(rules)) == allowed(tuple(rules))


@given(st.lists(RULES, min_size=1, max_size=12))
def test_a_peer_has_one_rule(rules: list[Rule]) -> None:
    peers = [peer for rule in merged_rules(rules) for peer in rule.peers]
    assert len(peers) == len({msgspec.json.encode(peer) for peer in peers})


def test_new_policies_of_the_same_pods_are_one() -> None:
    # given three connections of one workload's pods, and one of another's
    rules = [Rule((Peer(ip_block=IpBlock(f"10.0.{n}.0/24")),), (Port(80, None, "TCP"),))
             for n in range(3)]  # fmt: skip
    other = new(rules[0], selector=Selector(match_labels={"app": "api"}))
    # when
    merged = merged_advice([*(new(rule, f"{NOTE}{n}") for n, rule in enumerate(rules)), other])
    # then
    assert len(merged) == 2
    policy = merged[0].suggestion.policy
    assert (policy.name, policy.pod_selector) == ("allow-web-to-several-egress", WEB)
    assert allowed(policy.egress) == allowed(tuple(rules))
    assert merged[0].notes[0].startswith("A suggestion to review;")
    assert len(merged[0].notes) == 4
    assert merged[1] == other


def test_a_policy_that_is_there_keeps_its_rules() -> None:
    # given two peers more for one rule of a policy
    held = Rule((Peer(pod_selector=WEB),), (Port(80, None, "TCP"),))
    base = NetworkPolicy("shop", "db-from-web", Selector(), ("ingress",), (held,))
    advice = []
    for number in range(2):
        peer = Peer(ip_block=IpBlock(f"10.0.{number}.0/24"))
        changed = msgspec.structs.replace(base, ingress=(Rule((*held.peers, peer), held.ports),))
        added = Rule((peer,), held.ports)
        advice.append(Advice(Suggestion(changed, "peer", peer, added, base), (f"{NOTE}{number}",)))
    # when
    (merged,) = merged_advice(advice)
    # then
    policy = merged.suggestion.policy
    assert (policy.name, policy.ingress[0]) == ("db-from-web", held)
    assert len(policy.ingress[1].peers) == 2


def test_more_combinations_than_the_agent_keeps_are_warned_of() -> None:
    peer = Peer(ip_block=IpBlock("10.0.0.0/24"))
    many = [
        new(Rule((peer,), (Port(port, None, "TCP"),)), f"{NOTE}{port}") for port in range(1, 31)
    ]
    (merged,) = merged_advice(many)
    assert "have 30" in merged.notes[-1]
    assert "- and 18 more" in merged.notes
