"""Ends that nobody knows: what the line, the policies and a namespace's own name say then."""

import msgspec
import pytest

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import AnyFact, PolicySeen, SnapshotTaken
from tests.unit.verdicts.attribution.scene import (
    AT_MS,
    CLIENT,
    CLIENTS_NODE,
    HTTP,
    SERVER,
    SERVERS_NODE,
    denied,
    explained,
    namespace,
    pod,
    policy,
)

STRANGER = "10.99.1.1"
SERVER_POD = pod("api", SERVER, SERVERS_NODE, HTTP)


def on_api(**spec: object) -> AnyFact:
    return policy("on-api", {"podSelector": {"matchLabels": {"app": "api"}}, **spec})


def test_the_lines_own_node_is_known_by_its_name() -> None:
    # given a node that no object tells of
    flow = denied("10.0.1.5", 40_000, SERVER, 8080, "ip-10-0-1-5.ec2.internal", "ingress")
    told = explained(flow, namespace(), *SERVER_POD, on_api(policyTypes=["Ingress"]))
    assert (told.source.kind, told.source.confidence) == ("node", "medium")
    assert told.source.evidence == "the line's own node name"
    assert told.disposition == "agent-state"


@pytest.mark.parametrize(
    ("allowed", "disposition"),
    [
        ({"ipBlock": {"cidr": "10.99.0.0/16"}}, "reply"),
        ({"ipBlock": {"cidr": "10.1.0.0/16"}}, "violation"),
    ],
)
def test_an_answer_to_nobody_is_one_only_where_nobody_may_ask(
    allowed: dict[str, object], disposition: str
) -> None:
    # given a packet from a port that is offered to an address that nobody is known by
    spec = {"policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [allowed]}]}
    flow = denied(SERVER, 8080, STRANGER, 41_000, SERVERS_NODE, "egress")
    told = explained(flow, namespace(), *SERVER_POD, on_api(**spec))
    assert told.disposition == disposition


OPEN = {"policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}
CLOSED = {"policyTypes": ["Ingress", "Egress"]}


def undirected(source: str, source_port: int, destination: str, port: int) -> Flow:
    flow = denied(source, source_port, destination, port, SERVERS_NODE, "")
    return msgspec.structs.replace(flow, form="cloudwatch", direction=None)


@pytest.mark.parametrize(
    "flow",
    [undirected(SERVER, 41_000, STRANGER, 5432), undirected(STRANGER, 41_000, SERVER, 8080)],
    ids=["asks", "is-asked"],
)
def test_what_the_known_end_allows_the_unknown_one_may_have_denied(flow: Flow) -> None:
    # given a form without direction, and a peer that may be a pod of the line's node
    for spec in (OPEN, {"policyTypes": []} | OPEN):
        told = explained(flow, namespace(), *SERVER_POD, on_api(**spec))
        assert (told.direction, told.disposition, told.confidence) == (None, "unknown", "low")
        assert "the unknown end may be a pod of the same node" in told.sentence
    told = explained(flow, namespace(), *SERVER_POD)
    assert (told.direction, told.disposition) == (None, "unknown")


@pytest.mark.parametrize(
    ("flow", "direction"),
    [(undirected(SERVER, 41_000, STRANGER, 5432), "egress"),
     (undirected(STRANGER, 41_000, SERVER, 8080), "ingress")],
)  # fmt: skip
def test_what_the_known_end_denies_it_denied(flow: Flow, direction: str) -> None:
    told = explained(flow, namespace(), *SERVER_POD, on_api(**CLOSED))
    assert (told.direction, told.disposition) == (direction, "violation")


@pytest.mark.parametrize("address", ["93.184.216.34", "169.254.169.254"])
def test_an_address_outside_is_no_pod_that_decided(address: str) -> None:
    flow = undirected(SERVER, 41_000, address, 443)
    told = explained(flow, namespace(), *SERVER_POD, on_api(**OPEN))
    assert (told.direction, told.disposition) == ("egress", "agent-state")


def test_where_all_pods_are_listed_an_address_without_a_pod_decided_nothing() -> None:
    listing = SnapshotTaken(
        at_us=(AT_MS + 5_000) * 1000, source="snapshot", resources=("pods", "networkpolicies"),
        namespaces=("shop",),
    )  # fmt: skip
    flow = undirected(SERVER, 41_000, STRANGER, 5432)
    told = explained(flow, namespace(), *SERVER_POD, on_api(**OPEN), listing)
    assert (told.direction, told.disposition) == ("egress", "agent-state")


def test_the_direction_that_a_line_has_is_believed() -> None:
    flow = denied(SERVER, 41_000, STRANGER, 5432, SERVERS_NODE, "egress")
    told = explained(flow, namespace(), *SERVER_POD, on_api(**OPEN))
    assert (told.direction, told.disposition) == ("egress", "agent-state")


def test_of_two_pods_of_a_node_neither_is_blamed_while_one_may_have_denied() -> None:
    # given a client with a policy whose body nobody saw, and a server that lets everybody in
    client = pod("client", CLIENT, SERVERS_NODE)
    unread = PolicySeen(at_us=1, source="test", namespace="shop", name="unread", partial=True)
    flow = undirected(CLIENT, 41_000, SERVER, 8080)
    told = explained(flow, namespace(), *SERVER_POD, *client, unread, on_api(**OPEN))
    assert (told.direction, told.disposition) == (None, "unknown")


def test_the_pods_of_a_namespace_that_no_event_tells_of_have_its_name_by_label() -> None:
    name = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}
    other = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "y"}}}
    more = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop", "a": "b"}}}
    flow = denied(CLIENT, 40_000, SERVER, 8080, SERVERS_NODE, "ingress")
    client = pod("client", CLIENT, CLIENTS_NODE)
    allowed = [
        explained(flow, *SERVER_POD, *client, on_api(ingress=[{"from": [peer]}])).allowing != ()
        for peer in (name, other, more)
    ]
    assert allowed == [True, False, False]
