"""Policies of other kinds in a listing."""

import json
from typing import Any

import pytest

from netpolwatch.kubernetes.facts import ClusterPolicySeen, PolicySeen, SnapshotTaken
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.snapshot import Snapshot, read_json_snapshot

CREATED, TAKEN_MS = "2026-06-09T06:00:00Z", 1_781_006_400_000
GUARD: dict[str, Any] = {
    "kind": "ClusterNetworkPolicy", "apiVersion": "networking.k8s.aws/v1alpha1",
    "metadata": {"name": "guard", "creationTimestamp": CREATED, "generation": 1},
    "spec": {"tier": "Baseline", "priority": 7, "subject": {"namespaces": {}},
             "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]},
}  # fmt: skip
WEB: dict[str, Any] = {
    "kind": "ApplicationNetworkPolicy", "apiVersion": "networking.k8s.aws/v1alpha1",
    "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": CREATED},
    "spec": {"podSelector": {}, "policyTypes": ["Egress"],
             "egress": [{"to": [{"domainNames": ["api.example.com"]}]}]},
}  # fmt: skip


def taken(*objects: dict[str, Any]) -> Snapshot:
    return read_json_snapshot(json.dumps({"kind": "List", "items": objects}).encode(), TAKEN_MS)


def test_both_kinds_are_read() -> None:
    cluster, application, listing = taken(GUARD, WEB).facts
    assert isinstance(cluster, ClusterPolicySeen)
    assert cluster.policy is not None
    assert (cluster.policy.tier, cluster.policy.priority) == ("Baseline", 7)
    assert isinstance(application, PolicySeen)
    assert application.policy_kind == "ApplicationNetworkPolicy"
    assert isinstance(listing, SnapshotTaken)
    assert listing.resources == ("applicationnetworkpolicies", "clusternetworkpolicies")
    assert listing.namespaces == ("shop",)


@pytest.mark.parametrize("kind", [GUARD, WEB])
def test_a_body_that_is_not_understood_is_there_all_the_same(kind: dict[str, Any]) -> None:
    (fact, _) = taken(kind | {"spec": {"tier": "Later"} if kind is GUARD else None}).facts
    assert isinstance(fact, (ClusterPolicySeen, PolicySeen))
    assert (fact.partial, fact.policy) == (True, None)


def test_another_networks_policies_are_none_of_this_one() -> None:
    other = GUARD | {"apiVersion": "policy.networking.k8s.io/v1alpha2"}
    assert [type(fact) for fact in taken(other).facts] == [SnapshotTaken]


def test_one_that_a_later_listing_does_not_show_is_gone() -> None:
    # given
    known = Knowledge()
    known.learn(taken(GUARD, WEB).facts)
    left = json.dumps({"kind": "List", "items": [
        GUARD | {"metadata": {"name": "other"}},
        WEB | {"metadata": {"name": "other", "namespace": "shop"}},
    ]}).encode()  # fmt: skip
    # when
    known.learn(read_json_snapshot(left, TAKEN_MS + 60_000).facts)
    # then
    before, after = TAKEN_MS + 1000, TAKEN_MS + 61_000
    assert [[state.name for state in known.cluster_policies(at)] for at in (before, after)] == [
        ["guard"], ["other"],
    ]  # fmt: skip
    assert [[state.name for state in known.policies("shop", at)] for at in (before, after)] == [
        ["web"], ["other"],
    ]  # fmt: skip
