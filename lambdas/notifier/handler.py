"""What an outbox holds is routed, sent on every channel, and then taken out of it.

The stream's record only says which item to look at: the item itself is read, so that a record
that is delivered again finds an empty outbox. A crash between a channel's acceptance and our
record of it sends once more, with the same notification id. What a channel will not take now stays
in the outbox, and the sweeper wakes us again; what it never will goes to the failure queue.
"""

import logging
import random
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecord,
    DynamoDBStreamEvent,
)

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.notifier.channels import Places, channels_of, refuse_to
from lambdas.settings import load_settings
from netpolwatch.aws.clients import dynamodb
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.dispatch import Dispatched, Dispatcher
from netpolwatch.findings.lanes import beside
from netpolwatch.findings.model import Finding
from netpolwatch.findings.routing import Router
from netpolwatch.reporting.metrics import MetricPoint, count_point

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from netpolwatch.aws.naming import Namer

_VERDICTS = (";PROTOCOL: ", "Flow Info:")
"""What stands in every form of a verdict's line."""


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str
    findings_topic_arn: str
    dashboard_name: str
    failure_queue_url: str
    knowledge_table: str
    chat_topic_arn: str = ""
    event_bus: str = ""
    slack_secret_arn: str = ""


_logger = logging.getLogger(__name__)
_environment = read_environment(Environment)
_settings = load_settings()
_entries = {entry.id: entry for entry in default_entries()}


def handle(event: dict[str, Any], _context: "LambdaContext") -> "PartialItemFailureResponse":
    """Send for each record of the table's stream; return which records failed.

    Powertools' batch processor would do the same, and import asyncio to do it: 50 ms a cold start.
    """
    failed: list[str] = []
    for record in DynamoDBStreamEvent(event).records:
        try:
            _send_record(record)
        except Exception:  # a record's failure is its own, whatever it is
            # Else it would be seen nowhere: a partial response only names the record.
            _logger.exception("a record of the stream comes again")
            # Lambda takes an empty identifier for the whole batch.
            failed.append((record.dynamodb and record.dynamodb.sequence_number) or "")
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _send_record(record: DynamoDBRecord) -> None:
    stream = record.dynamodb
    key = ((stream.keys if stream else None) or {}).get("pk", "")
    if not isinstance(key, str) or not key or key.startswith("batch#"):
        return
    lane = str(((stream.new_image if stream else None) or {}).get("outbox_due", ""))
    now_ms = time.time_ns() // 1_000_000
    dispatched = _dispatcher().dispatch(key, now_ms, beside(lane))
    write_metrics(list(_points(dispatched, now_ms)))


def _points(dispatched: Dispatched, now_ms: int) -> list[MetricPoint]:
    return [
        count_point(name, count, {"Stack": _settings.stack_name, dimension: value}, now_ms)
        for name, dimension, counted in (
            ("NotificationsSent", "Channel", dispatched.sent),
            ("NotificationsFailed", "Channel", dispatched.failed),
            ("NotificationsSuppressed", "Reason", dispatched.suppressed),
        )
        for value, count in counted.items()
    ]


def _named(finding: Finding) -> Finding:
    if not any(mark in one.text for one in finding.evidence for mark in _VERDICTS):
        return finding
    return _namer().named(finding)


@cache
def _namer() -> "Namer":
    # To explain a verdict takes 50 ms of imports: most findings are none.
    from netpolwatch.aws.knowledge.reading import KnowledgeReader  # noqa: PLC0415
    from netpolwatch.aws.naming import Namer  # noqa: PLC0415

    return Namer(KnowledgeReader(dynamodb(), _environment.knowledge_table))


@cache
def _dispatcher() -> Dispatcher:
    ledger = DynamoLedger(
        dynamodb(), _environment.findings_table, retention_days=_settings.retention_days
    )
    places = Places(
        findings_topic_arn=_environment.findings_topic_arn,
        dashboard=_environment.dashboard_name,
        chat_topic_arn=_environment.chat_topic_arn,
        event_bus=_environment.event_bus,
        slack_secret_arn=_environment.slack_secret_arn,
    )
    summaries = {name: entry.summary for name, entry in _entries.items()}
    return Dispatcher(
        ledger,
        Router(_entries, _settings.rules),
        channels_of(places, summaries),
        refuse_to(_environment.failure_queue_url),
        name=_named,
        jitter=lambda pause: int(pause * random.uniform(0.5, 1.5)),  # noqa: S311  # no secret
    )
