"""Every minute: what fell silent is over, what is due is told, what failed is tried again."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.findings.recording import record
from netpolwatch.findings.rules import DEFAULT_RULES
from tests.lambdas.deployment import deploy
from tests.unit.aws.findings_store import TABLE, finding_item, items, make_table, waiting
from tests.unit.findings.making import ENTRIES, HOUR_MS, NOON, observation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Tick = Callable[[int], dict[str, int]]
FINDING = observation().id


class Context:
    """What the function asks of its own context."""

    def get_remaining_time_in_millis(self) -> int:
        return 55_000


@pytest.fixture
def table() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        yield make_table()


@pytest.fixture
def tick(
    table: "DynamoDBClient",  # noqa: ARG001  # must be there first
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Tick:
    function = deploy("sweeper", {"FINDINGS_TABLE": TABLE}, tmp_path, monkeypatch)

    def call(at_ms: int) -> dict[str, int]:
        moment = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
        event = {"time": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
        answer: dict[str, int] = function.handle(event, Context())
        return answer

    return call


def opened(table: "DynamoDBClient") -> None:
    ledger = DynamoLedger(table, TABLE)
    record(ledger, [observation()], ENTRIES, "k", now_ms=NOON, rules=DEFAULT_RULES)


def points(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line)
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            label = "/".join(
                str(document[name]) for name in ("Cluster", "Severity", "Stack") if name in document
            )
            (found[f"{metric['Name']} {label}".strip()],) = document[metric["Name"]]
    return found


def test_nothing_to_do_is_no_error(tick: Tick, capsys: pytest.CaptureFixture[str]) -> None:
    assert tick(NOON) == {"swept": 0, "rearmed": 0, "resolved": 0}
    told = points(capsys)
    assert told["OutboxAge netpolwatch"] == 0
    assert told["FindingsOpen retail-prod/critical"] == 0


def test_what_fell_silent_is_over_once(
    tick: Tick, table: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    # Given
    opened(table)
    assert tick(NOON + 60_000)["resolved"] == 0
    assert points(capsys)["FindingsOpen retail-prod/high"] == 1
    # When
    done = [tick(NOON + 2 * HOUR_MS)["resolved"] for _ in range(2)]
    # Then
    assert done == [1, 0]
    state = finding_item(table, FINDING).state
    assert (state.status, state.resolved_at) == ("resolved", NOON + HOUR_MS)
    told = points(capsys)
    assert told["FindingsResolved retail-prod"] == 1
    assert told["FindingsOpen retail-prod/high"] == 0


def test_what_waits_for_long_wakes_the_notifier_by_a_write(
    tick: Tick, table: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    opened(table)
    before = items(table)[f"finding#{FINDING}"]["version"]
    assert tick(NOON + 5 * 60_000)["rearmed"] == 1
    assert items(table)[f"finding#{FINDING}"]["version"] != before
    assert len(waiting(table, FINDING)) == 1
    assert points(capsys)["OutboxAge netpolwatch"] == 5 * 60_000
