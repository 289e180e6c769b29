"""Ends that nobody knows: what the line, the policies and a namespace's own name say then."""

import pytest

from netpolwatch.kubernetes.facts import AnyFact
from tests.unit.verdicts.attribution.scene import (
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
