"""Whose answer a denied packet is, where a Service stands before the server."""

from typing import Any

import pytest

from netpolwatch.kubernetes.facts import AnyFact, ContainerPort, NodeSeen, ServicePort
from tests.unit.verdicts.attribution.scene import (
    CLIENT,
    CLIENTS_NODE,
    CLUSTER_IP,
    HTTP,
    SERVER,
    SERVERS_NODE,
    denied,
    explained,
    namespace,
    pod,
    policy,
    service,
)

CLIENT_POD = pod("client", CLIENT, CLIENTS_NODE)
DECLARES, SAYS_NOTHING = pod("api", SERVER, SERVERS_NODE, HTTP), pod("api", SERVER, SERVERS_NODE)
SHUT = policy("shut", {"podSelector": {"matchLabels": {"app": "api"}}, "policyTypes": ["Egress"]})
ANSWERS = denied(SERVER, 8080, CLIENT, 41_000, SERVERS_NODE, "egress")


def out(to: dict[str, Any], port: int) -> AnyFact:
    """Let the client ask, and nothing in."""
    rules = [{"to": [to], "ports": [{"port": port}]}]
    selected = {"matchLabels": {"app": "client"}}
    return policy("client", {"podSelector": selected, "policyTypes": ["Ingress", "Egress"],
                             "egress": rules})  # fmt: skip


API = {"podSelector": {"matchLabels": {"app": "api"}}}
SERVICES = {"ipBlock": {"cidr": "172.20.0.0/16"}}


@pytest.mark.parametrize(
    ("listens", "told"),
    [
        (service(ServicePort(80, "TCP", 8080)), ("reply", "high")),
        (service(ServicePort(8080, "TCP")), ("reply", "high")),
        (service(ServicePort(80, "TCP", 9090)), ("reply", "medium")),
        (service(ServicePort(80, "UDP", 8080)), ("reply", "medium")),
        (service(ServicePort(80, "TCP", 8080), app="web"), ("reply", "medium")),
        # It was another Service until after the verdict, for all that is known.
        (service(ServicePort(80, "TCP", 8080), at_ms=2_000), ("reply", "medium")),
    ],
)
def test_a_port_that_a_service_leads_to_is_offered(listens: AnyFact, told: tuple[str, str]) -> None:
    # given a server whose containers declare no port
    found = explained(ANSWERS, namespace(), *CLIENT_POD, *SAYS_NOTHING, SHUT, listens)
    assert (found.disposition, found.confidence) == told


def test_an_undeclared_port_in_the_range_of_clients_is_offered_too() -> None:
    flow = denied(SERVER, 50_051, CLIENT, 41_000, SERVERS_NODE, "egress")
    facts = namespace(), *CLIENT_POD, *SAYS_NOTHING, SHUT
    assert explained(flow, *facts).disposition == "violation"
    leads = service(ServicePort(50_051, "TCP", 50_051))
    assert explained(flow, *facts, leads).disposition == "reply"


def test_what_goes_to_a_port_that_a_service_leads_to_is_no_answer() -> None:
    asks = denied(CLIENT, 443, SERVER, 50_051, SERVERS_NODE, "ingress")
    shut = policy("shut", {"podSelector": {"matchLabels": {"app": "api"}}})
    facts = namespace(), *CLIENT_POD, *SAYS_NOTHING, shut
    assert explained(asks, *facts).disposition == "reply"
    leads = service(ServicePort(443, "TCP", 50_051))
    found = explained(asks, *facts, leads)
    assert (found.disposition, found.confidence) == ("violation", "high")


@pytest.mark.parametrize(
    ("server", "target", "client", "disposition"),
    [
        # The client may talk to the Service only, or to its pods.
        (DECLARES, 8080, out(SERVICES, 80), "reply"),
        (DECLARES, "http", out(SERVICES, 80), "reply"),
        (SAYS_NOTHING, 8080, out(SERVICES, 80), "reply"),
        (DECLARES, 8080, out(API, 8080), "reply"),
        # It may talk to neither.
        (DECLARES, 8080, out(SERVICES, 81), "violation"),
        (DECLARES, 9090, out(SERVICES, 80), "violation"),
        (DECLARES, "web", out(SERVICES, 80), "violation"),
    ],
)
def test_the_connection_that_is_answered_may_have_gone_to_the_service(
    server: tuple[AnyFact, ...], target: int | str, client: AnyFact, disposition: str
) -> None:
    listens = service(ServicePort(80, "TCP", target))
    found = explained(ANSWERS, namespace(), *CLIENT_POD, *server, SHUT, client, listens)
    assert found.disposition == disposition


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (out(API, 8080), ("reply", "high")),
        (out(SERVICES, 80), ("reply", "high")),
        (out(API, 80), ("violation", "high")),
        (out(SERVICES, 8080), ("violation", "high")),
    ],
)
def test_an_answer_from_a_cluster_ip_is_judged_by_the_port_behind_it(
    rule: AnyFact, told: tuple[str, str]
) -> None:
    # given a client that lets nothing in, and an answer whose source is the Service's address
    flow = denied(CLUSTER_IP, 80, CLIENT, 41_000, CLIENTS_NODE, "ingress")
    listens = service(ServicePort(80, "TCP", 8080))
    found = explained(flow, namespace(), *CLIENT_POD, *DECLARES, rule, listens)
    assert (found.disposition, found.confidence) == told


def test_of_one_name_on_two_protocols_the_flows_own_counts() -> None:
    # given a server that calls its ports of both protocols the same
    dns = pod("api", SERVER, SERVERS_NODE, ContainerPort(5353, "UDP", "dns"),
              ContainerPort(5354, "TCP", "dns"))  # fmt: skip
    flow = denied(SERVER, 5354, CLIENT, 41_000, SERVERS_NODE, "egress")
    listens = service(ServicePort(53, "UDP", "dns"), ServicePort(54, "TCP", "dns"))
    found = explained(flow, namespace(), *CLIENT_POD, *dns, SHUT, out(SERVICES, 54), listens)
    assert found.disposition == "reply"
    found = explained(flow, namespace(), *CLIENT_POD, *dns, SHUT, out(SERVICES, 53), listens)
    assert found.disposition == "violation"


@pytest.mark.parametrize(
    ("source", "told"),
    [("10.96.16.10", ("agent-state", "high")), ("203.0.113.7", ("violation", "high"))],
)
def test_only_from_inside_a_nodes_own_traffic_always_passes(
    source: str, told: tuple[str, str]
) -> None:
    # given the server's node, with a public address, too
    node = NodeSeen(
        at_us=0, source="node create", name=SERVERS_NODE, addresses=("10.96.16.10",),
        external=("203.0.113.7",), created_us=0,
    )  # fmt: skip
    shut = policy("shut", {"podSelector": {}, "policyTypes": ["Ingress"]})
    asks = denied(source, 40_000, SERVER, 8080, SERVERS_NODE, "ingress")
    found = explained(asks, namespace(), *DECLARES, node, shut)
    assert (found.disposition, found.confidence) == told
