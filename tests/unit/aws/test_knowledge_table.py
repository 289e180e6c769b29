"""What is known in the table answers as what is known in memory does."""

from collections.abc import Iterator

import moto
import msgspec
import pytest

from netpolwatch.aws.knowledge_table import MAX_OBJECTS, KnowledgeTable
from netpolwatch.aws.naming import Namer
from netpolwatch.findings.model import Evidence
from netpolwatch.findings.notices import subject_text
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.attribution.explain import Explainer
from tests.corpus.cluster_day import events
from tests.unit.aws.findings_store import (
    KNOWLEDGE,
    answered,
    make_knowledge_table,
    make_table,
    refuse_first,
)
from tests.unit.findings.making import finding

CLUSTER = "day"
NOW = 1_781_100_000_000


def facts() -> list[AnyFact]:
    return [
        fact
        for event in events("audit")
        for fact in read_audit_event(event["message"], event["timestamp"])
    ]


def flows() -> list[Flow]:
    found = []
    for event in events("flows"):
        flow = parse_flow(event["message"])
        if flow is not None and flow.verdict == "DENY" and flow.source_ip:
            found.append((flow, event["timestamp"]))
    return [msgspec.structs.replace(flow, timestamp=flow.timestamp or at) for flow, at in found]


@pytest.fixture(scope="module")
def table() -> Iterator[KnowledgeTable]:
    with moto.mock_aws():
        client = make_table()
        make_knowledge_table(client)
        table = KnowledgeTable(client, KNOWLEDGE)
        # As it comes: in another order, and twice.
        learned = facts()
        assert table.learn(CLUSTER, reversed(learned), NOW) > len(learned)
        table.learn(CLUSTER, learned[::3], NOW)
        yield table


def test_it_answers_as_memory_does(table: KnowledgeTable) -> None:
    # given
    memory = Knowledge()
    memory.learn(facts())
    everywhere = Explainer(memory)
    # when, for every seventh denied flow of the day
    compared = 0
    for flow in flows()[::7]:
        assert flow.timestamp is not None
        addresses = [one for one in (flow.source_ip, flow.destination_ip) if one]
        told = Explainer(table.around(CLUSTER, addresses, flow.timestamp)).explain(flow)
        # then
        expected = everywhere.explain(flow)
        assert (told.source, told.destination) == (expected.source, expected.destination)
        assert told.isolating == expected.isolating
        assert told.disposition == expected.disposition
        compared += 1
    assert compared > 30


def test_another_cluster_knows_nothing(table: KnowledgeTable) -> None:
    flow = flows()[0]
    knowledge = table.around("another", [flow.source_ip or ""], flow.timestamp or 0)
    assert knowledge.owner(flow.source_ip, flow.timestamp or 0).kind in ("unknown", "external")


def test_a_question_asks_about_a_bounded_number_of_objects(table: KnowledgeTable) -> None:
    asked: list[object] = []
    client = table._client  # to count its requests
    client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    many = [f"10.42.{number}.{number}" for number in range(100)]
    table.around(CLUSTER, many, NOW)
    assert 0 < len(asked) <= 2 * MAX_OBJECTS
    # and of what is known the same question within seconds asks nothing again
    flow = flows()[0]
    addresses, at_ms = [flow.source_ip or "", flow.destination_ip or ""], flow.timestamp or 0
    table.around(CLUSTER, addresses, at_ms)
    before = len(asked)
    table.around(CLUSTER, addresses, at_ms)
    assert len(asked) - before < before


def test_a_finding_gets_its_workloads_and_policies(table: KnowledgeTable) -> None:
    # given a violation of the day whose ends are pods
    memory = Knowledge()
    memory.learn(facts())
    explainer = Explainer(memory)
    flow = next(
        one for one in flows()
        if (told := explainer.explain(one)).isolating
        and told.source.kind == told.destination.kind == "pod"
    )  # fmt: skip
    expected = explainer.explain(flow)
    event = next(one for one in events("flows") if one["timestamp"] == flow.timestamp)
    time = event["timestamp"]
    subject = {
        "source": flow.source_ip, "destination": flow.destination_ip,
        "port": flow.destination_port, "protocol": flow.protocol,
    }  # fmt: skip
    conversation = finding(
        cluster=CLUSTER, subject=subject,
        evidence=(Evidence(rfc3339(time), "g", "s", event["message"]),),
    )  # fmt: skip
    # when
    named = Namer(table).named(conversation)
    # then
    assert named.policies == expected.isolating
    assert [one["name"] for one in named.identities] == [
        expected.source.name, expected.destination.name,
    ]  # fmt: skip
    assert subject_text(named).count("(") == 2


def test_a_table_that_refuses_costs_the_names_and_not_the_alert(table: KnowledgeTable) -> None:
    event = events("flows")[0]
    told = finding(
        cluster="fresh",
        evidence=(Evidence("2026-06-09T12:00:00.000Z", "g", "s", event["message"]),),
    )
    with answered("Query", refuse_first(9, "AccessDeniedException")):
        assert Namer(table).named(told) == told
