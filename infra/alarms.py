"""What is wrong with us, told to `ops`."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.analyzer import AnalyzerFunction
from infra.judge import JudgeFunction, Settling
from infra.notifier import NotifierFunction
from infra.queues import FailureQueue
from infra.sweeper import SweeperFunction
from netpolwatch.reporting.metrics import NAMESPACE

_PERIOD = cdk.Duration.minutes(5)
_MINUTE = cdk.Duration.minutes(1)
_HOUR = cdk.Duration.hours(1)
# Without a call there is no data point, and nothing went wrong.
_QUIET_IS_WELL = cloudwatch.TreatMissingData.NOT_BREACHING
# SQS stops reporting on a queue that nobody touches for hours: that neither empties nor fills it.
_QUIET_CHANGES_NOTHING = cloudwatch.TreatMissingData.IGNORE
# The sweeper tells it every minute. A new alarm begins without data and says nothing; one that
# loses its data says so, and then it is the sweeper that is gone.
_QUIET_IS_TOLD = cloudwatch.TreatMissingData.MISSING

_LAG_MS = 15 * 60_000
_OUTBOX_MS = 30 * 60_000
_SETTLING_SECONDS = 30 * 60


class Alarms(Construct):
    """One alarm for each way in which findings can get lost or late.

    docs/operations.md tells of each what to do.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        analyzer: AnalyzerFunction,
        judge: JudgeFunction,
        settling: Settling,
        notifier: NotifierFunction,
        sweeper: SweeperFunction,
        stack_name: str,
        clusters: Sequence[str],
        ops: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(ops)
        self._stack_name = stack_name
        self._not_empty("AnalyzerFailures", analyzer.failures, "Log batches were given up.")
        self._not_empty("JudgeFailures", settling.failures, "Denied conversations were not judged.")
        self._not_empty("NotifierFailures", notifier.failures, "Notifications were given up.")
        self._functions(analyzer, judge, notifier, sweeper)
        self._alarm(
            "SettlingAge",
            settling.queue.metric_approximate_age_of_oldest_message(
                period=_MINUTE, statistic="Maximum"
            ),
            "Denied conversations wait to be judged for half an hour.",
            _QUIET_CHANGES_NOTHING,
            threshold=_SETTLING_SECONDS,
            periods=5,
        )
        self._notifications()
        self._alarm(
            "LogGroupsNotRead",
            _ours("LogGroupsNotRead", {"Stack": stack_name}, statistic="Maximum", period=_HOUR),
            "A log group cannot be subscribed: the subscriber's log names it and says why.",
            # It is counted once an hour.
            _QUIET_CHANGES_NOTHING,
        )
        for cluster in clusters:
            self._cluster(cluster)

    def _functions(
        self,
        analyzer: AnalyzerFunction,
        judge: JudgeFunction,
        notifier: NotifierFunction,
        sweeper: SweeperFunction,
    ) -> None:
        texts = {
            "Analyzer": (analyzer.function, "Lambda repeats each batch twice, then it is given up"),
            "Judge": (judge.function, "its messages come again, and are kept when they fail"),
            "Notifier": (notifier.function, "its batches are repeated"),
            "Sweeper": (sweeper.function, "the next minute's pass makes it good"),
        }
        for name, (function, then) in texts.items():
            errors = function.metric_errors(period=_PERIOD)
            self._any(f"{name}Errors", errors, f"The {name.lower()} fails; {then}.")
            self._any(
                f"{name}Throttles",
                function.metric_throttles(period=_PERIOD),
                f"The {name.lower()} is throttled: raise its concurrency or the account's limit.",
            )
        self._any(
            "AnalyzerDestination",
            analyzer.function.metric(
                "DestinationDeliveryFailures", period=_PERIOD, statistic="Sum"
            ),
            "A log batch that failed for good was too large for the failure queue: it is lost.",
        )

    def _notifications(self) -> None:
        self._any(
            "NotificationsFailed",
            failed_notifications(self._stack_name),
            "A channel does not take notifications; they stay in the outbox and are repeated.",
        )
        self._any(
            "BudgetExhausted",
            _ours("NotificationsSuppressed", {"Reason": "over-budget", "Stack": self._stack_name}),
            "The hour's ceiling of messages was reached; what it held back is told at its end.",
        )
        self._alarm(
            "OutboxAge",
            _ours(
                "OutboxAge",
                {"Stack": self._stack_name, "Table": "findings"},
                statistic="Maximum",
                period=_MINUTE,
            ),
            "The oldest notification has waited for half an hour, or the sweeper does not run.",
            _QUIET_IS_TOLD,
            threshold=_OUTBOX_MS,
            periods=5,
        ).add_insufficient_data_action(self._action)

    def _cluster(self, cluster: str) -> None:
        self._alarm(
            f"Lag{cluster}",
            _ours("IngestLag", {"Cluster": cluster}, statistic="Maximum"),
            f"Events of {cluster} are read a quarter of an hour after they were written.",
            _QUIET_IS_WELL,
            threshold=_LAG_MS,
            periods=3,
        )
        self._alarm(
            f"Blind{cluster}",
            _ours("Blind", {"Cluster": cluster}, statistic="Minimum"),
            f"No event of {cluster} came for half an hour, after there were some before.",
            # Before the first event there is nothing to be blind to.
            _QUIET_IS_WELL,
        )
        self._alarm(
            f"NeverHeard{cluster}",
            _ours("NeverHeard", {"Cluster": cluster}, statistic="Minimum"),
            f"Not one event of {cluster} has come since the deployment: are its log types switched "
            "on, and is its log group subscribed?",
            _QUIET_IS_WELL,
        )

    def _any(self, name: str, metric: cloudwatch.IMetric, text: str) -> None:
        self._alarm(name, metric, text, _QUIET_IS_WELL)

    def _not_empty(self, name: str, failures: FailureQueue, text: str) -> None:
        depth = failures.queue.metric_approximate_number_of_messages_visible(
            period=_MINUTE, statistic="Maximum"
        )
        self._alarm(name, depth, f"{text} They wait in the failure queue.", _QUIET_CHANGES_NOTHING)

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        text: str,
        missing: cloudwatch.TreatMissingData,
        *,
        threshold: float = 1,
        periods: int = 1,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            alarm_description=text,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        return alarm


def _ours(
    name: str,
    dimensions: dict[str, str],
    *,
    statistic: str = "Sum",
    period: cdk.Duration = _PERIOD,
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=name, dimensions_map=dimensions, statistic=statistic,
        period=period,
    )  # fmt: skip


def failed_notifications(stack_name: str) -> cloudwatch.MathExpression:
    """Return the refused notifications of all channels of a stack, later channels included.

    A query, because an alarm cannot watch a search expression.
    """
    ours = f"""SCHEMA("{NAMESPACE}", Channel, Stack) WHERE Stack = '{stack_name}'"""
    return cloudwatch.MathExpression(
        expression=f"SELECT SUM(NotificationsFailed) FROM {ours}",  # noqa: S608 - no SQL
        label="refused",
        period=_PERIOD,
        using_metrics={},
    )
