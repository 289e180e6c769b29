"""What is shown late, at once, by hearsay, or not at all: who had an address then."""

from itertools import permutations
from typing import Any

import pytest

from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    LabelsPatched,
    NamespaceGone,
    NodeGone,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PolicySeen,
    SnapshotTaken,
)
from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.identity.history import MAX_FACTS
from tests.unit.kubernetes.policy.making import policy

ADDRESS, OTHER = "10.0.1.60", "10.0.1.61"
MINUTE_US = 60_000_000


def at(minute: float, source: str = "test") -> dict[str, Any]:
    return {"at_us": int(minute * MINUTE_US), "source": source}


def pod(name: str, minute: float, owner: Owner | None = None, born: float = 0) -> PodSeen:
    return PodSeen(namespace="a", name=name, uid=name, labels={}, owner=owner,
                   created_us=int(born * MINUTE_US), **at(minute))  # fmt: skip


def shows(name: str, minute: float, address: str = ADDRESS, **more: Any) -> PodAddress:  # noqa: ANN401
    return PodAddress(
        namespace="a", name=name, uid=name, addresses=(address,), **more, **at(minute)
    )


def owner(facts: list[AnyFact], minute: float, address: str = ADDRESS) -> Identity:
    """Ask in every order of delivery that is worth trying."""
    answers = []
    for order in list(permutations(facts))[:24]:
        known = Knowledge()
        known.learn(order)
        answers.append(known.owner(address, int(minute * 60_000)))
    assert len(set(answers)) == 1
    return answers[0]


def test_a_pods_own_interface_is_its_before_a_listing_shows_it() -> None:
    listed: list[AnyFact] = [
        pod("sgp", 60), shows("sgp", 60, OTHER, branch_eni="eni-1"),
        shows("sgp", 60, started_us=5 * MINUTE_US), SnapshotTaken(resources=("pods",), **at(60)),
    ]  # fmt: skip
    assert owner(listed, 30, OTHER).name == "sgp"
    assert owner(listed, 30).name == "sgp"
    assert owner(listed, 4, OTHER).kind == "unknown"


def test_a_kubelets_news_is_seconds_old_and_not_minutes() -> None:
    told: list[AnyFact] = [
        pod("new", 0), Binding(namespace="a", name="new", uid="new", node="n", **at(0)),
        shows("new", 5, is_news=True),
    ]  # fmt: skip
    assert owner(told, 4.9).name == "new"
    assert owner(told, 1).kind == "unknown"


def test_what_pods_say_of_a_deleted_node_does_not_bring_it_back() -> None:
    facts: list[AnyFact] = [
        NodeSeen(name="n", addresses=(ADDRESS,), **at(0)),
        NodeGone(name="n", **at(10)),
        NodeSeen(name="n", addresses=(ADDRESS,), hearsay=True, **at(11)),
    ]
    assert [owner(facts, minute).kind for minute in (5, 12)] == ["node", "unknown"]


def test_a_pod_that_has_failed_does_not_take_a_running_ones_address() -> None:
    # given: nobody tells when the failed one let it go
    facts: list[AnyFact] = [
        pod("aaa", 60), shows("aaa", 60, started_us=MINUTE_US),
        PodGone(namespace="a", name="aaa", uid="aaa", ending="finished", **at(60)),
        pod("web", 60), shows("web", 60, started_us=2 * MINUTE_US),
    ]  # fmt: skip
    assert owner(facts, 30).name == "web"


def test_who_is_not_listed_is_gone() -> None:
    taken = SnapshotTaken(resources=("pods", "networkpolicies"), **at(60))
    facts: list[AnyFact] = [pod("ghost", 1), shows("ghost", 2), taken]
    assert [owner(facts, minute).kind for minute in (30, 61)] == ["pod", "unknown"]
    assert owner([*facts, shows("ghost", 60)], 61).kind == "pod"


def test_a_policy_that_is_not_listed_is_gone() -> None:
    known = Knowledge()
    known.learn([
        PolicySeen(namespace="x", name="p", policy=policy({"podSelector": {}}), **at(1)),
        SnapshotTaken(resources=("networkpolicies",), **at(60)),
    ])  # fmt: skip
    assert [len(known.policies("x", minute * 60_000)) for minute in (2, 59, 61)] == [1, 1, 0]


def test_a_namespace_takes_its_pods_with_it() -> None:
    facts: list[AnyFact] = [pod("web", 1), shows("web", 2), NamespaceGone(name="a", **at(10))]
    assert [owner(facts, minute).kind for minute in (5, 11)] == ["pod", "unknown"]
    again = [*facts, pod("web2", 12, born=12), shows("web2", 13)]
    assert owner(again, 14).name == "web2"


def test_a_pod_is_adopted_and_released() -> None:
    mine = Owner("ReplicaSet", "web-abc")
    facts: list[AnyFact] = [pod("web", 1, mine), shows("web", 2), pod("web", 10)]
    told = [owner(facts, minute).workload for minute in (5, 11)]
    assert [each and (each.kind, each.name) for each in told] == [
        ("ReplicaSet", "web-abc"), ("Pod", "web"),
    ]  # fmt: skip


def test_an_address_beside_the_clusters_pods_may_be_a_pods_that_is_older() -> None:
    beside, abroad = "2600:1f14:abc:1ff::80", "2600:1f14:abd::80"
    facts: list[AnyFact] = [pod("web", 1), shows("web", 2, "2600:1f14:abc:100::60")]
    assert [owner(facts, 5, each).kind for each in (beside, abroad)] == ["unknown", "external"]
    listed = [*facts, SnapshotTaken(resources=("pods",), **at(2))]
    assert owner(listed, 5, beside).kind == "external"


@pytest.mark.parametrize("writes", [MAX_FACTS * 2])
def test_writes_that_change_nothing_make_nobody_forget(writes: int) -> None:
    known = Knowledge()
    known.learn([pod("pg", 0), shows("pg", 0)])
    for number in range(1, writes):
        role = "replica" if number < writes // 2 else "master"
        known.learn([LabelsPatched(resource="pods", namespace="a", name="pg",
                                   changes={"role": role}, **at(number))])  # fmt: skip
    found = [known.pod("a", "pg", minute * 60_000) for minute in (10, writes - 2)]
    assert [each and each.labels and each.labels.values for each in found] == [
        {"role": "replica"}, {"role": "master"},
    ]  # fmt: skip
