"""Audit events of the API server, as templates (see `samples.template`)."""

import json
from collections.abc import Sequence
from typing import Any

from samples.cluster import ACCOUNT, Node, Pod, uuid_of

_Json = dict[str, Any]
_API = "v1"


def pod_status(pod: Pod) -> str:
    """Tell of the kubelet's patch of a pod that became ready, its address in the body."""
    conditions = [{"lastTransitionTime": "$second", "status": "True", "type": "Ready"}]
    status = {"conditions": conditions, "phase": "Running", "podIP": pod.ip} | {
        "podIPs": [{"ip": pod.ip}]
    }
    return _event(
        "patch",
        _kubelet(pod.node),
        {"resource": "pods", "namespace": pod.namespace, "name": pod.name, "apiVersion": _API}
        | {"subresource": "status"},
        level="Request",
        requestObject={"metadata": {"uid": uuid_of(pod.name)}, "status": status},
    )


def pod_created(pod: Pod, replica_set: str) -> str:
    """Tell of a pod that its ReplicaSet's controller made, as it was stored."""
    pods = {"resource": "pods", "namespace": pod.namespace, "apiVersion": _API}
    return _event(
        "create",
        _user("system:serviceaccount:kube-system:replicaset-controller"),
        pods,
        level="RequestResponse",
        code=201,
        responseObject=_pod(pod, replica_set, {"creationTimestamp": "$second"}, {}),
    )


def pod_running(pod: Pod) -> str:
    """Tell of the kubelet's patch that gives a pod its address."""
    return _event(
        "patch",
        _kubelet(pod.node),
        _pod_named(pod) | {"subresource": "status"},
        level="Request",
        requestObject={
            "metadata": {"uid": uuid_of(pod.name)},
            "status": {
                "phase": "Running",
                "startTime": "$second",
                "podIP": pod.ip,
                "podIPs": [{"ip": pod.ip}],
            },
        },
    )


def pod_deleted(pod: Pod, replica_set: str) -> str:
    """Tell of the kubelet's own delete: the pod's containers have ended, and it is gone."""
    ended = {"deletionTimestamp": "$second", "deletionGracePeriodSeconds": 0}
    return _event(
        "delete",
        _kubelet(pod.node),
        _pod_named(pod),
        level="RequestResponse",
        requestObject={"kind": "DeleteOptions", "apiVersion": _API, "gracePeriodSeconds": 0},
        responseObject=_pod(pod, replica_set, ended, {"nodeName": pod.node.name}),
    )


def lease_renewed(node: Node) -> str:
    """Tell of a node's heartbeat."""
    lease = _object("coordination.k8s.io", "leases", "kube-node-lease", node.name)
    return _event("update", _kubelet(node), lease)


def endpoint_slice(pod: Pod) -> str:
    """Tell of the endpoints of a pod's service."""
    name = f"{pod.name.split('-')[0]}-x7k2p"
    user = _user("system:serviceaccount:kube-system:endpointslice-controller")
    return _event(
        "update", user, _object("discovery.k8s.io", "endpointslices", pod.namespace, name)
    )


def looked_up(pod: Pod) -> str:
    """Tell of a read by the pod's own service account."""
    user = _user(f"system:serviceaccount:{pod.namespace}:default")
    configmaps = {"resource": "configmaps", "namespace": pod.namespace, "apiVersion": _API}
    return _event("list", user, configmaps)


def endpoints_written(namespace: str) -> str:
    """Tell of a policyendpoint that the controller wrote: the healthy case."""
    return _event("create", _user("eks:network-policy-controller"), _endpoints(namespace), code=201)


def endpoints_refused(namespace: str) -> str:
    """Tell of a policyendpoint that RBAC refused to the controller."""
    user = "eks:network-policy-controller"
    message = (
        f'policyendpoints.networking.k8s.aws is forbidden: User "{user}" cannot create resource'
        f' "policyendpoints" in API group "networking.k8s.aws" in the namespace "{namespace}"'
    )
    return _event("create", _user(user), _endpoints(namespace), refused=message)


def zone_poller_refused() -> str:
    """Tell of the 403 that every healthy EKS cluster shows."""
    user = "eks:az-poller"
    message = (
        f'leases.coordination.k8s.io "az-poller" is forbidden: User "{user}" cannot get resource'
        ' "leases" in API group "coordination.k8s.io" in the namespace "kube-system"'
    )
    lease = _object("coordination.k8s.io", "leases", "kube-system", "az-poller")
    return _event("get", _user(user), lease, refused=message)


def policy_created(namespace: str, name: str, app: str, client: str, port: int) -> str:
    """Tell of a NetworkPolicy that lets one app into another."""
    return policy_of(namespace, name, app, ingress=[(client, port)])


_Opening = tuple[str, int]
"""An app, and the port that it may reach or is reached on."""


def policy_of(
    namespace: str,
    name: str,
    app: str,
    *,
    ingress: Sequence[_Opening] | None = None,
    egress: Sequence[_Opening] | None = None,
) -> str:
    """Return the creation of a NetworkPolicy that isolates an app, but for some of its peers."""
    spec: _Json = {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": []}
    for direction, peer, openings in (("ingress", "from", ingress), ("egress", "to", egress)):
        if openings is not None:
            spec["policyTypes"].append(direction.capitalize())
            spec[direction] = [
                {
                    peer: [{"podSelector": {"matchLabels": {"app": other}}}],
                    "ports": [{"protocol": "TCP", "port": port}],
                }
                for other, port in openings
            ]
    kind = {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1"}
    return _event(
        "create",
        _person("alice"),
        _object("networking.k8s.io", "networkpolicies", namespace, name),
        level="RequestResponse",
        code=201,
        requestObject=kind | {"metadata": {"name": name, "namespace": namespace}, "spec": spec},
        responseObject=kind
        | {"metadata": {"name": name, "namespace": namespace, "uid": "$uuid", "generation": 1}}
        | {"spec": spec},
    )


def unschedulable(namespace: str, name: str, message: str) -> str:
    """Tell of the scheduler's verdict in a pod's status."""
    condition = {
        "lastProbeTime": None,
        "lastTransitionTime": "$second",
        "message": message,
        "reason": "Unschedulable",
        "status": "False",
        "type": "PodScheduled",
    }
    pod = {"resource": "pods", "namespace": namespace, "name": name, "apiVersion": _API}
    return _event(
        "patch",
        _user("system:kube-scheduler"),
        pod | {"subresource": "status"},
        level="RequestResponse",
        requestObject={"status": {"conditions": [condition]}},
    )


def _event(
    verb: str,
    user: _Json,
    target: _Json,
    *,
    level: str = "Metadata",
    code: int = 200,
    refused: str | None = None,
    **bodies: _Json,
) -> str:
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": level,
        "auditID": "$uuid",
        "stage": "ResponseComplete",
        "requestURI": _uri(verb, target),
        "verb": verb,
        "user": user,
        "sourceIPs": ["10.0.147.16"],
        "userAgent": "client/v1.33.1 (linux/amd64) kubernetes/8adc0f0",
        "objectRef": target,
        "responseStatus": _refusal(refused) if refused else {"metadata": {}, "code": code},
        **bodies,
        "requestReceivedTimestamp": "$micro",
        "stageTimestamp": "$micro",
        "annotations": {
            "authorization.k8s.io/decision": "forbid" if refused else "allow",
            "authorization.k8s.io/reason": "",
        },
    }
    return json.dumps(event, separators=(",", ":"))


def _pod_named(pod: Pod) -> _Json:
    return {"resource": "pods", "namespace": pod.namespace, "name": pod.name, "apiVersion": _API}


def _pod(pod: Pod, replica_set: str, times: _Json, spec: _Json) -> _Json:
    """Write a stored pod, as far as anybody reads it.

    A set without a template in its name is a StatefulSet.
    """
    app, _, template = replica_set.rpartition("-")
    kind, labels = "ReplicaSet", {"app": app, "pod-template-hash": template}
    if not app:
        kind, labels = "StatefulSet", {"app": replica_set}
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": replica_set, "controller": True}
    metadata = {
        "name": pod.name,
        "namespace": pod.namespace,
        "uid": uuid_of(pod.name),
        "labels": labels,
        "ownerReferences": [owner],
        **times,
    }
    return {"kind": "Pod", "apiVersion": _API, "metadata": metadata, "spec": spec}


def _refusal(message: str) -> _Json:
    return {
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "Forbidden",
        "code": 403,
    }


def _uri(verb: str, target: _Json) -> str:
    group = target.get("apiGroup")
    root = f"/apis/{group}" if group else "/api"
    path = f"{root}/{target['apiVersion']}/namespaces/{target['namespace']}/{target['resource']}"
    # A create names its object in the body, not in the path.
    parts = () if verb == "create" else (target.get("name"), target.get("subresource"))
    return "/".join([path, *(part for part in parts if part)])


def _object(group: str, resource: str, namespace: str, name: str) -> _Json:
    return {
        "resource": resource,
        "namespace": namespace,
        "name": name,
        "apiGroup": group,
        "apiVersion": "v1",
    }


def _endpoints(namespace: str) -> _Json:
    # Made with generateName: no name.
    return {
        "resource": "policyendpoints",
        "namespace": namespace,
        "apiGroup": "networking.k8s.aws",
        "apiVersion": "v1alpha1",
    }


def _user(name: str) -> _Json:
    return {"username": name, "groups": ["system:authenticated"]}


def _kubelet(node: Node) -> _Json:
    groups = ["system:bootstrappers", "system:nodes", "system:authenticated"]
    return {
        "username": f"system:node:{node.name}",
        "uid": f"aws-iam-authenticator:{ACCOUNT}:AROANODEEXAMPLE",
        "groups": groups,
    }


def _person(name: str) -> _Json:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/PlatformAdmin/{name}"
    return {"username": arn, "groups": ["platform-admins", "system:authenticated"]}
