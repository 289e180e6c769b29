"""A Service's address is denied: are the pods behind it allowed?"""

from typing import Any

import pytest

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import ServicePort, ServiceSeen
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.explain import Explainer
from tests.unit.kubernetes.policy.making import labelled
from tests.unit.verdicts.attribution.making import CLIENT, SERVICE, denied, knowing, rules

OTHER = "172.20.0.11"
BLOCK = rules("egress", {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]})


def why(known: Knowledge, flow: Flow) -> str:
    told = Explainer(known).explain(flow)
    assert told.disposition == "violation"
    return told.why


def asked(service: str = SERVICE, port: int = 80) -> Flow:
    return denied(CLIENT, service, "egress", ports=(40_000, port))


def serving(selector: dict[str, str] | None, *specs: dict[str, Any]) -> Knowledge:
    known = knowing(*specs)
    known.learn([ServiceSeen(namespace="x", name="other", addresses=(OTHER,), selector=selector,
                             ports=(ServicePort(80, target=8080), ServicePort(90, name="web")),
                             at_us=0, source="test")])  # fmt: skip
    return known


def to(labels: dict[str, Any], *ports: int) -> dict[str, Any]:
    return rules("egress", {"to": [{"podSelector": labels}],
                            "ports": [{"port": port} for port in ports]})  # fmt: skip


def test_a_block_covers_the_pods_and_not_the_services_address() -> None:
    known = serving({"app": "server"}, BLOCK)
    assert why(known, asked(OTHER)) == (
        "no policy allows the Service's address, though they allow its pod x/server on 8080"
    )


def test_a_rule_for_labels_that_the_pods_have_not_allows_neither() -> None:
    known = serving({"app": "server"}, to(labelled(app="server", tier="x"), 8080))
    assert why(known, asked(OTHER)) == "no policy allows it"


@pytest.mark.parametrize("selector", [None, {}, {"app": "nobody"}])
def test_a_service_without_known_pods_is_not_told_of(selector: dict[str, str] | None) -> None:
    assert why(serving(selector, BLOCK), asked(OTHER)) == "no policy allows it"


def test_pods_that_deny_it_at_their_own_end_are_not_allowed() -> None:
    known = serving({"app": "server"}, BLOCK, rules("ingress"))
    assert why(known, asked(OTHER)) == "no policy allows it"


def test_a_port_that_the_service_does_not_have_leads_to_no_pod() -> None:
    assert why(serving({"app": "server"}, BLOCK), asked(OTHER, 81)) == "no policy allows it"
