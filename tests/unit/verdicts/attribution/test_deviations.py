"""What this CNI does otherwise, named where it bears on a verdict."""

import re
from pathlib import Path
from typing import Any

import pytest

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.deviations import DEVIATIONS, deviations
from netpolwatch.verdicts.attribution.explain import Explainer
from tests.unit.kubernetes.policy.making import labelled
from tests.unit.verdicts.attribution.making import (
    BARE,
    CLIENT,
    NODE,
    SERVER,
    SERVICE,
    denied,
    knowing,
    rules,
)

_DOCS = Path(__file__).parents[4] / "docs" / "attribution.md"
_MANY = [{"port": port} for port in range(1000, 1025)]
BY_LABEL, BY_BLOCK = {"podSelector": labelled(app="server")}, {"ipBlock": {"cidr": "10.0.0.0/8"}}


def named(known: Knowledge, flow: Flow) -> list[str]:
    return [each.id for each in deviations(Explainer(known).explain(flow), known)]


@pytest.mark.parametrize("tier", ["ADMIN", "BASELINE"])
def test_a_cluster_policy_is_named_by_its_tier(tier: str) -> None:
    assert named(knowing(), denied(tier=tier)) == ["cluster-policy"]


@pytest.mark.parametrize("tier", [None, "NETWORK_POLICY", "DEFAULT", "ERROR"])
def test_between_pods_of_a_workload_by_their_labels_nothing_is_named(tier: str | None) -> None:
    assert named(knowing(rules("ingress", {"from": [BY_LABEL]})), denied(tier=tier)) == []


def test_a_services_address_is_named_where_a_policy_judged_it() -> None:
    assert named(knowing(rules("egress")), denied(CLIENT, SERVICE, "egress")) == ["service-address"]
    assert named(knowing(), denied(CLIENT, SERVICE, "egress")) == []
    assert named(knowing(), denied(SERVICE, CLIENT)) == ["service-source"]


def test_a_nodes_address_may_be_that_of_pods_on_its_network() -> None:
    assert named(knowing(), denied(NODE, SERVER)) == ["host-network"]


def test_a_pod_that_nothing_controls_is_named_where_a_policy_isolates_it() -> None:
    assert named(knowing(rules("ingress")), denied(CLIENT, BARE)) == ["standalone-pod"]
    assert named(knowing(), denied(CLIENT, BARE)) == []
    assert named(knowing(rules("ingress")), denied(BARE, SERVER)) == []


def test_more_ports_than_the_agent_keeps_are_named_for_the_peer_that_they_are_for() -> None:
    half = {"from": [{"podSelector": labelled(app="client")}], "ports": _MANY[:13]}
    other = {"from": [{"podSelector": labelled(app="bare")}], "ports": _MANY[13:]}
    everybody = {"ports": _MANY[13:]}
    one, two = rules("ingress", half), rules("ingress", everybody)
    assert named(knowing(one, two), denied()) == ["over-24-ports"]
    assert named(knowing(one, rules("ingress", other)), denied()) == []


def test_a_protocol_without_ports_is_named() -> None:
    assert named(knowing(rules("ingress")), denied(protocol="ICMP")) == ["no-ports"]


@pytest.mark.parametrize(
    ("rule", "names"),
    [({"ports": [{"port": "http"}]}, ["named-port-to-address"]),
     ({"to": [BY_BLOCK], "ports": [{"port": "http"}]},
      ["named-port-to-address", "block-covers-pods"]),
     ({"to": [BY_LABEL], "ports": [{"port": "http"}]}, []),
     ({"to": [BY_BLOCK], "ports": [{"port": 80}]}, ["block-covers-pods"])],
)  # fmt: skip
def test_what_a_block_means_is_named(rule: dict[str, Any], names: list[str]) -> None:
    assert named(knowing(rules("egress", rule)), denied(direction="egress")) == names


def test_where_no_policy_decided_nothing_is_named() -> None:
    assert named(knowing(), denied(destination="224.0.0.251")) == []
    assert named(knowing(), denied(NODE, SERVER, tier="ERROR")) == []


def test_of_a_line_whose_ends_nobody_knows_the_line_alone_is_told() -> None:
    assert named(Knowledge(), denied(direction="", protocol="ICMP")) == ["no-ports"]


def test_the_documentation_has_the_same_table() -> None:
    section = _DOCS.read_text(encoding="utf-8").partition("## What this CNI does otherwise")[2]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", section, re.MULTILINE)
    assert rows == [(each.id, each.when, each.sentence) for each in DEVIATIONS]
