"""Audit events of a cluster whose pods come and go: two in five teach who has which address.

Shares and sizes are those of a day's audit log of a small cluster; only policies, of which such a
day has many, are written as rarely as people write them.
"""

import json
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Any

from netpolwatch.ingest.timestamps import rfc3339

_Json = dict[str, Any]
_NAMESPACES = tuple(f"team-{number}" for number in range(12))
_APPS = ("web", "cart", "orders", "ledger", "search", "reindex")
_CONTROLLER = "system:serviceaccount:kube-system:"
_GROUPS = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
_CONDITIONS = ("Initialized", "Ready", "ContainersReady", "PodScheduled")


def event(rng: Random, timestamp: int) -> str:
    """Write one audit event at a time (ms since 1970, UTC)."""
    (make,) = rng.choices(_MAKERS, cum_weights=_CUMULATED)
    return json.dumps(make(rng, timestamp), separators=(",", ":"))


def _status(rng: Random, at: int) -> _Json:
    address = f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
    status = {
        "$setElementOrder/conditions": [{"type": kind} for kind in _CONDITIONS],
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": rfc3339(at)}
            for kind in _CONDITIONS
        ],
        "containerStatuses": [
            {"name": "app", "image": _image(rng), "imageID": _image(rng), "ready": True}
            | {"restartCount": 0, "started": True, "state": {"running": {"startedAt": rfc3339(at)}}}
        ],
        "hostIP": f"10.0.{rng.randrange(8)}.17",
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": rfc3339(at),
    }
    target = _target(rng, "pods", name=_pod_name(rng)) | {"subresource": "status"}
    body = {"metadata": {"uid": _hex(rng, 128)}, "status": status}
    patch = _event(rng, at, "patch", target, level="Request", requestObject=body)
    return patch | {"user": _kubelet(rng)}


def _created(rng: Random, at: int) -> _Json:
    target = _target(rng, "pods")
    whole = _pod(rng, at, _pod_name(rng), target["namespace"], {})
    return _event(rng, at, "create", target, requestObject=_sent(whole), responseObject=whole)


def _bound(rng: Random, at: int) -> _Json:
    name = _pod_name(rng)
    target = _target(rng, "pods", name=name) | {"subresource": "binding"}
    body = {
        "kind": "Binding",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": target["namespace"], "uid": _hex(rng, 128)},
        "target": {"kind": "Node", "name": f"ip-10-0-{rng.randrange(8)}-17.ec2.internal"},
    }
    answer = {"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201}
    return _event(rng, at, "create", target, requestObject=body, responseObject=answer)


def _deleted(rng: Random, at: int) -> _Json:
    name = _pod_name(rng)
    target = _target(rng, "pods", name=name)
    times = {"deletionTimestamp": rfc3339(at), "deletionGracePeriodSeconds": rng.choice((0, 30))}
    whole = _pod(rng, at, name, target["namespace"], times)
    options = {"kind": "DeleteOptions", "apiVersion": "v1"}
    return _event(rng, at, "delete", target, requestObject=options, responseObject=whole)


def _replica_set(rng: Random, at: int) -> _Json:
    app, template = rng.choice(_APPS), _hex(rng, 40)
    target = _target(rng, "replicasets", group="apps")
    meta = {
        "name": f"{app}-{template}",
        "namespace": target["namespace"],
        "uid": _hex(rng, 128),
        "labels": {"app": app, "pod-template-hash": template},
        "ownerReferences": [_owner("Deployment", app)],
        "managedFields": _managed(rng),
    }
    spec = {"replicas": 3, "template": {"spec": _pod_spec(rng)}}
    whole = {"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": meta, "spec": spec}
    return _event(rng, at, "create", target, requestObject=_sent(whole), responseObject=whole)


def _policy(rng: Random, at: int) -> _Json:
    app = rng.choice(_APPS)
    target = _target(rng, "networkpolicies", name=f"allow-{app}", group="networking.k8s.io")
    meta = {"name": target["name"], "namespace": target["namespace"], "uid": _hex(rng, 128)}
    peer = {"podSelector": {"matchLabels": {"app": rng.choice(_APPS)}}}
    rule = {"from": [peer], "ports": [{"protocol": "TCP", "port": rng.randint(1024, 9999)}]}
    spec = {
        "podSelector": {"matchLabels": {"app": app}},
        "policyTypes": ["Ingress"],
        "ingress": [rule],
    }
    whole = {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "spec": spec}
    whole["metadata"] = meta | {"generation": 1, "managedFields": _managed(rng)}
    return _event(rng, at, "update", target, requestObject=_sent(whole), responseObject=whole)


def _read(rng: Random, at: int) -> _Json:
    resource = rng.choice(("configmaps", "networkpolicies", "pods", "replicasets", "secrets"))
    verb = rng.choice(("get", "list"))
    return _event(rng, at, verb, _target(rng, resource, name=_hex(rng, 40)), level="Metadata")


def _routine(rng: Random, at: int) -> _Json:
    (resource,) = rng.choices(
        ("leases", "events", "endpointslices", "policyendpoints"), cum_weights=(4, 7, 9, 10)
    )
    verb = rng.choice(("create", "update", "patch"))
    return _event(rng, at, verb, _target(rng, resource, name=_hex(rng, 40)), level="Metadata")


def _heartbeat(rng: Random, at: int) -> _Json:
    target = _target(rng, "nodes", name=f"ip-10-0-{rng.randrange(8)}-17.ec2.internal")
    conditions = [{"type": "Ready", "status": "True", "lastHeartbeatTime": rfc3339(at)}] * 4
    body = {"status": {"conditions": conditions}}
    target["subresource"] = "status"
    patch = _event(rng, at, "patch", target, level="Request", requestObject=body)
    return patch | {"user": _kubelet(rng)}


_TEACHING: tuple[tuple[Callable[[Random, int], _Json], int], ...] = (
    (_status, 160),
    (_created, 70),
    (_bound, 70),
    (_deleted, 50),
    (_replica_set, 16),
    (_policy, 4),
    # It is how a cluster is known to be heard.
    (_heartbeat, 80),
)
_OTHERS: tuple[tuple[Callable[[Random, int], _Json], int], ...] = (
    (_read, 200),
    (_routine, 300),
)
_MAKERS = tuple(make for make, _ in (*_TEACHING, *_OTHERS))
_CUMULATED = tuple(accumulate(weight for _, weight in (*_TEACHING, *_OTHERS)))
TEACHING = sum(weight for _, weight in _TEACHING) / _CUMULATED[-1]
"""The part of the events that teaches something."""


def _event(
    rng: Random,
    at: int,
    verb: str,
    target: _Json,
    *,
    level: str = "RequestResponse",
    **bodies: _Json,
) -> _Json:
    """Write an event with its keys in the API server's order."""
    group = target.get("apiGroup")
    root = f"/apis/{group}/v1" if group else "/api/v1"
    path = (target.get("name"), target.get("subresource"))
    uri = "/".join(
        [root, "namespaces", target["namespace"], target["resource"], *filter(None, path)]
    )
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": level,
        "auditID": _hex(rng, 128),
        "stage": "ResponseComplete",
        "requestURI": uri,
        "verb": verb,
        "user": {"username": f"{_CONTROLLER}replicaset-controller", "groups": _GROUPS},
        "sourceIPs": [f"10.0.{rng.randrange(256)}.{rng.randrange(256)}", "127.0.0.1"],
        "userAgent": "kube-controller-manager/v1.33.4 (linux/amd64) kubernetes/e6e9b9d",
        "objectRef": target,
        "responseStatus": {"metadata": {}, "code": 200},
        **bodies,
        "requestReceivedTimestamp": rfc3339(at),
        "stageTimestamp": rfc3339(at),
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }


def _kubelet(rng: Random) -> _Json:
    node = f"ip-10-0-{rng.randrange(8)}-17.ec2.internal"
    return {"username": f"system:node:{node}", "groups": ["system:nodes", "system:authenticated"]}


def _target(rng: Random, resource: str, *, name: str | None = None, group: str = "") -> _Json:
    # As the API server writes it: the resource first.
    target: _Json = {"resource": resource, "namespace": rng.choice(_NAMESPACES)}
    target |= {"name": name} if name else {}
    return target | ({"apiGroup": group} if group else {}) | {"apiVersion": "v1"}


def _pod(rng: Random, at: int, name: str, namespace: str, times: _Json) -> _Json:
    replica_set = name.rpartition("-")[0]
    app, _, template = replica_set.rpartition("-")
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": _hex(rng, 128),
        "creationTimestamp": rfc3339(at),
        **times,
        "labels": {"app": app, "pod-template-hash": template, "tier": "backend"},
        "ownerReferences": [_owner("ReplicaSet", replica_set)],
        "managedFields": _managed(rng),
    }
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": _pod_spec(rng)}


def _sent(whole: _Json) -> _Json:
    """Take out what only the API server adds."""
    added = ("uid", "managedFields", "creationTimestamp")
    meta = {key: value for key, value in whole["metadata"].items() if key not in added}
    return whole | {"metadata": meta}


def _pod_spec(rng: Random) -> _Json:
    container = {
        "name": "app",
        "image": _image(rng),
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "resources": {"limits": {"memory": f"{rng.randint(64, 4096)}Mi"}},
        "env": [{"name": "TOKEN", "value": _hex(rng, 128)}],
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    return {
        "containers": [container],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "schedulerName": "default-scheduler",
    }


def _managed(rng: Random) -> list[_Json]:
    """Write who manages which fields: the bulk of a stored object."""
    fields: _Json = {f"f:{name}": {"f:value": {}, ".": {}} for name in (*_CONDITIONS, *_APPS)}
    owned = {"f:metadata": {"f:labels": fields}, "f:spec": {"f:containers": fields}}
    return [
        {"manager": manager, "operation": "Update", "apiVersion": "v1", "time": _hex(rng, 64)}
        | {"fieldsType": "FieldsV1", "fieldsV1": owned}
        for manager in ("kube-controller-manager", "kubelet")
    ]


def _owner(kind: str, name: str) -> _Json:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": True}


def _pod_name(rng: Random) -> str:
    return f"{rng.choice(_APPS)}-{_hex(rng, 40)}-{_hex(rng, 20)}"


def _image(rng: Random) -> str:
    return f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/app@sha256:{_hex(rng, 256)}"


def _hex(rng: Random, bits: int) -> str:
    return f"{rng.getrandbits(bits):0{bits // 4}x}"
