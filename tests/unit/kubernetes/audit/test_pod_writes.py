"""What single writes of pods teach: both addresses of a node, the end of one that failed, moves."""

import json
from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import (
    AnyFact,
    NodeSeen,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
)

NOON = "2026-06-09T12:00:00.000000Z"
NOON_US = 1_781_006_400_000_000
KUBELET = "system:node:ip-10-0-1-9.ec2.internal"


def event(verb: str, subresource: str, request: Any, user: str = KUBELET, **more: Any) -> str:  # noqa: ANN401
    return json.dumps(
        {
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
            "auditID": "6f3c", "stage": "ResponseComplete", "requestURI": "/api/v1",
            "verb": verb, "user": {"username": user},
            "objectRef": {"resource": "pods", "namespace": "shop", "name": "web",
                          "apiVersion": "v1", "subresource": subresource},
            "responseStatus": {"code": 200}, "requestObject": request, "stageTimestamp": NOON,
        } | more,
        separators=(",", ":"),
    )  # fmt: skip


def facts(verb: str, subresource: str, request: Any, **more: Any) -> tuple[AnyFact, ...]:  # noqa: ANN401
    return read_audit_event(event(verb, subresource, request, **more))


def test_a_node_of_two_stacks_is_known_by_both_addresses() -> None:
    status = {"podIP": "10.0.1.60", "hostIP": "10.0.1.9",
              "hostIPs": [{"ip": "10.0.1.9"}, {"ip": "2600:1f14::9"}]}  # fmt: skip
    told = facts("patch", "status", {"status": status})
    (node,) = [fact for fact in told if isinstance(fact, NodeSeen)]
    assert (node.addresses, node.hearsay) == (("10.0.1.9", "2600:1f14::9"), True)
    (shown,) = [fact for fact in told if isinstance(fact, PodAddress)]
    assert shown.is_news


def test_a_pod_that_tells_no_containers_end_ended_when_its_conditions_changed() -> None:
    body = {
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {},
        "status": {
            "phase": "Failed", "reason": "Evicted",
            "conditions": [{"type": "Ready", "lastTransitionTime": "2026-06-09T02:00:00Z"}],
        },
    }  # fmt: skip
    told = facts("patch", "", {}, user="alice", responseObject=body)
    (gone,) = [fact for fact in told if isinstance(fact, PodGone)]
    assert gone.at_us == NOON_US - 10 * 3_600_000_000


@pytest.mark.parametrize(
    ("grace", "kind"), [(0, PodGone), (30, PodTerminating), (None, PodTerminating)]
)
def test_an_eviction_without_grace_is_the_end(grace: int | None, kind: type[AnyFact]) -> None:
    options = {} if grace is None else {"gracePeriodSeconds": grace}
    (told,) = facts("create", "eviction", {"deleteOptions": options}, user="drainer")
    assert isinstance(told, kind)


def test_a_label_that_is_moved_is_not_known() -> None:
    move = [{"op": "move", "from": "/metadata/labels/old", "path": "/metadata/labels/role"}]
    (told,) = facts("patch", "", move, user="alice")
    assert isinstance(told, PodSeen)
    assert told.partial


def test_keys_in_the_order_of_their_letters_are_read_whatever_the_roles_are_called() -> None:
    reason = "RBAC: allowed by ClusterRoleBinding " + "x" * 600
    written = json.loads(event("patch", "status", {"status": {"podIP": "10.0.1.60"}}))
    written["annotations"] = {"authorization.k8s.io/reason": reason}
    text = json.dumps(written, separators=(",", ":"), sort_keys=True)
    assert any(isinstance(fact, PodAddress) for fact in read_audit_event(text))
