"""Subscribes the configured log groups when the stack is made, changed or deleted.

Answers success whatever happens: a log group that cannot be read is worth a message, not the
roll-back of a stack. What happened is in `Data`: `Report`, `Subscribed`, `Failed`.
"""

import logging
import os
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.subscriber.response import succeed
from netpolwatch.aws.subscriptions import Report, Wanted, connect, tell_operators

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logging.getLogger(__name__)


def handle(event: dict[str, Any], context: "LambdaContext") -> None:
    """Handle one event of the custom resource; answers CloudFormation itself."""
    try:
        report = _change(event, context)
        _tell(report)
        data = {
            "Report": report.text(),
            "Subscribed": str(report.subscribed),
            "Failed": str(len(report.failed)),
        }
    except Exception as error:
        logger.exception("the subscriptions could not be changed")
        reason = f"nothing was changed, see the subscriber's log: {error}"[:1000]
        data = {"Report": reason, "Subscribed": "0", "Failed": "0"}
    succeed(event, _physical_id(event), data)


def _change(event: dict[str, Any], context: "LambdaContext") -> Report:
    subscriptions = connect(context.get_remaining_time_in_millis)
    wanted = msgspec.convert(event["ResourceProperties"], Wanted)
    if event["RequestType"] == "Delete":
        return subscriptions.remove(wanted)
    old = event.get("OldResourceProperties")
    return subscriptions.apply(wanted, msgspec.convert(old, Wanted) if old else None)


def _tell(report: Report) -> None:
    for outcome in report.outcomes:
        logger.log(logging.WARNING if outcome.problem else logging.INFO, "%s", outcome)
    if not report.failed:
        return
    try:
        tell_operators(os.environ["OPS_TOPIC_ARN"], report)
    except Exception:
        # The report still reaches the stack's outputs.
        logger.exception("the operators could not be told")


def _physical_id(event: dict[str, Any]) -> str:
    """Return the resource's one identity: a changed one would make CloudFormation delete it."""
    properties = event.get("ResourceProperties") or {}
    return str(event.get("PhysicalResourceId") or properties.get("FilterName") or "subscriptions")
