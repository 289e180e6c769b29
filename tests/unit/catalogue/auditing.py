"""Audit events as an API server writes them, made to measure."""

import json
from collections.abc import Mapping
from typing import Any

ALICE = "arn:aws:sts::111122223333:assumed-role/Admin/alice"


def audited(verb: str, about: Mapping[str, str], **changes: Any) -> str:  # noqa: ANN401  # JSON
    """Write an audit event of a write; `changes` are its own top-level keys."""
    return json.dumps(
        {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "RequestResponse",
            "stage": "ResponseComplete",
            "requestURI": f"/apis/{about.get('apiGroup', '')}/v1/{about['resource']}",
            "verb": verb,
            "user": {"username": ALICE},
            "objectRef": dict(about),
            "responseStatus": {"metadata": {}, "code": 201 if verb == "create" else 200},
            "annotations": {"authorization.k8s.io/decision": "allow"},
        }
        | changes
    )


def policy_written(spec: object) -> str:
    """Write an audit event of a NetworkPolicy that was created with a spec."""
    about = {"resource": "networkpolicies", "apiGroup": "networking.k8s.io", "namespace": "shop",
             "name": "allow-many"}  # fmt: skip
    body = {"kind": "NetworkPolicy", "metadata": {"name": "allow-many"}, "spec": spec}
    return audited("create", about, requestObject=body, responseObject=body)
