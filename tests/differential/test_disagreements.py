"""Where the other implementation answers otherwise, and who is right; `dialect.py` goes around it.

A test that fails here tells that the other implementation has changed: then the dialect may go.
"""

from typing import Any

from tests.differential.both import ours, theirs
from tests.differential.dialect import rewritten
from tests.differential.questions import Answer, Answers, Direction, Flow, Scenario

WEB = Flow("shop/a", "pay/a", "TCP", 80)


def test_an_empty_list_of_egress_rules_isolates_no_egress() -> None:
    """The API server adds Egress only for egress rules (`SetDefaults_NetworkPolicy`)."""
    given = _cluster({"podSelector": {}, "egress": []}, namespace="shop")
    assert _both(given, "egress") == (_open(), _denied("shop/p"))


def test_policy_types_may_stand_in_any_order() -> None:
    """The API server asks only that each be known, at most two (`ValidateNetworkPolicySpec`)."""
    given = _cluster({"podSelector": {}, "policyTypes": ["Egress", "Ingress"]})
    assert "policyTypes has invalid value" in _refusal(given)
    assert ours(given)["ingress"] == [_denied("pay/p")]


def test_rules_of_a_direction_that_is_not_named_are_stored_and_mean_nothing() -> None:
    """The API server compares no rules with policyTypes (`ValidateNetworkPolicySpec`)."""
    given = _cluster({"podSelector": {}, "policyTypes": ["Egress"], "ingress": []})
    assert 'no "Ingress" in its policyTypes' in _refusal(given)
    assert ours(given)["ingress"] == [_open()]


def test_a_key_is_looked_for_in_every_namespace_that_the_peer_names() -> None:
    """The other looks in the policy's own alone (its `get_peers_with_key`).

    A podSelector beside a namespaceSelector selects pods within those namespaces (Kubernetes,
    Network Policies, "Behavior of to and from selectors").
    """
    exists = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    peer = {"namespaceSelector": {}, "podSelector": exists}
    given = _cluster({"podSelector": {}, "ingress": [{"from": [peer]}]})
    assert _both(given, "ingress") == (_allowed("pay/p"), _denied("pay/p"))


def test_a_namespace_without_a_label_has_not_the_empty_value() -> None:
    """The other reads a namespace's absent label as empty (its `get_namespace_pods_with_label`).

    Equality asks for the key, too (Kubernetes, Labels and Selectors, "Equality-based requirement").
    """
    peer = {"namespaceSelector": {"matchLabels": {"env": ""}}}
    given = _cluster({"podSelector": {}, "ingress": [{"from": [peer]}]})
    assert _both(given, "ingress") == (_denied("pay/p"), _allowed("pay/p"))


def test_out_to_everybody_a_ports_name_means_nothing() -> None:
    """The other looks the name up in each pod, as Kubernetes would have it; this CNI does not.

    amazon-network-policy-controller-k8s, `buildAllowAllEgress`: "Named ports are skipped".
    """
    rule = {"ports": [{"port": "http"}]}
    given = _cluster({"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule]}, "shop")
    assert _both(given, "egress") == (_denied("shop/p"), _allowed("shop/p"))


def test_the_dialect_says_the_same() -> None:
    """Every policy above, rewritten, is answered alike; the empty value alone cannot be said."""
    exists = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    specs: list[dict[str, Any]] = [
        {"podSelector": {}, "egress": []},
        {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]},
        {"podSelector": {}, "policyTypes": ["Egress"], "ingress": []},
        {"podSelector": {}, "ingress": [
            {"from": [{"namespaceSelector": {}, "podSelector": exists}]}]},
        {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "http"}]}]},
    ]  # fmt: skip
    given = [_cluster(spec, namespace) for spec in specs for namespace in ("shop", "pay")]
    told = theirs([{**each, "policies": [rewritten(each["policies"][0], ["a"])]} for each in given])
    assert told == [ours(each) for each in given]


def _cluster(spec: dict[str, Any], namespace: str = "pay") -> Scenario:
    """Give two namespaces of one pod each, and a policy of the one."""
    names = ("shop", "pay")
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
              "metadata": {"name": "p", "namespace": namespace}, "spec": spec}  # fmt: skip
    return {
        "namespaces": [{"metadata": {"name": name, "labels": {"ns": name}}} for name in names],
        "pods": [_pod(number, name) for number, name in enumerate(names)],
        "policies": [policy],
        "flows": [WEB],
    }


def _pod(number: int, namespace: str) -> dict[str, Any]:
    port = {"name": "http", "containerPort": 80, "protocol": "TCP"}
    return {
        "metadata": {"name": "a", "namespace": namespace, "labels": {"app": "a"}},
        "spec": {"containers": [{"ports": [port]}]},
        "status": {"podIP": f"10.0.{number}.1"},
    }


def _both(given: Scenario, direction: Direction) -> tuple[Answer | None, Answer | None]:
    told: Answers = theirs([given])[0]
    assert told["refused"] is None
    return ours(given)[direction][0], told[direction][0]


def _refusal(given: Scenario) -> str:
    return theirs([given])[0]["refused"] or ""


def _open() -> Answer:
    return {"allowed": True, "isolating": [], "allowing": []}


def _denied(policy: str) -> Answer:
    return {"allowed": False, "isolating": [policy], "allowing": []}


def _allowed(policy: str) -> Answer:
    return {"allowed": True, "isolating": [policy], "allowing": [policy]}
