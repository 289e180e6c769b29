"""A listing in YAML as kubectl writes it: what it leaves bare, and what another pod may hold."""

import json

import pytest

from netpolwatch.kubernetes.facts import PodSeen, PolicySeen
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot

PODS = """apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: web, namespace: shop, labels: {app: web, version: "1.0"}}
  spec:
    hostNetwork: true
    containers:
    - {name: web, ports: [{containerPort: 8080, name: http}]}
- apiVersion: v1
  kind: Pod
  metadata:
    name: odd
    namespace: shop
    annotations: {a: %s}
  spec: {containers: [{name: odd, args: [%s]}]}
"""


@pytest.mark.parametrize("bare", [
    "=", "<<", "0x_", "0b_", "012", "1_000", "12:30:45", "2026-01-01", "2026-01-01T00:00:00Z",
    "yes", "Off", "y", ".inf", "+1", "1e400", "99999999999999999999",
])  # fmt: skip
def test_what_another_pod_says_makes_no_listing_unreadable(bare: str) -> None:
    taken = read_snapshot((PODS % (bare, bare)).encode())
    pods = {fact.name: fact for fact in taken.facts if isinstance(fact, PodSeen)}
    assert pods.keys() == {"web", "odd"}
    assert pods["web"].host_network
    assert pods["web"].labels == {"app": "web", "version": "1.0"}
    assert [port.port for port in pods["web"].ports] == [8080]


def test_a_policy_that_cannot_be_read_is_there() -> None:
    body = {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "shop"}}
    taken = read_snapshot(json.dumps(body).encode())
    (policy,) = [fact for fact in taken.facts if isinstance(fact, PolicySeen)]
    assert (policy.name, policy.policy, policy.partial) == ("p", None, True)
