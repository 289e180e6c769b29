"""What was true when it was heard, asked about later: how sure it still is."""

from typing import Any

import pytest

from netpolwatch.kubernetes.facts import (
    AnyFact,
    NamespaceSeen,
    PodAddress,
    PodSeen,
    PolicySeen,
    SnapshotTaken,
)
from netpolwatch.kubernetes.identity import LATEST, Knowledge
from netpolwatch.kubernetes.identity.coverage import Coverage
from tests.unit.kubernetes.policy.making import policy

ADDRESS = "10.0.1.60"
HOUR_US = 3_600_000_000
LISTED = SnapshotTaken(at_us=10 * HOUR_US, source="snapshot", resources=("nodes", "pods"))


def at(hour: float, source: str = "test") -> dict[str, Any]:
    return {"at_us": int(hour * HOUR_US), "source": source}


def pod(hour: float, namespace: str = "shop", address: str = ADDRESS) -> list[AnyFact]:
    name = f"web-{namespace}"
    return [
        PodSeen(namespace=namespace, name=name, uid=name, labels={}, **at(hour)),
        PodAddress(namespace=namespace, name=name, uid=name, addresses=(address,), **at(hour)),
    ]


def sure(known: Knowledge, hour: float) -> str:
    return known.owner(ADDRESS, int(hour * 3_600_000)).confidence


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(10, "high"), (10.1, "high"), (11, "medium"), (33.9, "medium"), (34.5, "low"), (4000, "low")],
)
def test_a_listing_is_less_sure_the_older_it_is(hour: float, expected: str) -> None:
    known = Knowledge()
    known.learn([*pod(10), LISTED])
    assert sure(known, hour) == expected


def test_a_log_that_was_read_makes_up_for_a_listings_age() -> None:
    # given a listing, and a log that begins at once and ends a day and a half later
    known = Knowledge()
    known.learn([*pod(10), LISTED])
    known.hear([*pod(10.05, "batch", "10.0.1.61"), *pod(46, "batch", "10.0.1.62")])
    # then: the end of a pod would have been heard
    assert [sure(known, hour) for hour in (20, 45, 47, 72)] == ["high", "high", "medium", "low"]


def test_what_happened_between_a_listing_and_a_log_was_not_heard() -> None:
    known = Knowledge()
    known.learn([*pod(10), LISTED])
    known.hear([*pod(2000, "batch", "10.0.1.61"), *pod(2010, "batch", "10.0.1.62")])
    assert sure(known, 2005) == "low"
    assert known.owner("10.0.1.61", 2005 * 3_600_000).confidence == "high"


def test_without_a_time_and_without_a_log_nothing_is_too_old() -> None:
    known = Knowledge()
    known.learn(pod(10))
    assert sure(known, 4000) == "high"
    known.learn([LISTED])
    assert known.owner(ADDRESS, LATEST).confidence == "high"


def test_the_time_of_a_listing_without_nodes_is_not_known() -> None:
    known = Knowledge()
    known.learn([*pod(10), SnapshotTaken(resources=("pods",), **at(10))])
    assert sure(known, 4000) == "high"


def test_knowledge_of_a_cluster_that_is_listened_to_does_not_age() -> None:
    known = Knowledge(coverage=Coverage())
    known.learn([*pod(10), LISTED])
    assert sure(known, 4000) == "high"
    assert known.unheard_us(4000 * 3_600_000) == 0


@pytest.mark.parametrize(
    ("namespaces", "known_all"), [(None, True), (("shop", "data"), True), (("data",), False)]
)
def test_a_listing_speaks_of_the_namespaces_that_it_shows(
    namespaces: tuple[str, ...] | None, known_all: bool
) -> None:
    # given pods and a policy of a namespace, heard of before, and a listing that shows neither
    known = Knowledge()
    known.learn([
        *pod(1), NamespaceSeen(name="shop", labels={}, **at(1)),
        PolicySeen(namespace="shop", name="p", policy=policy({"podSelector": {}}), **at(1)),
        SnapshotTaken(resources=("pods", "networkpolicies"), namespaces=namespaces, **at(10)),
    ])  # fmt: skip
    # then they are gone if it is of their namespace
    later = 11 * 3_600_000
    assert known.knows_all_policies("shop", later) is known_all
    assert len(known.policies("shop", later)) == (0 if known_all else 1)
    assert (known.owner(ADDRESS, later).kind == "unknown") is known_all
