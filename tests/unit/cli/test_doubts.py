"""What a run says on standard error of what it did not know."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import cluster_day
from tests.unit.cli.running import DENY, event, netpolwatch

AUDIT = "kube-apiserver-audit-0123456789abcdef0123456789abcdef"
Object = dict[str, Any]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    for name in ("audit.events.jsonl", "flows.events.jsonl"):
        (folder / name).write_bytes(cluster_day.content(name))
    return folder


def listing(path: Path, *objects: Object) -> Path:
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": objects}))
    return path


def pod(namespace: str, address: str) -> Object:
    return {
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"namespace": namespace, "name": "web-0", "uid": namespace, "labels": {}},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
    }  # fmt: skip


def node(heartbeat: str) -> Object:
    return {
        "kind": "Node", "apiVersion": "v1", "metadata": {"name": "node-1"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.1.9"}],
            "conditions": [{"type": "Ready", "lastHeartbeatTime": heartbeat}],
        },
    }  # fmt: skip


def reported(namespace: str, address: str) -> str:
    """Write a kubelet's report of a pod's address, as an audit event."""
    return json.dumps({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
        "stage": "ResponseComplete", "verb": "patch", "user": {"username": "system:node:node-1"},
        "objectRef": {"resource": "pods", "namespace": namespace, "name": "web-0",
                      "apiVersion": "v1", "subresource": "status"},
        "responseStatus": {"code": 200}, "stageTimestamp": "2026-06-09T11:59:00.000000Z",
        "requestObject": {
            "metadata": {"uid": "1"},
            "status": {"podIP": address, "podIPs": [{"ip": address}]},
        },
    }, separators=(",", ":"))  # fmt: skip


def test_a_verdict_without_any_knowledge_says_what_to_give(tmp_path: Path) -> None:
    flows = tmp_path / "flows.jsonl"
    flows.write_text(event(DENY))
    run = netpolwatch("explain", flows)
    assert run.status == 0
    assert run.err.startswith("netpolwatch: no pod is known: give --snapshot FILE (kubectl get ")


def test_events_that_teach_nothing_are_told(tmp_path: Path, day: Path) -> None:
    flows = tmp_path / "flows.jsonl"
    flows.write_text(event(DENY))
    run = netpolwatch("explain", "--events", flows, day / "flows.events.jsonl")
    assert f"netpolwatch: no audit event that teaches in {flows}\n" in run.err


@pytest.mark.parametrize("command", ["explain", "analyze"])
def test_a_listing_of_another_cluster_is_doubted(command: str, tmp_path: Path) -> None:
    # given a log that tells a pod's address, and a later listing without its namespace
    log = tmp_path / "log.jsonl"
    log.write_text(event(reported("shop", "10.0.1.44"), stream=AUDIT) + event(DENY, 1))
    objects = pod("other", "10.9.9.9"), pod("kube-system", "10.9.9.8"), node("2026-06-09T12:00:00Z")
    snapshot = listing(tmp_path / "snapshot.json", *objects)
    # when
    run = netpolwatch(command, "--snapshot", snapshot, log)
    # then
    assert run.status == 0
    assert "netpolwatch: the snapshot shows no NetworkPolicy" in run.err
    assert "netpolwatch: the snapshot shows nothing of namespace shop, of which" in run.err
    assert "is it of this cluster, and taken with -A?" in run.err


def test_a_listing_that_is_too_old_is_doubted(tmp_path: Path, day: Path) -> None:
    objects = pod("storefront", "10.42.1.42"), node("2026-05-09T12:00:00Z")
    snapshot = listing(tmp_path / "snapshot.json", *objects)
    run = netpolwatch("explain", "--snapshot", snapshot, day / "flows.events.jsonl")
    assert "nothing was heard of the cluster for 31 d before the last verdict" in run.err
