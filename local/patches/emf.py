# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Embedded metrics that a function prints become CloudWatch metrics.

Gap of MiniStack 1.5.33: the lines stay log lines. AWS takes each JSON line with
`_aws.CloudWatchMetrics`, and stores every metric once a dimension set, at `_aws.Timestamp`, with
its unit; a value is a number or an array of numbers. A set that names an absent member, and a
metric that is absent or not a number, is left out.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

from local.patches._ministack import Json, cloudwatch, lambda_svc, replace, require

logger = logging.getLogger(__name__)

ANCHOR = '"CloudWatchMetrics"'


class Datum(NamedTuple):
    """One metric of one dimension set; `timestamp` in seconds."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    timestamp: float
    unit: str
    values: list[float]


def apply() -> None:
    """Read embedded metrics out of every invocation's log."""
    require(
        cloudwatch, "_store_datum", "namespace", "name", "dims", "ts", "unit", "value", "values"
    )
    require(cloudwatch, "_evaluate_all_alarms")

    def emit_logs(
        func: Json,
        request_id: str,
        log_text: str,
        error: bool,
        duration_ms: int,
        *,
        log_source: str | None = None,
    ) -> None:
        stock(func, request_id, log_text, error, duration_ms, log_source=log_source)
        store(log_text)

    stock = replace(lambda_svc, "_emit_lambda_logs", emit_logs)


def store(log_text: str) -> None:
    """Store what the lines of a log embed, then let the alarms look at it."""
    stored = 0
    for line in log_text.split("\n"):
        if ANCHOR in line:
            stored += sum(_store(datum) for datum in data(line))
    if stored:
        cloudwatch._evaluate_all_alarms()


def data(line: str) -> Iterator[Datum]:
    """Yield what one log line embeds; nothing if it is not an embedded metric document."""
    try:
        document = json.loads(line[line.index("{") :])
        metadata = document["_aws"]
        timestamp = metadata["Timestamp"] / 1000
        for directive in metadata["CloudWatchMetrics"]:
            yield from _directive(document, directive, timestamp)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("embedded metric refused (%s): %.200s", error, line)


def _directive(document: Json, directive: Json, timestamp: float) -> Iterator[Datum]:
    for names in directive.get("Dimensions") or [[]]:
        if not all(name in document for name in names):
            logger.warning("embedded metric lacks a dimension of %s", names)
            continue
        dimensions = {name: str(document[name]) for name in names}
        for metric in directive["Metrics"]:
            values = _numbers(document.get(metric["Name"]))
            if values:
                yield Datum(
                    directive["Namespace"], metric["Name"], dimensions, timestamp,
                    metric.get("Unit", "None"), values,
                )  # fmt: skip


def _numbers(value: Any) -> list[float]:  # noqa: ANN401 - whatever the function printed
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in values):
        return []
    return [float(each) for each in values]


def _store(datum: Datum) -> int:
    cloudwatch._store_datum(
        datum.namespace, datum.name, datum.dimensions, datum.timestamp, datum.unit,
        None, datum.values, None, None,
    )  # fmt: skip
    return 1
