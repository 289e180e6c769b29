"""Denied conversations by cause."""

from dataclasses import replace
from typing import Any

from netpolwatch.reporting.report.causes import causes_of, missing_rules
from netpolwatch.reporting.report.model import Denial, End, PolicyChange
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


def test_the_change_that_began_most_of_it_is_named_with_who_made_it() -> None:
    # given a policy that was changed once for two conversations, and once for a third
    changes = [
        PolicyChange(at, "policy-changed", "shop/default-deny", by, f"denied since then by {by}", 1)
        for at, by in ((1_000, "alice"), (2_000, "bob"))
    ]
    denials = [denial(port=port, change=changes[0]) for port in (1, 2)]
    # when
    (cause,) = causes_of([*denials, denial(port=3, change=changes[1]), denial(port=4)])
    # then
    assert cause.change == replace(changes[0], packets=2)
    assert (cause.severity, cause.graver) == ("medium", "allowed before a change")


def test_what_a_new_policy_denies_may_be_what_it_is_for() -> None:
    change = PolicyChange(1, "policy-created", "shop/a", "alice", "denied since …", 1)
    (cause,) = causes_of([denial(change=change)])
    assert (cause.severity, cause.change) == ("low", change)


def test_the_labelled_day_names_who_began_its_denials() -> None:
    causes = {cause.policy: cause.change for cause in explained_day().causes}
    change = causes["payments/pci-default"]
    assert change is not None
    assert change.by == "arn:aws:sts::111122223333:assumed-role/PlatformAdmin/mira.k"
    assert change.what.startswith("denied since 06:30:11Z, when arn:…/mira.k created payments/pci")
