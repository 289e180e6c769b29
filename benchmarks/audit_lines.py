"""Audit events of 2 to 10 KB, of which few matter."""

import json
from random import Random
from typing import Any

from netpolwatch.ingest.timestamps import rfc3339
from samples import audit
from samples.template import filled

MATTERING = 0.008
"""The part of the events that tells a known issue or something to learn."""

_BYTES = (2_000, 10_000)
_NAMESPACES = ("shop", "orders", "data", "monitoring", "batch", "kube-system")
_RESOURCES = ("deployments", "replicasets", "pods", "endpointslices", "leases", "configmaps")
_VERBS = ("get", "list", "update", "patch", "watch")
_SHORTAGE = (
    "0/6 nodes are available: 5 Insufficient vpc.amazonaws.com/pod-eni, 1 Insufficient cpu."
    " preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod."
)
_MATTERING = (
    audit.endpoints_refused("shop"),
    audit.policy_created("data", "allow-orders", "postgres", "orders-api", 5432),
    audit.unschedulable("payments", "ledger-59c7d8f6b4-2vq8x", _SHORTAGE),
)


def event(rng: Random, timestamp: int) -> str:
    """Write one audit event at a time (ms since 1970, UTC)."""
    if rng.random() < MATTERING:
        return filled(rng.choice(_MATTERING), timestamp, rng)
    size = rng.randint(*_BYTES)
    fields: dict[str, Any] = _head(rng, timestamp)
    room = size - 900
    fields["requestObject"] = _body(rng, room // 2)
    fields["responseObject"] = _body(rng, room // 2)
    return json.dumps(fields, separators=(",", ":"))


def _head(rng: Random, timestamp: int) -> dict[str, Any]:
    verb, resource = rng.choice(_VERBS), rng.choice(_RESOURCES)
    namespace, name = rng.choice(_NAMESPACES), f"{resource[:5]}-{_hex(rng, 40)}"
    account = rng.choice(("deployment-controller", "replicaset-controller", "job-controller"))
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": _hex(rng, 128),
        "stage": "ResponseComplete",
        "requestURI": f"/apis/apps/v1/namespaces/{namespace}/{resource}/{name}",
        "verb": verb,
        "user": {
            "username": f"system:serviceaccount:kube-system:{account}",
            "groups": ["system:serviceaccounts", "system:authenticated"],
        },
        "sourceIPs": [f"10.0.{rng.randrange(256)}.{rng.randrange(256)}"],
        "userAgent": "kube-controller-manager/v1.33.1 (linux/amd64) kubernetes/8adc0f0",
        "objectRef": {"resource": resource, "namespace": namespace, "name": name},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": rfc3339(timestamp),
        "stageTimestamp": rfc3339(timestamp),
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }


def _body(rng: Random, size: int) -> dict[str, Any]:
    """Make an object of about `size` bytes: what a controller writes of a workload."""
    containers = [_container(rng) for _ in range(max(1, -(-size // 520)))]
    return {"kind": "Deployment", "spec": {"template": {"spec": {"containers": containers}}}}


def _container(rng: Random) -> dict[str, Any]:
    name = f"app-{_hex(rng, 24)}"
    return {
        "name": name,
        "image": f"registry.example.com/{name}@sha256:{_hex(rng, 256)}",
        "env": [
            {"name": "DATABASE_URL", "value": f"postgres://{name}.data.svc:5432/{_hex(rng, 32)}"},
            {"name": "LOG_LEVEL", "value": rng.choice(("info", "debug"))},
        ],
        "resources": {"limits": {"cpu": "500m", "memory": f"{rng.randint(64, 4096)}Mi"}},
        "volumeMounts": [{"name": f"cfg-{_hex(rng, 20)}", "mountPath": "/etc/config"}],
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }


def _hex(rng: Random, bits: int) -> str:
    return f"{rng.getrandbits(bits):0{bits // 4}x}"
