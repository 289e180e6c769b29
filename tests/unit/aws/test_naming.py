"""An address that belonged to two pods: who is named when, from the audit events alone."""

from collections.abc import Iterator

import moto
import msgspec
import pytest

from netpolwatch.aws.knowledge.learning import KnowledgeLearner
from netpolwatch.aws.knowledge.reading import KnowledgeReader
from netpolwatch.aws.naming import Namer
from netpolwatch.findings.model import Evidence, Finding
from netpolwatch.findings.notices import subject_text
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.reporting.email import named_ends
from samples import reuse
from samples.cluster import CLUSTER
from samples.generate import Event, cluster_day
from samples.story import DEFAULT_END_MS, DEFAULT_SEED
from tests.unit.aws.findings_store import KNOWLEDGE, make_knowledge_table, make_table
from tests.unit.findings.making import finding

CART = f"shop/Deployment/cart ({reuse.ADDRESS})"
REINDEX = f"batch/Deployment/reindex ({reuse.ADDRESS})"
BOTH = f"shop/Deployment/cart, later batch/Deployment/reindex ({reuse.ADDRESS})"


@pytest.fixture(scope="module")
def day() -> list[Event]:
    return cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS, scale=0.1)


@pytest.fixture(scope="module")
def namer(day: list[Event]) -> Iterator[Namer]:
    with moto.mock_aws():
        client = make_table()
        make_knowledge_table(client)
        table = KnowledgeLearner(client, KNOWLEDGE)
        for event in day:
            table.learn(CLUSTER, read_audit_event(event.message, event.timestamp), DEFAULT_END_MS)
        yield Namer(KnowledgeReader(client, KNOWLEDGE))


@pytest.fixture(scope="module")
def asked(day: list[Event]) -> list[tuple[Event, Flow]]:
    """The packets of both pods to one database, in the order of time."""
    flows = [(event, parse_flow(event.message)) for event in day]
    return [
        (event, flow)
        for event, flow in flows
        if flow and (flow.source_ip, flow.destination_port) == (reuse.ADDRESS, 6379)
    ]


def conversation(*asked: tuple[Event, Flow]) -> Finding:
    """Make the finding of some packets; they were recorded in the order that is given."""
    times = [event.timestamp for event, _ in asked]
    flow = asked[0][1]
    return finding(
        cluster=CLUSTER,
        subject={
            "source": flow.source_ip, "destination": flow.destination_ip,
            "port": flow.destination_port, "protocol": flow.protocol,
        },
        first_seen=rfc3339(min(times)),
        last_seen=rfc3339(max(times)),
        evidence=tuple(
            Evidence(rfc3339(event.timestamp), event.log_group, event.log_stream, event.message)
            for event, _ in asked
        )[:5],
    )  # fmt: skip


def test_given_one_half_when_named_then_the_pod_that_had_the_address_then(
    namer: Namer, asked: list[tuple[Event, Flow]]
) -> None:
    assert subject_text(namer.named(conversation(asked[0]))).startswith(f"{CART} -> ")
    assert subject_text(namer.named(conversation(asked[-1]))).startswith(f"{REINDEX} -> ")


@pytest.mark.parametrize("turn", [1, -1])
def test_given_both_halves_when_named_then_both_pods_in_their_order_however_recorded(
    namer: Namer, asked: list[tuple[Event, Flow]], turn: int
) -> None:
    named = namer.named(conversation(*asked[::turn]))
    assert subject_text(named).startswith(f"{BOTH} -> ")
    facts = named_ends(named)
    assert facts["From"].startswith("shop/Deployment/cart (high confidence: kubelet status patch")
    assert facts["From later"].startswith("batch/Deployment/reindex (high confidence: ")


def test_given_a_pod_that_is_gone_by_the_last_packet_when_named_then_nobody_succeeds_it(
    namer: Namer, asked: list[tuple[Event, Flow]]
) -> None:
    minute = DEFAULT_END_MS - 360 * 60_000 + int(176.5 * 60_000)
    whole = conversation(asked[0])
    named = namer.named(msgspec.structs.replace(whole, last_seen=rfc3339(minute)))
    assert subject_text(named).startswith(f"{CART} -> ")


def test_given_an_issue_of_one_end_when_named_then_the_other_end_has_no_successor(
    namer: Namer, asked: list[tuple[Event, Flow]]
) -> None:
    # given a fault of the receiving end: whoever asked last need not be who asked first
    whole = conversation(*asked)
    narrowed = msgspec.structs.replace(whole, subject={"destination": asked[0][1].destination_ip})
    named = namer.named(narrowed)
    assert [one["ip"] for one in named.identities].count(reuse.ADDRESS) == 1
