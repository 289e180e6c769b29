"""The enforcing mode: from writes of `aws-node`, from its pods, from a snapshot."""

import json
from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, EnforcingModeSeen
from netpolwatch.kubernetes.snapshot import read_json_snapshot

NOON = "2026-06-09T12:00:00.000000Z"
NOON_US = 1_781_006_400_000_000


def spec(mode: str | None, container: str = "aws-node", **more: str) -> dict[str, Any]:
    named = [] if mode is None else [{"name": "NETWORK_POLICY_ENFORCING_MODE", "value": mode}]
    secret = {"name": "MY_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    return {"containers": [{"name": container, "env": [secret, *named]}], **more}


def written(resource: str, body: dict[str, Any], verb: str = "create", **more: str) -> str:
    named = {"namespace": body["metadata"]["namespace"], "name": body["metadata"]["name"]}
    event = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse",
        "auditID": "6f3c", "stage": "ResponseComplete", "requestURI": "/apis", "verb": verb,
        "user": {"username": "eks:addon-manager"},
        "objectRef": {"resource": resource, **named, "apiVersion": "v1", **more},
        "responseStatus": {"code": 200}, "requestObject": body, "responseObject": body,
        "requestReceivedTimestamp": NOON, "stageTimestamp": NOON,
    }  # fmt: skip
    return json.dumps(event, separators=(",", ":"))


def daemonset(mode: str | None, name: str = "aws-node", namespace: str = "kube-system") -> str:
    body = {"metadata": {"name": name, "namespace": namespace},
            "spec": {"template": {"spec": spec(mode)}}}  # fmt: skip
    return written("daemonsets", body, "patch", apiGroup="apps")


def pod(mode: str | None, namespace: str = "kube-system", **more: str) -> dict[str, Any]:
    return {"metadata": {"name": "aws-node-x7k2p", "namespace": namespace,
                         "creationTimestamp": "2026-06-09T11:00:00Z"},
            "spec": spec(mode, **more)}  # fmt: skip


def modes(facts: tuple[AnyFact, ...]) -> list[tuple[bool, str | None, int]]:
    return [
        (fact.strict, fact.node, fact.at_us)
        for fact in facts
        if isinstance(fact, EnforcingModeSeen)
    ]


@pytest.mark.parametrize(("mode", "strict"), [
    ("strict", True), ("Strict", True), ("standard", False), ("", False), (None, False),
])  # fmt: skip
def test_a_write_of_the_daemonset_tells_the_mode_of_all_nodes(
    mode: str | None, strict: bool
) -> None:
    assert modes(read_audit_event(daemonset(mode))) == [(strict, None, NOON_US)]


@pytest.mark.parametrize("text", [
    daemonset("antrea"),
    daemonset("strict", name="aws-node-exporter"),
    daemonset("strict", namespace="shop"),
    written("daemonsets", {"metadata": {"name": "aws-node", "namespace": "kube-system"},
                           "spec": {"template": {"spec": {"containers": None}}}}, apiGroup="apps"),
    written("pods", pod("strict", namespace="shop")),
    written("pods", pod("strict", container="kube-proxy")),
])  # fmt: skip
def test_a_namesake_or_another_word_tells_none(text: str) -> None:
    assert modes(read_audit_event(text)) == []


def test_a_deleted_daemonset_tells_none() -> None:
    body = {"metadata": {"name": "aws-node", "namespace": "kube-system"},
            "spec": {"template": {"spec": spec("strict")}}}  # fmt: skip
    assert modes(read_audit_event(written("daemonsets", body, "delete", apiGroup="apps"))) == []


def test_a_pod_tells_the_mode_of_its_node_since_it_was_created() -> None:
    text = written("pods", pod("strict", nodeName="node-1"), "patch")
    assert modes(read_audit_event(text)) == [(True, "node-1", NOON_US - 3_600_000_000)]


def test_a_pod_that_is_not_bound_yet_is_of_the_node_that_it_is_made_for() -> None:
    field = {"key": "metadata.name", "operator": "In", "values": ["node-1"]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [field]}]}}}  # fmt: skip
    body = pod("strict")
    body["spec"]["affinity"] = affinity
    assert modes(read_audit_event(written("pods", body))) == [
        (True, "node-1", NOON_US - 3_600_000_000)
    ]
    assert modes(read_audit_event(written("pods", pod("strict")))) == []


def test_a_snapshots_pods_tell_it_too() -> None:
    items = [{"kind": "Pod", **pod("strict", nodeName="node-1")},
             {"kind": "Pod", **pod("strict", namespace="shop", nodeName="node-2")}]  # fmt: skip
    listing = json.dumps({"kind": "List", "items": items}).encode()
    taken = read_json_snapshot(listing, NOON_US // 1000)
    assert modes(taken.facts) == [(True, "node-1", NOON_US - 3_600_000_000)]
