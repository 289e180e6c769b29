"""Who may teach what: nobody takes another's address by what he writes himself."""

import re
from pathlib import Path
from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.audit.teachers import TEACHERS
from netpolwatch.kubernetes.facts import NodeSeen, PodAddress
from netpolwatch.kubernetes.identity import Identity, Knowledge
from tests.unit.kubernetes.audit.writing import (
    BOB,
    BRANCHES,
    NOON_MS,
    branch,
    event,
    kubelet,
    lived,
    pod_body,
)

_DOCS = Path(__file__).parents[4] / "docs" / "attribution.md"
NODE, HOST, ADDRESS = "ip-10-0-1-9", "10.0.1.9", "10.0.1.77"
EVIL = "pods/tenant/evil"
STATUS = {"status": {"podIP": ADDRESS, "hostIP": HOST}}


def owner_after(*texts: str, address: str = ADDRESS, seconds: int = 60) -> Identity:
    known = Knowledge()
    for text in (*lived("payments", "db-0", NODE, ADDRESS, HOST), *texts):
        known.learn(read_audit_event(text))
    return known.owner(address, NOON_MS + seconds * 1000)


def evil(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return pod_body("tenant", "evil", **more)


CLAIMS = {
    "created with an interface's annotation": event(
        20, "create", BOB, EVIL, evil(annotations=branch(ADDRESS)),
        evil(annotations=branch(ADDRESS)),
    ),
    "the annotation set on a running pod": event(
        20, "patch", BOB, EVIL, {"metadata": {"annotations": branch(ADDRESS)}},
        evil(node=NODE, annotations=branch(ADDRESS)),
    ),
    "the annotation set, and no answer kept": event(
        20, "patch", BOB, EVIL, {"metadata": {"annotations": branch(ADDRESS)}}
    ),
    "the annotation as one who acts for the controller": event(
        20, "patch", BOB, EVIL, {"metadata": {"annotations": branch(ADDRESS)}},
        impersonatedUser={"username": BRANCHES},
    ),
    "created with a status, and no answer kept": event(
        20, "create", BOB, EVIL, evil(address=ADDRESS, host=HOST)
    ),
    "updated with a status, and no answer kept": event(
        20, "update", BOB, EVIL, evil(node=NODE, address=ADDRESS, host=HOST)
    ),
    "a status written by no kubelet": event(20, "patch", BOB, f"{EVIL}/status", STATUS),
    "a status written by no kubelet, and answered": event(
        20, "patch", BOB, f"{EVIL}/status", STATUS, evil(node=NODE, address=ADDRESS, host=HOST)
    ),
    "a status written as one who acts for a kubelet": event(
        20, "patch", BOB, f"{EVIL}/status", STATUS,
        impersonatedUser={"username": kubelet(NODE)},
    ),
    "a status that an other node's kubelet writes": event(
        20, "update", kubelet("ip-10-0-2-2"), f"{EVIL}/status",
        evil(node=NODE, address=ADDRESS, host=HOST),
    ),
    "a dry run": event(
        20, "patch", kubelet(NODE), f"{EVIL}/status", STATUS,
        requestURI="/api/v1/namespaces/tenant/pods/evil/status?dryRun=All",
    ),
    "a refusal": event(
        20, "patch", kubelet(NODE), f"{EVIL}/status", STATUS, responseStatus={"code": 403}
    ),
    "a request that is not answered yet": event(
        20, "patch", kubelet(NODE), f"{EVIL}/status", STATUS, stage="RequestReceived"
    ),
    "pods of another API": event(
        20, "patch", kubelet(NODE), "pods.evil.example/tenant/evil/status", STATUS
    ),
    "a Service with external addresses": event(
        20, "create", BOB, "services/tenant/evil", {},
        {"metadata": {"name": "evil", "namespace": "tenant"},
         "spec": {"clusterIP": "172.20.0.7", "externalIPs": [ADDRESS]}},
    ),
    "a Service with a refused address": event(
        20, "create", BOB, "services/tenant/evil", {"spec": {"clusterIP": ADDRESS}},
        responseStatus={"code": 422},
    ),
}  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_an_address_is_not_anothers_for_the_asking(claim: str) -> None:
    # when
    owner = owner_after(claim)
    # then
    assert (owner.kind, owner.namespace, owner.name) == ("pod", "payments", "db-0")
    assert (owner.confidence, owner.contested_by) == ("high", ())


def test_a_nodes_address_is_not_another_nodes_for_the_asking() -> None:
    # given pods that name the victim as their host
    created = event(20, "create", BOB, EVIL, evil(node="mynode", host=ADDRESS))
    patched = event(21, "patch", BOB, f"{EVIL}/status", {"status": {"hostIP": ADDRESS}})
    status = {"addresses": [{"type": "InternalIP", "address": ADDRESS}]}
    written = event(22, "patch", BOB, "nodes//mynode/status", {"status": status})
    # when
    owner = owner_after(created, patched, written)
    # then
    assert (owner.kind, owner.name) == ("pod", "db-0")


def test_a_node_is_taught_by_its_own_kubelet_and_by_answers() -> None:
    status = {"status": {"addresses": [{"type": "InternalIP", "address": HOST}]}}
    whole = {"metadata": {"name": NODE}, **status}
    for text, teaches in (
        (event(1, "patch", kubelet(NODE), f"nodes//{NODE}/status", status), True),
        (event(1, "patch", kubelet("other"), f"nodes//{NODE}/status", status), False),
        (event(1, "patch", BOB, f"nodes//{NODE}/status", status), False),
        (event(1, "patch", BOB, f"nodes//{NODE}", {}, whole), True),
    ):
        assert any(isinstance(fact, NodeSeen) for fact in read_audit_event(text)) is teaches


@pytest.mark.parametrize(
    "user", [BRANCHES, "system:serviceaccount:kube-system:vpc-resource-controller"]
)
def test_the_controller_of_interfaces_teaches_them(user: str) -> None:
    patch = {"metadata": {"annotations": branch("10.0.1.80")}}
    for text in (
        event(20, "patch", user, EVIL, patch),
        event(20, "patch", user, EVIL, patch, evil(node=NODE, annotations=branch("10.0.1.80"))),
    ):
        (told,) = [fact for fact in read_audit_event(text) if isinstance(fact, PodAddress)]
        assert (told.addresses, told.branch_eni) == (("10.0.1.80",), "eni-0")


def test_what_the_api_server_answers_teaches_whoever_asked() -> None:
    # given a pod older than the log, whose labels somebody changes
    body = pod_body("shop", "web-1", node=NODE, address="10.0.1.81", host=HOST)
    text = event(20, "patch", BOB, "pods/shop/web-1", {"metadata": {"labels": {"a": "b"}}}, body)
    # then
    assert owner_after(text, address="10.0.1.81").name == "web-1"


def test_a_kubelet_speaks_for_pods_of_its_own_node() -> None:
    # given the kubelet of another node, which the API server would refuse
    text = event(20, "patch", kubelet("ip-10-0-2-2"), "pods/payments/db-0/status",
                 {"metadata": {"uid": "db-0-uid"}, "status": {"podIP": "10.0.2.99"}})  # fmt: skip
    # then
    assert owner_after(text, address="10.0.2.99").kind == "unknown"
    assert owner_after(text).name == "db-0"


def test_a_pod_does_not_end_by_what_is_asked() -> None:
    # given
    text = event(20, "patch", BOB, "pods/payments/db-0/status", {"status": {"phase": "Failed"}})
    # then
    assert owner_after(text).name == "db-0"


def test_the_documentation_has_the_same_table() -> None:
    section = _DOCS.read_text(encoding="utf-8").partition("### Who may teach what")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section.partition("\n#")[0], re.MULTILINE)
    assert rows[1:] == [(each.lesson, each.words) for each in TEACHERS.values()]
