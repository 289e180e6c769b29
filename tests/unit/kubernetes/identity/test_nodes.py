"""Which node had an address: deleted, created anew under its name, and with a public address."""

from itertools import permutations
from typing import Any

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, NodeSeen
from netpolwatch.kubernetes.identity import Knowledge, entities
from tests.unit.catalogue.auditing import audited

NODE = {"resource": "nodes", "name": "ip-10-0-1-9.ec2.internal"}
INSIDE, PUBLIC = "10.0.1.9", "203.0.113.77"


def shown(verb: str, at_ms: int, created: str, address: str = INSIDE) -> tuple[AnyFact, ...]:
    addresses = [{"type": "InternalIP", "address": address},
                 {"type": "ExternalIP", "address": PUBLIC}]  # fmt: skip
    body: dict[str, Any] = {
        "kind": "Node", "metadata": {"name": NODE["name"], "creationTimestamp": created},
        "status": {"addresses": addresses},
    }  # fmt: skip
    about = NODE if verb == "create" else {**NODE, "subresource": "status"}
    return read_audit_event(audited(verb, about, requestObject=body, responseObject=body), at_ms)


def deleted(at_ms: int) -> tuple[AnyFact, ...]:
    return read_audit_event(audited("delete", NODE, responseObject={"kind": "Status"}), at_ms)


FIRST, SECOND = "1970-01-01T00:00:10Z", "1970-01-01T00:00:30Z"
LIVES = (
    shown("create", 10_400, FIRST),
    deleted(20_000),
    shown("create", 30_400, SECOND),
    shown("patch", 40_000, SECOND),
)


@pytest.mark.parametrize("order", list(permutations(LIVES)))
def test_a_node_that_was_created_anew_had_no_address_between(
    order: tuple[tuple[AnyFact, ...], ...],
) -> None:
    known = Knowledge()
    known.learn(fact for facts in order for fact in facts)
    held = [known.owner(INSIDE, at_ms).kind for at_ms in (15_000, 25_000, 35_000, 45_000)]
    assert held == ["node", "unknown", "node", "node"]


def test_a_node_that_was_created_anew_with_another_address_left_the_old_one() -> None:
    known = Knowledge()
    for facts in (*LIVES[:2], shown("create", 30_400, SECOND, "10.0.1.77")):
        known.learn(facts)
    assert known.owner(INSIDE, 35_000).kind == "unknown"
    assert known.owner("10.0.1.77", 35_000).kind == "node"
    assert known.owner("10.0.1.77", 15_000).kind == "unknown"


def test_a_nodes_public_address_is_the_nodes_but_no_probe_comes_from_it() -> None:
    known = Knowledge()
    known.learn(LIVES[0])
    inside, public = known.owner(INSIDE, 15_000), known.owner(PUBLIC, 15_000)
    assert (inside.kind, inside.node) == ("node", NODE["name"])
    assert (public.kind, public.name, public.node) == ("node", NODE["name"], None)


def test_a_store_leads_from_a_public_address_to_its_node() -> None:
    (fact,) = LIVES[0]
    assert isinstance(fact, NodeSeen)
    assert entities.fixed_address(PUBLIC) in entities.entities_of(fact)
