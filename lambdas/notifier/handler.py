"""What a finding's outbox holds is sent, and then taken out of it.

The stream's record only says which finding to look at: the item itself is read, so that a record
that is delivered again finds an empty outbox. A crash between sending and taking out sends once
more, with the same notification id.
"""

import logging
import time
from functools import cache
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from netpolwatch.aws.clients import dynamodb, sns
from netpolwatch.aws.findings_table import FindingsTable, finding_in
from netpolwatch.aws.findings_topic import publish_finding
from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.model import Finding, Links
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from netpolwatch.reporting.metrics import MetricPoint, count_point

_CHANNEL = {"Channel": "sns"}


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str
    findings_topic_arn: str
    dashboard_name: str


_logger = logging.getLogger(__name__)
_environment = read_environment(Environment)
_summaries = {entry.id: entry.summary for entry in default_entries()}
_processor = BatchProcessor(
    EventType.DynamoDBStreams,
    raise_on_entire_batch_failure=False,
    # Else a record's error would be seen nowhere: a partial response only names the record.
    logger=_logger,
)


def handle(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Send for each record of the table's stream; answers which records failed."""
    return process_partial_response(event, _send_record, _processor, context)


def _send_record(record: DynamoDBRecord) -> None:
    keys = record.dynamodb.keys if record.dynamodb else None
    identity = finding_in((keys or {}).get("pk", ""))
    if identity is None:
        return
    for pending in _table().pending(identity):
        if pending.entry is None:
            # It could be tried for ever: its neighbours must not wait for it.
            _logger.error("notification %s of finding %s is damaged", pending.id, identity)
            write_metrics([_counted("NotificationsFailed")])
        else:
            _send(pending.id, pending.entry.finding)
        _table().acknowledge(identity, pending.id)


def _send(notification: str, unlocated: Finding) -> None:
    finding = _located(unlocated)
    try:
        publish_finding(
            sns(),
            _environment.findings_topic_arn,
            finding,
            summary=_summaries.get(finding.issue, ""),
            notification=notification,
        )
    except Exception:
        write_metrics([_counted("NotificationsFailed")])
        raise
    write_metrics([_counted("NotificationsSent")])


def _located(finding: Finding) -> Finding:
    """Add what only a deployment knows: the account, the region, links into the console."""
    region, account = _environment.findings_topic_arn.split(":")[3:5]
    links = Links(dashboard=dashboard_link(region, _environment.dashboard_name))
    if finding.evidence:
        seen = finding.evidence[0]
        insights = logs_insights_link(region, seen.log_group, seen.log_stream)
        links = msgspec.structs.replace(links, logs_insights=insights)
    return msgspec.structs.replace(finding, account=account, region=region, links=links)


def _counted(name: str) -> MetricPoint:
    return count_point(name, 1, _CHANNEL, time.time_ns() // 1_000_000)


@cache
def _table() -> FindingsTable:
    return FindingsTable(dynamodb(), _environment.findings_table)
