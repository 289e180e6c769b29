"""What is wrong with us, told to `ops`."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.analyzer import AnalyzerFunction
from infra.notifier import NotifierFunction
from infra.queues import FailureQueue
from netpolwatch.reporting.metrics import NAMESPACE

_PERIOD = cdk.Duration.minutes(5)
# Without a call there is no data point, and nothing went wrong.
_QUIET_IS_WELL = cloudwatch.TreatMissingData.NOT_BREACHING
# SQS stops reporting on a queue that nobody touches for hours: that neither empties nor fills it.
_QUIET_CHANGES_NOTHING = cloudwatch.TreatMissingData.IGNORE


class Alarms(Construct):
    """One alarm for each way in which findings can get lost or late."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        analyzer: AnalyzerFunction,
        notifier: NotifierFunction,
        ops: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(ops)
        self._not_empty("AnalyzerFailures", analyzer.failures, "Log batches were given up.")
        self._not_empty("NotifierFailures", notifier.failures, "Notifications were given up.")
        self._any(
            "AnalyzerErrors",
            analyzer.function.metric_errors(period=_PERIOD),
            "The analyzer fails; Lambda repeats each batch twice before it is given up.",
        )
        self._any(
            "AnalyzerThrottles",
            analyzer.function.metric_throttles(period=_PERIOD),
            "The analyzer is throttled: raise reserved_concurrency or the account's limit.",
        )
        self._any(
            "NotifierErrors",
            notifier.function.metric_errors(period=_PERIOD),
            "The notifier fails; its batches are repeated.",
        )
        self._any(
            "NotificationsFailed",
            failed_notifications(),
            "A channel refuses notifications; they stay in the outbox and are repeated.",
        )

    def _any(self, name: str, metric: cloudwatch.IMetric, text: str) -> None:
        self._alarm(name, metric, text, _QUIET_IS_WELL)

    def _not_empty(self, name: str, failures: FailureQueue, text: str) -> None:
        depth = failures.queue.metric_approximate_number_of_messages_visible(
            period=cdk.Duration.minutes(1), statistic="Maximum"
        )
        self._alarm(name, depth, f"{text} They wait in the failure queue.", _QUIET_CHANGES_NOTHING)

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        text: str,
        missing: cloudwatch.TreatMissingData,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            alarm_description=text,
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)


def failed_notifications() -> cloudwatch.MathExpression:
    """Refused notifications of all channels, those that are added later included.

    A query, because an alarm cannot watch a search expression.
    """
    schema = f'SCHEMA("{NAMESPACE}", Channel)'
    return cloudwatch.MathExpression(
        expression=f"SELECT SUM(NotificationsFailed) FROM {schema}",  # noqa: S608 - no SQL
        label="refused",
        period=_PERIOD,
        using_metrics={},
    )
