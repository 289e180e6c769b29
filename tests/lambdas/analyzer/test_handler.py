"""A payload of log events becomes findings in the table and metrics on stdout."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from netpolwatch.catalogue.compiler import compiled_source
from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.model import Subject
from tests.lambdas.conftest import Deployment
from tests.lambdas.deployment import LOG_GROUP, SETTINGS, deploy, envelope, flow, payload
from tests.unit.aws.findings_store import (
    KNOWLEDGE,
    TABLE,
    answered,
    items,
    refuse_first,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Handle = Callable[[dict[str, Any], object], dict[str, int]]

ROOT = Path(__file__).resolve().parents[3]
MINUTE_MS = 60_000
CONVERSATION: Subject = {
    "source": "10.0.1.44", "destination": "172.20.7.21", "port": 8125, "protocol": "UDP",
}  # fmt: skip
STATISTICS = f"finding#{finding_id('denied-conversation', 'retail-prod', CONVERSATION)}"


VARIABLES = {"FINDINGS_TABLE": TABLE, "KNOWLEDGE_TABLE": KNOWLEDGE, "SETTLING_QUEUE_URL": "none"}


@pytest.fixture
def table(deployment: Deployment) -> "DynamoDBClient":
    return deployment.table


@pytest.fixture
def function(deployment: Deployment) -> ModuleType:
    return deployment.analyzer


@pytest.fixture
def handle(function: ModuleType) -> Handle:
    handler: Handle = function.handle
    return handler


@pytest.fixture
def minute() -> int:
    """Give the start of a minute a quarter of an hour ago."""
    now = time.time_ns() // 1_000_000
    return now - now % MINUTE_MS - 15 * MINUTE_MS


Document = dict[str, Any]


def documents(capsys: pytest.CaptureFixture[str]) -> list[Document]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def directive(document: Document) -> dict[str, Any]:
    (only,) = document["_aws"]["CloudWatchMetrics"]
    return dict(only)


def values(found: list[Document]) -> Counter[tuple[str, tuple[str, ...]]]:
    """Add up the values: (metric, its dimensions' values) to sum."""
    total: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for document in found:
        shape = directive(document)
        (dimensions,) = shape["Dimensions"]
        labels = tuple(document[name] for name in sorted(dimensions))
        for metric in shape["Metrics"]:
            (value,) = document[metric["Name"]]
            total[metric["Name"], labels] += value
    return total


# --- findings ------------------------------------------------------------------------------------


def test_sightings_become_findings(
    deployment: Deployment, handle: Handle, table: "DynamoDBClient", minute: int
) -> None:
    # Given a payload of one node: two denied look-ups, answers, a neighbour that is no flow
    event = payload(
        flow("DENY"), flow("DENY", "10.0.1.44:43323"), flow("ACCEPT"), "Skipping: no policy",
        at=minute,
    )  # fmt: skip
    # When it is analyzed, and what waits is judged
    answer = handle(event, None)
    deployment.judge_all()
    # Then the conversation is a finding, with what people are to be told
    assert answer == {"events": 4, "opened": 0}
    item = items(table)[STATISTICS]
    state = json.loads(item["body"]["S"])["state"]
    assert (state["count"], state["cluster"], state["subject"]) == (
        2, "retail-prod", CONVERSATION,
    )  # fmt: skip
    assert state["first_seen"] == minute
    assert item["outbox_due"] == {"S": "due"}


def test_the_same_payload_twice_is_counted_once(
    deployment: Deployment, handle: Handle, table: "DynamoDBClient", minute: int
) -> None:
    event = payload(flow("DENY"), flow("DENY", tier="ERROR"), at=minute)
    assert handle(event, None) == {"events": 2, "opened": 1}
    deployment.judge_all()
    before = items(table)
    assert handle(event, None) == {"events": 2, "opened": 0}
    deployment.judge_all()
    assert items(table) == before


def test_the_same_payload_in_two_containers_is_counted_once(
    handle: Handle, table: "DynamoDBClient", minute: int, tmp_path: Path
) -> None:
    event = payload(flow("DENY", tier="ERROR"), at=minute)
    handle(event, None)
    before = items(table)
    with pytest.MonkeyPatch.context() as patch:
        other = deploy("analyzer", VARIABLES, tmp_path, patch)
        assert other.handle(event, None) == {"events": 1, "opened": 0}
    assert items(table) == before


@pytest.mark.parametrize(
    ("group", "cluster"),
    [
        ("/shipped/by/fluent-bit", "shipped"),
        ("/aws/eks/another/cluster", "another"),
        ("/somewhere/else", None),
    ],
)
def test_a_log_group_tells_the_cluster(
    deployment: Deployment,
    handle: Handle,
    table: "DynamoDBClient",
    minute: int,
    capsys: pytest.CaptureFixture[str],
    group: str,
    cluster: str | None,
) -> None:
    handle(payload(flow("DENY"), at=minute, group=group), None)
    deployment.judge_all()
    key = f"finding#{finding_id('denied-conversation', cluster, CONVERSATION)}"
    assert key in items(table)
    assert {document["Cluster"] for document in documents(capsys)} == {cluster or "unknown"}


def test_ten_thousand_subjects_stay_few_and_other(
    deployment: Deployment, handle: Handle, table: "DynamoDBClient", minute: int
) -> None:
    lines = [flow("DENY", f"10.1.{number >> 8}.{number & 255}:43322") for number in range(10_000)]
    assert handle(payload(*lines, at=minute), None) == {"events": 10_000, "opened": 21}
    deployment.judge_all()
    found = [
        json.loads(item["body"]["S"])["state"] for item in items(table).values() if "issue" in item
    ]
    # those that the message had room for are judged by the judge, the rest by their lines
    assert len(found) == 2 * 20 + 1
    assert sum(state["count"] for state in found) == 10_000


# --- metrics -------------------------------------------------------------------------------------


def test_metrics_are_one_document_a_minute_and_dimension_set(
    handle: Handle, minute: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given flows of two minutes, out of order
    later = minute + MINUTE_MS
    handle(
        payload(
            (later + 59_999, flow("DENY")), (minute + 1, flow("DENY")), (minute, flow()),
            (later, flow("EXPIRED/DELETED")), (minute + 30_000, flow()),
        ),
        None,
    )  # fmt: skip
    # When its metrics are read
    found = documents(capsys)
    # Then each minute and dimension set has one document, in event time, below our namespace
    shapes = [
        (document["_aws"]["Timestamp"], tuple(sorted(directive(document)["Dimensions"][0])),
         tuple(document[name] for name in sorted(directive(document)["Dimensions"][0])))
        for document in found
    ]  # fmt: skip
    assert len(shapes) == len(set(shapes))
    assert {directive(document)["Namespace"] for document in found} == {"netpolwatch"}
    assert not any("service" in document for document in found)
    flows = {
        (document["_aws"]["Timestamp"], document["Verdict"]): document["Flows"]
        for document in found
        if "Verdict" in document
    }
    assert flows == {
        (minute, "ACCEPT"): [2.0],
        (minute, "DENY"): [1.0],
        (later, "DENY"): [1.0],
        (later, "EXPIRED/DELETED"): [1.0],
    }


def test_metric_names_units_and_dimensions_are_the_contract(
    deployment: Deployment, handle: Handle, minute: int, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(payload(flow("DENY"), flow(), at=minute), None)
    deployment.judge_all()
    found = documents(capsys)
    shapes = {
        (metric["Name"], metric["Unit"], tuple(sorted(directive(document)["Dimensions"][0])))
        for document in found
        for metric in directive(document)["Metrics"]
    }
    assert shapes == {
        ("Flows", "Count", ("Cluster", "Verdict")),
        ("Denies", "Count", ("Cluster", "Disposition")),
        ("KnownIssues", "Count", ("Cluster", "Issue")),
        ("EventsProcessed", "Count", ("Cluster",)),
        ("EventsUnparsed", "Count", ("Cluster",)),
        ("EventsDropped", "Count", ("Cluster",)),
        ("BytesProcessed", "Bytes", ("Cluster",)),
        ("IngestLag", "Milliseconds", ("Cluster",)),
        ("FindingsOpened", "Count", ("Cluster",)),
        ("JudgedUnheard", "Count", ("Cluster",)),
        ("JudgedByLine", "Count", ("Cluster",)),
    }
    total = values(found)
    assert total["EventsProcessed", ("retail-prod",)] == 2
    assert total["FindingsOpened", ("retail-prod",)] == 1
    assert 15 * MINUTE_MS <= total["IngestLag", ("retail-prod",)] < 20 * MINUTE_MS


def test_dimension_values_are_known_labels_whatever_the_lines_say(
    handle: Handle, minute: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given lines with a hundred verdicts that no agent writes
    handle(
        payload(*(flow(f"MAYBE{number}") for number in range(100)), flow("DENY"), at=minute), None
    )
    # Then none of them is a dimension's value
    found = documents(capsys)
    labels = {
        name: {document[name] for document in found if name in document}
        for name in ("Cluster", "Verdict", "Disposition", "Issue")
    }
    assert labels["Cluster"] == {"retail-prod"}
    assert labels["Verdict"] == {"DENY", "other"}
    assert labels["Disposition"] <= {"violation", "reply", "agent-state", "noise", "unknown"}
    assert labels["Issue"] <= {entry.id for entry in default_entries()}
    assert values(found)["Flows", ("retail-prod", "other")] == 100


@pytest.mark.parametrize(
    "stamp",
    [0, -1, 4_102_444_800_000, 253_402_300_800_000, 2**53],
    ids=["1970", "1969", "2100", "10000", "beyond"],
)
def test_a_time_that_cloudwatch_refuses_counts_as_now(
    handle: Handle, minute: int, capsys: pytest.CaptureFixture[str], stamp: int
) -> None:
    # Given an event of such a time among honest ones
    before = time.time_ns() // 1_000_000
    handle(payload((stamp, flow("DENY")), (minute, flow("DENY"))), None)
    # Then both are counted, at times that CloudWatch takes
    found = documents(capsys)
    stamps = {document["_aws"]["Timestamp"] for document in found if "Verdict" in document}
    assert minute in stamps
    assert all(minute <= each <= before + MINUTE_MS for each in stamps)
    assert values(found)["Flows", ("retail-prod", "DENY")] == 2


# --- bad payloads --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["", "no base64!", "bm90IGd6aXA=", envelope([1, 2])["awslogs"]["data"]],
    ids=["empty", "not base64", "not gzip", "another shape"],
)
def test_an_undecodable_payload_is_an_error(
    function: ModuleType, capsys: pytest.CaptureFixture[str], data: str
) -> None:
    with pytest.raises(function.UndecodablePayloadError):
        function.handle({"awslogs": {"data": data}}, None)
    assert capsys.readouterr().out == ""


def test_a_bad_event_in_a_good_envelope_hides_no_neighbour(
    deployment: Deployment,
    handle: Handle,
    table: "DynamoDBClient",
    minute: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given an envelope with what is no event, what has no message, and lines of garbage
    events: list[Any] = [
        7, None, {"id": "1", "timestamp": minute}, {"id": "2", "timestamp": "x", "message": "a"},
        {"id": "3", "timestamp": minute, "message": "\x00\ufffd;SIP: ;SPORT"},
        {"id": "4", "timestamp": minute, "message": flow("DENY")},
    ]  # fmt: skip
    event = envelope({
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": LOG_GROUP, "logStream": "s",
        "logEvents": events,
    })  # fmt: skip
    # When
    handle(event, None)
    deployment.judge_all()
    # Then the neighbour is a finding and the loss is counted
    assert STATISTICS in items(table)
    assert values(documents(capsys))["EventsUnparsed", ("retail-prod",)] == 3


def test_a_control_message_is_nothing(
    handle: Handle, table: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    event = envelope({
        "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "",
        "logStream": "", "logEvents": [{"id": "", "timestamp": 0, "message": "CWL CONTROL"}],
    })  # fmt: skip
    assert handle(event, None) == {"events": 0, "opened": 0}
    assert items(table) == {}
    assert values(documents(capsys))["EventsProcessed", ("unknown",)] == 0


def test_a_denied_write_is_an_error_before_any_metric(
    handle: Handle, minute: int, capsys: pytest.CaptureFixture[str]
) -> None:
    # A metric written before the retry would be counted twice.
    with (
        answered("TransactWriteItems", refuse_first(1, "AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        handle(payload(flow("DENY", tier="ERROR"), at=minute), None)
    assert capsys.readouterr().out == ""


# --- the hot path --------------------------------------------------------------------------------

PROBE = """
import json, socket, sys

def refuse(*_):
    raise AssertionError("a call over the network")

socket.socket.connect = refuse
from lambdas.analyzer.handler import handle
answer = handle(json.load(sys.stdin), None)
print(json.dumps({"answer": answer, "loaded": sorted(sys.modules)}))
"""


def test_a_payload_without_sightings_imports_no_boto3(tmp_path: Path, minute: int) -> None:
    # Given a bundle: the code, its settings at the root, the catalogue compiled
    for package in ("lambdas", "netpolwatch"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS))
    compiled = tmp_path / "netpolwatch" / "catalogue" / "compiled.py"
    compiled.write_text(compiled_source(default_entries()))
    environment = (
        {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        | VARIABLES
        | {"PYTHONDONTWRITEBYTECODE": "1"}
    )
    # When a payload of nothing but ACCEPTs and audit lines is analyzed
    run = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", PROBE],
        input=json.dumps(payload(flow(), '{"kind":"Event"}', at=minute)),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    # Then it is counted without a client. Powertools asks for botocore's version, and no more.
    probe = json.loads(run.stdout.splitlines()[-1])
    assert probe["answer"] == {"events": 2, "opened": 0}
    slow = {"boto3", "botocore.session", "botocore.client", "pydantic", "yaml", "typer", "rich"}
    assert not slow & set(probe["loaded"])
