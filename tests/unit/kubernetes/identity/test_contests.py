"""Two living pods with one address: both are named, and nobody is sure."""

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.identity import Identity, Knowledge
from tests.unit.kubernetes.audit.writing import (
    BOB,
    NOON_MS,
    event,
    kubelet,
    lived,
    pod_body,
)

NODE, HOST, ADDRESS = "ip-10-0-1-9", "10.0.1.9", "10.0.1.77"


def claim(seconds: float = 20, node: str = "ip-10-0-2-2") -> list[str]:
    """Show, by the API server's own answer, a second pod with the address."""
    body = pod_body("tenant", "evil", node=node, address=ADDRESS, host="10.0.2.2")
    return [event(seconds, "patch", BOB, "pods/tenant/evil", {}, body)]


def knowing(*texts: str) -> Knowledge:
    known = Knowledge()
    for text in (*lived("payments", "db-0", NODE, ADDRESS, HOST), *texts):
        known.hear(read_audit_event(text))
    return known


def owner(*texts: str, seconds: int = 60) -> Identity:
    return knowing(*texts).owner(ADDRESS, NOON_MS + seconds * 1000)


def test_two_living_claims_are_a_contest() -> None:
    found = owner(*claim())
    assert (found.namespace, found.name, found.confidence) == ("tenant", "evil", "low")
    assert found.contested_by == ("payments/db-0",)
    assert "payments/db-0 has it, too (kubelet status patch 12:00:08Z)" in found.evidence


def test_before_the_second_claim_there_is_none() -> None:
    found = owner(*claim(), seconds=15)
    assert (found.name, found.confidence, found.contested_by) == ("db-0", "high", ())


@pytest.mark.parametrize(
    "end",
    [
        event(15, "delete", kubelet(NODE), "pods/payments/db-0", None, {"kind": "Status"}),
        event(15, "patch", kubelet(NODE), "pods/payments/db-0/status",
              {"metadata": {"uid": "db-0-uid"}, "status": {"phase": "Succeeded"}}),
        event(15, "create", BOB, "pods/payments/db-0/eviction", {}),
    ],
    ids=["deleted", "finished", "evicted"],
)  # fmt: skip
def test_an_address_that_was_let_go_is_given_again(end: str) -> None:
    found = owner(end, *claim())
    assert (found.name, found.confidence, found.contested_by) == ("evil", "high", ())


def test_whose_the_address_is_after_a_contest_is_not_known() -> None:
    gone = event(40, "delete", BOB, "pods/tenant/evil", None, {"kind": "Status"})
    found = owner(*claim(), gone)
    assert (found.kind, found.confidence, found.previous) == ("unknown", "low", "tenant/evil")


def test_the_kubelets_next_word_makes_it_known_again() -> None:
    gone = event(40, "delete", BOB, "pods/tenant/evil", None, {"kind": "Status"})
    again = list(lived("payments", "db-0", NODE, ADDRESS, HOST))[-1].replace(":08.000", ":50.000")
    found = owner(*claim(), gone, again)
    assert (found.name, found.confidence, found.contested_by) == ("db-0", "high", ())


def test_of_a_time_that_nobody_heard_the_end_may_be_missing() -> None:
    # given an hour between, of which no log was read
    known = knowing()
    later = Knowledge()
    for text in lived("payments", "db-0", NODE, ADDRESS, HOST):
        later.learn(read_audit_event(text))
    for text in claim(seconds=3600):
        known.hear(read_audit_event(text))
        later.hear(read_audit_event(text))
    # then it is heard in the one, and may be missed in the other
    assert known.owner(ADDRESS, NOON_MS + 3_700_000).contested_by == ("payments/db-0",)
    assert later.owner(ADDRESS, NOON_MS + 3_700_000).contested_by == ()


def test_pods_of_one_node_that_nobody_saw_whole_may_share_its_address() -> None:
    # given two pods of which only kubelets' patches are known
    known = Knowledge()
    for at, name in ((1, "one"), (2, "two")):
        status = {"metadata": {"uid": name}, "status": {"podIP": HOST}}
        known.learn(read_audit_event(
            event(at, "patch", kubelet(NODE), f"pods/kube-system/{name}/status", status)
        ))  # fmt: skip
    # then
    assert known.owner(HOST, NOON_MS + 60_000).contested_by == ()


def test_the_same_is_told_in_any_order() -> None:
    texts = [*lived("payments", "db-0", NODE, ADDRESS, HOST), *claim()]
    backwards = Knowledge()
    for text in reversed(texts):
        backwards.learn(read_audit_event(text))
    assert backwards.owner(ADDRESS, NOON_MS + 60_000) == owner(*claim())
