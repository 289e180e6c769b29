"""Ports of one NetworkPolicy's body, counted as the agent merges them."""

import json

import pytest

from netpolwatch.catalogue.port_combinations import most_combinations
from tests.unit.catalogue.auditing import policy_written

CLIENT = {"podSelector": {"matchLabels": {"app": "client"}}}
ORDERED_OTHERWISE = {"podSelector": {"matchLabels": {"app": "client"}}, "namespaceSelector": {}}


def ports(count: int, first: int = 8000) -> list[dict[str, object]]:
    return [{"protocol": "TCP", "port": first + number} for number in range(count)]


def ingress(*rules: dict[str, object]) -> str:
    return policy_written({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": list(rules)})


def count(text: str) -> int:
    found = most_combinations(text)
    assert found is not None
    return found.number


def test_rules_for_the_same_peer_add_up() -> None:
    one, other = {"from": [CLIENT], "ports": ports(20)}, {"from": [CLIENT], "ports": ports(6, 9000)}
    assert count(ingress(one, other)) == 26


def test_a_rule_without_ports_takes_up_one_place() -> None:
    assert count(ingress({"from": [CLIENT], "ports": ports(24)}, {"from": [CLIENT]})) == 25
    assert count(ingress({"from": [CLIENT]}, {"from": [CLIENT]})) == 1


def test_rules_for_different_peers_do_not() -> None:
    other = {"from": [ORDERED_OTHERWISE], "ports": ports(6, 9000)}
    assert count(ingress({"from": [CLIENT], "ports": ports(20)}, other)) == 20


@pytest.mark.parametrize(
    "everybody",
    [{}, {"from": []}, {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}],
)
def test_a_rule_for_everybody_counts_for_each_peer(everybody: dict[str, object]) -> None:
    wide = {**everybody, "ports": ports(6, 9000)}
    assert count(ingress({"from": [CLIENT], "ports": ports(20)}, wide)) == 26


@pytest.mark.parametrize(
    ("wide", "number"),
    [
        ({"cidr": "10.0.0.0/8"}, 26),
        ({"cidr": "10.1.0.0/16", "except": ["10.1.2.0/24"]}, 26),
        ({"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}, 20),
        ({"cidr": "10.1.0.0/24"}, 26),
        ({"cidr": "10.2.0.0/16"}, 20),
        ({"cidr": "fd00::/8"}, 20),
        ({"cidr": "everywhere"}, 20),
    ],
)
def test_a_rule_for_a_wider_block_counts_for_each_block_within(
    wide: dict[str, object], number: int
) -> None:
    narrow = {"from": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": ports(20)}
    other = {"from": [{"ipBlock": wide}], "ports": ports(6, 9000)}
    assert count(ingress(narrow, other)) == number


def test_the_same_port_twice_is_one_and_a_range_is_one() -> None:
    same = [*ports(3), *ports(3), {"port": 8000}, {"port": 1, "endPort": 1000}]
    assert count(ingress({"from": [CLIENT], "ports": same})) == 4


@pytest.mark.parametrize(
    "spec",
    [
        {"ingress": [{"from": "everybody"}]},
        {"ingress": [{"ports": [{"port": {"a": 1}}]}]},
        {"egress": {"to": []}},
        [],
        "none",
    ],
)
def test_a_body_of_another_shape_is_not_counted(spec: object) -> None:
    assert most_combinations(policy_written(spec)) is None


def test_a_policy_without_rules_asks_for_nothing() -> None:
    assert count(policy_written({"podSelector": {}})) == 0


def test_what_is_no_policy_is_not_counted() -> None:
    assert (
        most_combinations(json.dumps({"verb": "create", "objectRef": {"resource": "pods"}})) is None
    )
