"""Subscribes the configured log groups when the stack is made, changed or deleted, and every hour.

Answers CloudFormation with success whatever happens: a log group that cannot be read is worth a
message, not the roll-back of a stack. What happened is in `Data`: `Report`, `Subscribed`, `Failed`.

The hourly check is for log groups that were deleted and made anew, which loses their filters, and
for those that came only after the deployment. What it checks against is in the bundle: an update
changes the code first, so no check can bring back the filters of the configuration before.
"""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from lambdas.subscriber.response import succeed
from netpolwatch.aws.subscriptions import Report, connect, tell_failures, tell_restored
from netpolwatch.reporting.metrics import gauge_point
from netpolwatch.subscription.spec import SubscriptionSpec

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logging.getLogger(__name__)


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    ops_topic_arn: str
    analyzer_arn: str


def handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, int] | None:
    """Handle an event of the custom resource, or the schedule's `{"check": true}`."""
    if "check" in event:
        return _check(context)
    try:
        report = _change(event, context)
        _log(report)
        if report.failed:
            _tell(tell_failures, report)
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
    return None


def _check(context: "LambdaContext") -> dict[str, int]:
    """Subscribe again what lost its filters; an alarm watches the number that could not be."""
    settings = load_settings()
    if settings.subscription is None:
        return {"restored": 0, "failed": 0}
    spec = msgspec.structs.replace(settings.subscription, destination=_environment().analyzer_arn)
    report = connect(context.get_remaining_time_in_millis).apply(spec)
    _log(report)
    if report.restored:
        _tell(tell_restored, report)
    failed = len(report.failed)
    now_ms = time.time_ns() // 1_000_000
    ours = {"Stack": settings.stack_name}
    write_metrics([gauge_point("LogGroupsNotRead", failed, ours, now_ms, "Count")])
    return {"restored": len(report.restored), "failed": failed}


def _change(event: dict[str, Any], context: "LambdaContext") -> Report:
    subscriptions = connect(context.get_remaining_time_in_millis)
    spec = msgspec.convert(event["ResourceProperties"], SubscriptionSpec)
    if event["RequestType"] == "Delete":
        return subscriptions.remove(spec)
    old = event.get("OldResourceProperties")
    return subscriptions.apply(spec, msgspec.convert(old, SubscriptionSpec) if old else None)


def _log(report: Report) -> None:
    for outcome in report.outcomes:
        logger.log(logging.WARNING if outcome.problem else logging.INFO, "%s", outcome)


def _tell(publish: Callable[[str, Report], None], report: Report) -> None:
    try:
        publish(_environment().ops_topic_arn, report)
    except Exception:
        # The report still reaches the stack's outputs, or the alarm.
        logger.exception("the operators could not be told")


_environment = partial(read_environment, Environment)
"""Read when it is needed: CloudFormation gets its answer without any of it."""


def _physical_id(event: dict[str, Any]) -> str:
    """Return the resource's one identity: a changed one would make CloudFormation delete it."""
    properties = event.get("ResourceProperties") or {}
    return str(event.get("PhysicalResourceId") or properties.get("FilterName") or "subscriptions")
