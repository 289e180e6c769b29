"""A Service's address is judged by the port behind it; a name by what the policy's pods call so."""

from typing import Any

import pytest

from netpolwatch.kubernetes.facts import AnyFact, ContainerPort, ServicePort
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

PODS = (*pod("client", CLIENT, CLIENTS_NODE), *pod("api", SERVER, SERVERS_NODE, HTTP))
ASKS_80 = denied(CLIENT, 40_000, CLUSTER_IP, 80, CLIENTS_NODE, "egress")


def out(port: int | str) -> AnyFact:
    rule = {"to": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": port}]}
    return policy("out", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule]})


def into(port: int | str, pods: dict[str, Any]) -> AnyFact:
    spec = {"podSelector": pods, "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"port": port}]}]}  # fmt: skip
    return policy("in", spec)


@pytest.mark.parametrize(
    ("target", "port", "told"),
    [
        (8080, 8080, ("agent-state", "high")),
        (8080, "http", ("agent-state", "medium")),
        ("http", "http", ("agent-state", "high")),
        ("http", 8080, ("agent-state", "medium")),
        (8080, 80, ("violation", "high")),
        ("http", 80, ("violation", "high")),
        ("grpc", 8080, ("violation", "high")),
    ],
)
def test_a_denied_cluster_ip(target: int | str, port: int | str, told: tuple[str, str]) -> None:
    # given a Service whose port 80 leads to `target`, and a policy that allows the pods' `port`
    listens = service(ServicePort(80, "TCP", target))
    found = explained(ASKS_80, namespace(), *PODS, listens, out(port))
    assert (found.disposition, found.confidence) == told
    assert found.isolating == ("shop/out",)


def test_a_denied_cluster_ip_of_pods_that_may_be_older_than_the_log_is_not_surely_judged() -> None:
    # given a Service's port by a name that no known pod uses
    listens = service(ServicePort(80, "TCP", "web"))
    found = explained(ASKS_80, namespace(is_new=False), *PODS, listens, out(8080))
    assert (found.disposition, found.confidence) == ("violation", "low")
    assert "unless a pod that is not known gives the Service's port the rule's number" in (
        found.sentence
    )


def test_the_missing_port_is_told_as_the_pods() -> None:
    found = explained(ASKS_80, namespace(), *PODS, service(ServicePort(80, "TCP", 8080)), out(80))
    assert found.nearest_miss is not None
    assert "this was TCP 80 of the Service, which leads to 8080 of its pods" in found.sentence


@pytest.mark.parametrize(
    ("pods", "port", "told"),
    [
        ({}, 8080, ("agent-state", "high")),
        # Kubernetes denies it: the agent is not to blame
        ({}, 9090, ("violation", "low")),
        ({"matchLabels": {"app": "api"}}, 9090, ("violation", "high")),
        ({}, 7070, ("violation", "high")),
    ],
)
def test_a_name_is_open_on_every_pod_of_the_policy_with_what_one_of_them_calls_so(
    pods: dict[str, Any], port: int, told: tuple[str, str]
) -> None:
    # given another pod of the namespace that calls 9090 `http`
    other = pod("web", "10.96.17.5", SERVERS_NODE, ContainerPort(9090, "TCP", "http"))
    asks = denied(CLIENT, 40_000, SERVER, port, SERVERS_NODE, "ingress")
    found = explained(asks, namespace(), *PODS, *other, into("http", pods))
    assert (found.disposition, found.confidence) == told
