"""Denied conversations by cause."""

from typing import Any

from netpolwatch.reporting.report.causes import causes_of, missing_rules
from netpolwatch.reporting.report.model import Denial, End
from tests.unit.reporting.report.days import explained_day, sample_day

WEB = End("shop/Deployment/web", "pod", "shop", "web", ("10.0.1.44",))
DATABASE = End("shop/StatefulSet/db", "pod", "shop", "db", ("10.0.2.25",))
RESOLVER = End("Service kube-system/kube-dns", "service", "kube-system", "kube-dns")


def denial(
    source: End = WEB, destination: End = DATABASE, port: int = 5432, **changes: object
) -> Denial:
    values: dict[str, Any] = {
        "protocol": "TCP", "direction": "ingress", "policies": ("shop/default-deny",),
        "packets": 1, "first_ms": 1_000, "last_ms": 2_000,
    }  # fmt: skip
    return Denial(source, destination, port, **values | changes)


def test_a_day_of_violations_has_few_causes_that_account_for_every_packet() -> None:
    day = explained_day()
    assert len(day.causes) <= 15
    assert day.denied_by_policy == day.totals.by_disposition["violation"]
    conversations = [each for cause in day.causes for each in cause.denials]
    assert len(conversations) == len(set(map(id, conversations)))
    assert all(cause.policy is not None for cause in day.causes)


def test_every_cause_names_the_rules_that_are_missing_each_once() -> None:
    for cause in explained_day().causes:
        keys = [(rule.direction, rule.decider, rule.peer) for rule in cause.missing]
        assert cause.missing
        assert len(keys) == len(set(keys))
        assert sum(rule.packets for rule in cause.missing) == cause.packets


def test_the_policy_that_isolates_most_conversations_is_the_cause_of_all_of_them() -> None:
    # given a default-deny policy with a narrower one beside it
    narrow = denial(policies=("shop/db-from-api", "shop/default-deny"))
    # when
    (cause,) = causes_of([denial(), narrow, denial(port=22)])
    # then
    assert cause.policy == "shop/default-deny"
    assert cause.beside == ("shop/db-from-api",)
    assert len(cause.denials) == 3


def test_ports_of_the_same_two_ends_are_one_missing_rule() -> None:
    (rule,) = missing_rules([denial(port=5432), denial(port=22, packets=4)])
    assert (rule.ports, rule.packets) == (("TCP 5432", "TCP 22"), 5)


def test_without_policies_the_end_that_most_share_takes_their_place() -> None:
    # given three clients of one address, and nobody knows a policy
    clients = [End(f"10.0.1.{number}", "unknown") for number in range(3)]
    unknown = [denial(each, policies=(), direction=None) for each in clients]
    # when
    (cause,) = causes_of(unknown)
    # then
    assert cause.label == "policy not known, all to shop/StatefulSet/db port 5432 TCP"
    assert cause.policy is None


def test_a_blocked_path_is_graver_than_many_denied_clients() -> None:
    dns = denial(destination=RESOLVER, port=53, path="DNS", packets=3, policies=("shop/a",))
    many = [denial(End(f"shop/Deployment/{name}", "pod"), policies=("shop/b",)) for name in "abcde"]
    rare = denial(destination=RESOLVER, port=53, path="DNS", policies=("shop/c",))
    few = denial(policies=("shop/d",))
    causes = causes_of([few, rare, *many, dns])
    assert [(cause.policy, cause.severity, cause.graver) for cause in causes] == [
        ("shop/a", "high", "blocks DNS"),
        ("shop/b", "medium", "hits 5 workloads"),
        ("shop/c", "medium", "blocks DNS"),
        ("shop/d", "low", None),
    ]


def test_a_cluster_policys_tier_is_a_cause_of_its_own() -> None:
    (cause,) = causes_of([denial(tier="ADMIN"), denial(tier="ADMIN", port=22)])
    assert cause.label == "a ClusterNetworkPolicy of tier ADMIN"


def test_a_day_of_lines_alone_says_that_policies_are_not_known() -> None:
    day = sample_day()
    assert {cause.policy for cause in day.causes} == {None}
    assert day.denied_by_policy == 750
