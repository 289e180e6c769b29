"""What is told of a denied packet: the judgement of policies, from the table of a deployment."""

from collections.abc import Iterator
from typing import Any

import moto
import pytest

from netpolwatch.aws.knowledge.learning import KnowledgeLearner
from netpolwatch.aws.knowledge.reading import KnowledgeReader
from netpolwatch.aws.naming import Namer
from netpolwatch.findings.model import Evidence
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot
from netpolwatch.reporting.email import named_ends
from tests.corpus import cluster_day
from tests.unit.aws.findings_store import KNOWLEDGE, make_knowledge_table, make_table
from tests.unit.findings.making import CLUSTER, NOON, finding


@pytest.fixture(scope="module")
def learned() -> Iterator[Namer]:
    """A table that has learned a day's audit events and its final snapshot."""
    with moto.mock_aws():
        client = make_table()
        make_knowledge_table(client)
        table = KnowledgeLearner(client, KNOWLEDGE)
        for event in cluster_day.events("audit"):
            facts = read_audit_event(event["message"], event["timestamp"])
            table.learn(CLUSTER, facts, NOON)
        snapshot = read_snapshot(cluster_day.content("snapshot.yaml"))
        table.learn(CLUSTER, snapshot.facts, NOON)
        yield Namer(KnowledgeReader(client, KNOWLEDGE))


DENIED = [truth for truth in cluster_day.truth() if truth["verdict"] == "DENY"]


@pytest.mark.parametrize("truth", DENIED[::9], ids=lambda truth: f"line {truth['line']}")
def test_given_a_day_when_a_denied_packet_is_told_then_its_policies_judge_it_right(
    learned: Namer, truth: dict[str, Any]
) -> None:
    # given a finding of one packet
    event = cluster_day.events("flows")[truth["line"] - 1]
    at = rfc3339(event["timestamp"])
    shown = Evidence(at, event["logGroup"], event["logStream"], event["message"])
    one = finding(cluster=CLUSTER, evidence=(shown,), first_seen=at, last_seen=at)
    # when it is told
    judged = named_ends(learned.named(one)).get("Judged", "unknown")
    # then it says what is true
    assert judged.partition(" ")[0] == truth["disposition"]
