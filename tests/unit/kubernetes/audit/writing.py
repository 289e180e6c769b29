"""Audit events of writes, in few words."""

import json
from collections.abc import Iterator
from typing import Any

from netpolwatch.ingest.timestamps import rfc3339

NOON_MS = 1_781_006_400_000
"""2026-06-09T12:00:00Z"""

BOB = "arn:aws:sts::111122223333:assumed-role/tenant/bob"
SCHEDULER = "system:kube-scheduler"
BRANCHES = "eks:vpc-resource-controller"
ENI = "vpc.amazonaws.com/pod-eni"


def kubelet(node: str) -> str:
    """Name the user of a node's kubelet."""
    return f"system:node:{node}"


def branch(address: str) -> dict[str, str]:
    """Write the annotation of a pod with an interface of its own."""
    return {ENI: json.dumps([{"eniId": "eni-0", "privateIp": address}])}


def pod_body(
    namespace: str, name: str, *, node: str | None = None, address: str | None = None,
    host: str | None = None, annotations: dict[str, str] | None = None, **labels: str,
) -> dict[str, Any]:  # fmt: skip
    """Write a pod's body; its status only where it has an address or a host's."""
    meta: dict[str, Any] = {"name": name, "namespace": namespace, "uid": f"{name}-uid"}
    if labels:
        meta["labels"] = labels
    if annotations:
        meta["annotations"] = annotations
    body: dict[str, Any] = {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": {}}
    if node:
        body["spec"]["nodeName"] = node
    status = {"podIP": address, "hostIP": host, "startTime": rfc3339(NOON_MS)}
    if address or host:
        body["status"] = {key: value for key, value in status.items() if value}
    return body


def event(
    seconds: float, verb: str, user: str, reference: str,
    request: object = None, response: object = None, **more: object,
) -> str:  # fmt: skip
    """Write an event so long after noon; `reference` is resource[.group]/namespace/name/part."""
    kind, namespace, name, part = (*reference.split("/"), "", "", "")[:4]
    resource, _, group = kind.partition(".")
    written: dict[str, Any] = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse" if response is not None else "Request",
        "auditID": f"id-{seconds}", "stage": "ResponseComplete", "requestURI": "/api/v1",
        "verb": verb, "user": {"username": user},
        "objectRef": {"resource": resource, "namespace": namespace, "name": name,
                      "apiGroup": group, "apiVersion": "v1", "subresource": part},
        "responseStatus": {"code": 201 if verb == "create" else 200},
        "stageTimestamp": rfc3339(NOON_MS + int(seconds * 1000)),
    }  # fmt: skip
    if request is not None:
        written["requestObject"] = request
    if response is not None:
        written["responseObject"] = response
    return json.dumps(written | more, separators=(",", ":"))


def lived(namespace: str, name: str, node: str, address: str, host: str) -> Iterator[str]:
    """Write how a pod comes to its address: created, bound, told by its kubelet."""
    reference = f"pods/{namespace}/{name}"
    body = pod_body(namespace, name, app=name)
    yield event(1, "create", "system:serviceaccount:kube-system:replicaset-controller",
                reference, body, body)  # fmt: skip
    yield event(2, "create", SCHEDULER, f"{reference}/binding", {"target": {"name": node}})
    status = pod_body(namespace, name, address=address, host=host)["status"]
    yield event(8, "patch", kubelet(node), f"{reference}/status",
                {"metadata": {"uid": f"{name}-uid"}, "status": status})  # fmt: skip
