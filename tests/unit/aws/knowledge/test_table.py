"""What is known in the table answers as what is known in memory does."""

from collections.abc import Iterator
from functools import partial

import moto
import msgspec
import pytest

from netpolwatch.aws.knowledge.learning import KnowledgeLearner
from netpolwatch.aws.knowledge.reading import KnowledgeReader
from netpolwatch.aws.naming import Namer
from netpolwatch.findings.model import Evidence
from netpolwatch.findings.notices import subject_text
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, PolicyGone, PolicySeen
from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.identity.gathering import Gathering
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation
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
def reader() -> Iterator[KnowledgeReader]:
    with moto.mock_aws():
        client = make_table()
        make_knowledge_table(client)
        table = KnowledgeLearner(client, KNOWLEDGE)
        # As it comes: in another order, in many calls, and some of it twice.
        learned = facts()[::-1]
        for start in range(0, len(learned), 40):
            assert table.learn(CLUSTER, learned[start : start + 40], NOW).lost == 0
        table.learn(CLUSTER, learned[::3], NOW)
        yield KnowledgeReader(client, KNOWLEDGE)


def explained(reader: KnowledgeReader, cluster: str, *asked: Flow) -> dict[Flow, Explanation]:
    gathering = Gathering(partial(reader.read, cluster))
    return gathering.answers(asked, lambda flow, known: Explainer(known).explain(flow))


def test_it_answers_as_memory_does(reader: KnowledgeReader) -> None:
    # given
    memory = Knowledge()
    memory.learn(facts())
    everywhere = Explainer(memory)
    # when all denied flows of the day are asked for together
    answers = explained(reader, CLUSTER, *flows())
    # then each has the answer of whoever knows all
    assert len(answers) == len(set(flows()))
    for flow, told in answers.items():
        expected = everywhere.explain(flow)
        assert (_end(told.source), _end(told.destination)) == (
            _end(expected.source), _end(expected.destination),
        )  # fmt: skip
        assert told.isolating == expected.isolating
        assert (told.disposition, told.confidence) == (expected.disposition, expected.confidence)


def _end(identity: Identity) -> Identity:
    """Leave out when it was shown: of facts that say the same, the first is kept."""
    return msgspec.structs.replace(identity, evidence="")


def test_another_cluster_knows_nothing(reader: KnowledgeReader) -> None:
    told = explained(reader, "another", flows()[0]).popitem()[1]
    assert told.source.kind in ("unknown", "external")


def test_what_a_controller_applies_again_is_not_written_again(reader: KnowledgeReader) -> None:
    # given what is in force, applied again three minutes later, and a container that is new
    last = {
        (fact.namespace, fact.name): fact
        for fact in facts()
        if isinstance(fact, PolicySeen | PolicyGone)
    }
    KnowledgeLearner(reader._client, KNOWLEDGE).learn("gitops", facts(), NOW)
    again = [
        msgspec.structs.replace(fact, at_us=fact.at_us + 180_000_000, event=f"again-{number}")
        for number, fact in enumerate(last.values())
        if isinstance(fact, PolicySeen)
    ]
    assert len(again) > 10
    container = KnowledgeLearner(reader._client, KNOWLEDGE)
    # when
    assert container.learn("gitops", again, NOW).items == 0
    # then a change is written as before
    changed = msgspec.structs.replace(again[0], generation=99)
    assert container.learn("gitops", [changed], NOW).items == 1


def test_a_question_reads_a_bounded_number_of_objects(reader: KnowledgeReader) -> None:
    # given a bound, and more conversations than it allows
    asked: list[object] = []
    reader._client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    gathering = Gathering(partial(reader.read, CLUSTER), max_reads=60)
    # when
    answers = gathering.answers(flows(), lambda flow, known: Explainer(known).explain(flow))
    # then some have no answer, and those that have are right
    assert gathering.reads == len(asked) == 60
    assert len(answers) < len(set(flows()))


def test_a_finding_gets_its_workloads_and_policies(reader: KnowledgeReader) -> None:
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
    named = Namer(reader).named(conversation)
    # then
    assert named.policies == expected.isolating
    assert [one["name"] for one in named.identities] == [
        expected.source.name, expected.destination.name,
    ]  # fmt: skip
    assert subject_text(named).count("(") == 2


def test_a_table_that_refuses_costs_the_names_and_not_the_alert(reader: KnowledgeReader) -> None:
    event = events("flows")[0]
    told = finding(
        cluster="fresh",
        evidence=(Evidence("2026-06-09T12:00:00.000Z", "g", "s", event["message"]),),
    )
    with answered("Query", refuse_first(9, "AccessDeniedException")):
        assert Namer(reader).named(told) == told
