"""Writes of policies that this CNI adds: who and when, and the body where there is one."""

from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import (
    AnyFact,
    ClusterPolicyGone,
    ClusterPolicySeen,
    PolicyGone,
    PolicySeen,
)
from netpolwatch.kubernetes.identity import Knowledge
from tests.unit.kubernetes.audit.writing import BOB, NOON_MS, event

CONTROLLER = "eks:network-policy-controller"
CNP, ANP = "clusternetworkpolicies.networking.k8s.aws//guard", (
    "applicationnetworkpolicies.networking.k8s.aws/shop/web"
)  # fmt: skip
SPEC: dict[str, Any] = {
    "tier": "Admin", "priority": 5, "subject": {"namespaces": {}},
    "egress": [{"name": "imds", "action": "Deny", "to": [{"networks": ["169.254.169.254/32"]}]}],
}  # fmt: skip
DNS = {"to": [{"domainNames": ["api.example.com"]}], "ports": [{"port": 443}]}


def metadata(seconds: int, verb: str, reference: str, user: str = BOB, code: int = 200) -> str:
    """Write an event as EKS logs custom resources: without bodies."""
    return event(
        seconds, verb, user, reference, level="Metadata", responseStatus={"code": code}
    )  # fmt: skip


def knowing(*texts: str) -> Knowledge:
    known = Knowledge()
    for text in texts:
        known.learn(read_audit_event(text))
    return known


def one(text: str) -> AnyFact:
    (fact,) = read_audit_event(text)
    return fact


def test_a_write_without_a_body_tells_who_and_when() -> None:
    cluster = one(metadata(20, "create", CNP, code=201))
    assert isinstance(cluster, ClusterPolicySeen)
    assert (cluster.name, cluster.policy, cluster.partial) == ("guard", None, True)
    assert (cluster.actor, cluster.source) == (BOB, "ClusterNetworkPolicy create")
    application = one(metadata(20, "patch", ANP))
    assert isinstance(application, PolicySeen)
    assert (application.namespace, application.name, application.policy) == ("shop", "web", None)
    assert (application.policy_kind, application.actor) == ("ApplicationNetworkPolicy", BOB)
    assert application.source == "ApplicationNetworkPolicy patch"


def test_a_delete_without_a_body_tells_who_and_when() -> None:
    cluster, application = one(metadata(20, "delete", CNP)), one(metadata(20, "delete", ANP))
    assert isinstance(cluster, ClusterPolicyGone)
    assert isinstance(application, PolicyGone)
    assert (cluster.name, application.name, application.policy_kind) == (
        "guard", "web", "ApplicationNetworkPolicy",
    )  # fmt: skip
    assert (cluster.actor, application.actor) == (BOB, BOB)


def test_a_body_is_read_where_an_audit_policy_keeps_it() -> None:
    body = {"metadata": {"name": "guard", "generation": 1}, "spec": SPEC}
    cluster = one(event(20, "create", BOB, CNP, body, body))
    assert isinstance(cluster, ClusterPolicySeen)
    assert cluster.policy is not None
    (rule,) = cluster.policy.egress
    assert (rule.action, rule.name) == ("Deny", "imds")
    body = {
        "metadata": {"name": "web", "namespace": "shop", "generation": 1},
        "spec": {"podSelector": {}, "egress": [DNS]},
    }
    application = one(event(20, "create", BOB, ANP, body, body))
    assert isinstance(application, PolicySeen)
    assert application.policy is not None
    assert application.policy.directions == ("ingress", "egress")
    (peer,) = application.policy.egress[0].peers
    assert peer.domain_names == ("api.example.com",)


@pytest.mark.parametrize("group", ["policy.networking.k8s.io", "", "networking.k8s.io"])
def test_another_groups_kind_of_that_name_teaches_nothing(group: str) -> None:
    dot = "." if group else ""
    text = metadata(20, "create", f"clusternetworkpolicies{dot}{group}//guard", code=201)
    assert read_audit_event(text) == ()


def test_what_is_known_of_them_is_of_its_time() -> None:
    known = knowing(
        metadata(20, "create", CNP, code=201),
        metadata(21, "create", ANP, code=201),
        metadata(40, "delete", CNP),
        metadata(41, "delete", ANP),
        # the controller takes its finalizers off
        metadata(42, "patch", CNP, CONTROLLER),
        metadata(43, "patch", ANP, CONTROLLER),
    )
    found = []
    for seconds in (10, 30, 50):
        at_ms = NOON_MS + seconds * 1000
        own = [state.kind for state in known.policies("shop", at_ms)]
        found.append(([state.name for state in known.cluster_policies(at_ms)], own))
    assert found == [([], []), (["guard"], ["ApplicationNetworkPolicy"]), ([], [])]


def test_one_of_each_kind_may_bear_a_name() -> None:
    plain = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"podSelector": {}}}
    policy = "networkpolicies.networking.k8s.io/shop/web"
    known = knowing(
        event(20, "create", BOB, policy, plain, plain),
        metadata(21, "create", ANP, code=201),
        metadata(22, "delete", ANP),
    )
    kinds = [
        [state.kind for state in known.policies("shop", NOON_MS + 1000 * seconds + 500)]
        for seconds in (20, 21, 22)
    ]
    both = ["ApplicationNetworkPolicy", "NetworkPolicy"]
    assert kinds == [["NetworkPolicy"], both, ["NetworkPolicy"]]


@pytest.mark.parametrize(
    ("collection", "left"),
    [("applicationnetworkpolicies.networking.k8s.aws/shop", ["NetworkPolicy"]),
     ("networkpolicies.networking.k8s.io/shop", ["ApplicationNetworkPolicy"])],
)  # fmt: skip
def test_a_collection_is_of_one_kind(collection: str, left: list[str]) -> None:
    plain = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"podSelector": {}}}
    known = knowing(
        event(20, "create", BOB, "networkpolicies.networking.k8s.io/shop/web", plain, plain),
        metadata(21, "create", ANP, code=201),
        metadata(30, "deletecollection", collection),
    )
    states = known.policies("shop", NOON_MS + 40_000)
    assert [state.kind for state in states] == left


def test_the_clusters_own_go_together_too() -> None:
    known = knowing(
        metadata(20, "create", CNP, code=201),
        metadata(30, "deletecollection", "clusternetworkpolicies.networking.k8s.aws"),
    )
    assert len(known.cluster_policies(NOON_MS + 25_000)) == 1
    assert known.cluster_policies(NOON_MS + 40_000) == ()
