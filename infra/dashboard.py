"""The first look at clusters and at ourselves."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.analyzer import AnalyzerFunction
from infra.naming import account_wide
from infra.notifier import NotifierFunction
from infra.partitions import console_address
from netpolwatch.configuration import Config
from netpolwatch.reporting.metrics import NAMESPACE

_PERIOD = cdk.Duration.minutes(1)
_WIDTH = 24
_DISPOSITIONS = ("violation", "reply", "agent-state", "noise", "unknown")


class Dashboard(Construct):
    """A row for each cluster, a row for the pipeline; `url` opens it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: Config,
        analyzer: AnalyzerFunction,
        notifier: NotifierFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        name = account_wide(config.stack_name)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=name)
        for cluster in config.clusters:
            dashboard.add_widgets(_heading(f"Cluster {cluster.name}"))
            dashboard.add_widgets(*_verdicts(cluster.name))
            dashboard.add_widgets(*_health(cluster.name))
        dashboard.add_widgets(_heading("The pipeline itself"))
        dashboard.add_widgets(*_pipeline(analyzer, notifier, config.stack_name))
        self.url = (
            f"{console_address(self)}/cloudwatch/home"
            f"?region={cdk.Aws.REGION}#dashboards/dashboard/{name}"
        )


def _heading(text: str) -> cloudwatch.IWidget:
    return cloudwatch.TextWidget(markdown=f"## {text}", width=_WIDTH, height=1)


def _verdicts(cluster: str) -> list[cloudwatch.IWidget]:
    dispositions = [_metric("Denies", cluster, Disposition=value) for value in _DISPOSITIONS]
    return [
        _graph("Verdicts", [_search("Flows", cluster, "Verdict")], of=3),
        _graph("Denies by disposition", dispositions, of=3, stacked=True),
        _graph("Known issues", [_search("KnownIssues", cluster, "Issue")], of=3),
    ]


def _health(cluster: str) -> list[cloudwatch.IWidget]:
    lag = [_metric("IngestLag", cluster, statistic=value) for value in ("p50", "p99")]
    lost = [_metric(name, cluster) for name in ("EventsUnparsed", "EventsDropped")]
    read = [_metric("EventsProcessed", cluster), _metric("BytesProcessed", cluster)]
    return [
        _graph("Lag from event to analysis (ms)", lag, of=4),
        _graph("Not understood, dropped", lost, of=4),
        _graph("Events read", read[:1], of=4, right=read[1:]),
        _graph("Findings opened", [_metric("FindingsOpened", cluster)], of=4),
    ]


def _pipeline(
    analyzer: AnalyzerFunction, notifier: NotifierFunction, stack_name: str
) -> list[cloudwatch.IWidget]:
    functions = (analyzer.function, notifier.function)
    errors = [function.metric_errors(period=_PERIOD) for function in functions]
    throttles = [function.metric_throttles(period=_PERIOD) for function in functions]
    durations = [
        function.metric_duration(period=_PERIOD, statistic="p99") for function in functions
    ]
    depths = [
        construct.failures.queue.metric_approximate_number_of_messages_visible(
            period=_PERIOD, statistic="Maximum", label=f"{construct.node.id} gave up"
        )
        for construct in (analyzer, notifier)
    ]
    sent = [_by_channel(name, stack_name) for name in ("NotificationsSent", "NotificationsFailed")]
    return [
        _graph("Errors and throttles", [*errors, *throttles], of=4),
        _graph("Failure queues", depths, of=4),
        _graph("Notifications", sent, of=4),
        _graph("Duration, p99", durations, of=4),
    ]


def _graph(
    title: str,
    left: Sequence[cloudwatch.IMetric],
    *,
    of: int,
    right: Sequence[cloudwatch.IMetric] = (),
    stacked: bool = False,
) -> cloudwatch.IWidget:
    """One of `of` graphs that share a row."""
    return cloudwatch.GraphWidget(
        title=title,
        left=list(left),
        right=list(right),
        stacked=stacked,
        width=_WIDTH // of,
        height=6,
        period=_PERIOD,
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        right_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
    )


def _metric(
    name: str, cluster: str, *, statistic: str = "Sum", **dimensions: str
) -> cloudwatch.Metric:
    label = next(iter(dimensions.values()), name if statistic == "Sum" else statistic)
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"Cluster": cluster, **dimensions},
        statistic=statistic,
        period=_PERIOD,
        label=label,
    )


def _search(name: str, cluster: str, dimension: str) -> cloudwatch.MathExpression:
    """Every value that this dimension takes: new verdicts and issues appear by themselves."""
    schema = f"{{{NAMESPACE},Cluster,{dimension}}}"
    return _expression(f'{schema} MetricName="{name}" Cluster="{cluster}"', dimension)


def _by_channel(name: str, stack_name: str) -> cloudwatch.MathExpression:
    query = f'{{{NAMESPACE},Channel,Stack}} MetricName="{name}" Stack="{stack_name}"'
    return _expression(query, "Channel", prefix=name)


def _expression(query: str, dimension: str, *, prefix: str = "") -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{query}', 'Sum', {_PERIOD.to_seconds()})",
        label=f"{prefix} ${{PROP('Dim.{dimension}')}}".strip(),
        period=_PERIOD,
        using_metrics={},
    )
