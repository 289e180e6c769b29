"""Ingress to a port that only another selected pod calls by the rule's name."""

from typing import Any

import msgspec
import pytest

from netpolwatch.kubernetes.facts import AnyFact, ContainerPort
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.deviations import deviations
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
from tests.unit.verdicts.attribution.scene import (
    CLIENT,
    CLIENTS_NODE,
    HTTP,
    SERVER,
    SERVERS_NODE,
    denied,
    namespace,
    pod,
    policy,
)

OTHER = pod("other", "10.96.17.5", SERVERS_NODE, ContainerPort(9090, "TCP", "http"))
PODS = (namespace(), *pod("client", CLIENT, CLIENTS_NODE), *pod("api", SERVER, SERVERS_NODE, HTTP))


def into(port: int | str, name: str = "named", **spec: Any) -> AnyFact:  # noqa: ANN401
    rule = {"ports": [{"port": port}]}
    return policy(name, {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [rule], **spec})


def explained(
    port: int, *facts: AnyFact, verdict: str = "DENY"
) -> tuple[Explanation, dict[str, str]]:
    known = Knowledge()
    known.learn((*PODS, *facts))
    flow = denied(CLIENT, 41_000, SERVER, port, SERVERS_NODE, "ingress")
    told = Explainer(known).explain(msgspec.structs.replace(flow, verdict=verdict))
    return told, {each.id: each.sentence for each in deviations(told, known)}


def test_a_denial_there_is_kubernetes_way_and_the_other_pod_is_named() -> None:
    told, named = explained(9090, *OTHER, into("http"))
    assert (told.disposition, told.confidence) == ("violation", "low")
    assert (told.isolating, told.allowing) == (("shop/named",), ())
    assert told.sentence.count("shop/other calls 9090 http") == 1
    assert named["port-named-by-another"].endswith("Here shop/other calls 9090 http.")


def test_what_passes_there_passes_by_this_networks_way() -> None:
    told, named = explained(9090, *OTHER, into("http"), verdict="ACCEPT")
    assert told.allowing == ("shop/named",)
    assert "shop/other calls 9090 http" in named["port-named-by-another"]


@pytest.mark.parametrize(
    ("port", "policies"),
    [
        (8080, [into("http")]),
        (9090, [into(9090)]),
        (9090, [into("http"), into(9090, "numbered")]),
    ],
    ids=["its-own-name", "a-number", "another-policy"],
)
def test_what_is_open_anyhow_is_the_agents_fault(port: int, policies: list[AnyFact]) -> None:
    told, named = explained(port, *OTHER, *policies)
    assert told.disposition == "agent-state"
    assert "port-named-by-another" not in named


def test_a_pod_that_the_policy_does_not_select_opens_nothing() -> None:
    only_api = into("http", podSelector={"matchLabels": {"app": "api"}})
    told, named = explained(9090, *OTHER, only_api)
    assert (told.disposition, told.confidence) == ("violation", "high")
    assert "port-named-by-another" not in named
