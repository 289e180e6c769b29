"""Every minute: what fell silent is resolved, what is due is told, what failed is tried again.

`now` is the schedule's own time from its event, so that a pass that is repeated decides the same.
Sends nothing: it writes to outboxes, and the table's stream wakes the notifier.
"""

import logging
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from netpolwatch.aws.clients import cloudwatch, dynamodb
from netpolwatch.aws.coverage import hearing
from netpolwatch.aws.denies import set_aside
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.catalogue.default import default_entries
from netpolwatch.findings.housekeeping import HasTime, Swept, rearm, sweep_due
from netpolwatch.findings.sweeping import Sweep
from netpolwatch.reporting.metrics import MetricPoint, count_point, gauge_point

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MOST_ITEMS = 2000
"""Tables of a pass, and as many findings; what is left is due in the next one."""

_MOST_REARMED = 60
_KEPT_FOR_SWEEPING_MS, _KEPT_FOR_WAKING_MS = 20_000, 10_000
"""What must be left of the function's time to go on with one, and then with the other."""

_BLIND_EVERY_MINUTES = 5


class SweepError(RuntimeError):
    """Some items could not be swept; all others were."""


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str


_logger = logging.getLogger(__name__)
_environment = read_environment(Environment)
_settings = load_settings()
_entries = {entry.id: entry for entry in default_entries()}


def handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:
    """Handle one tick of the schedule; `event["time"]` is its time (ISO 8601).

    Raises `SweepError`, after all else is done, where an item could not be swept.
    """
    now_ms = _milliseconds(event["time"])
    sweep = Sweep(_entries, _settings.rules, now_ms)
    swept = sweep_due(
        _ledger(), sweep, now_ms=now_ms, limit=_MOST_ITEMS, set_aside=_set_aside,
        has_time=_time_left(context, _KEPT_FOR_SWEEPING_MS),
    )  # fmt: skip
    rearmed = rearm(
        _ledger(), now_ms=now_ms, limit=_MOST_REARMED,
        has_time=_time_left(context, _KEPT_FOR_WAKING_MS),
    )  # fmt: skip
    # What is decided is decided at the schedule's time; what is counted is counted now.
    write_metrics(_points(swept, now_ms, time.time_ns() // 1_000_000))
    if swept.failed:
        raise SweepError(f"{swept.failed} of {swept.items} items could not be swept")
    return {"swept": swept.items, "rearmed": rearmed, "resolved": sum(swept.resolved.values())}


def _time_left(context: "LambdaContext", least_ms: int) -> HasTime:
    return lambda: context.get_remaining_time_in_millis() > least_ms


def _points(swept: Swept, at_ms: int, now_ms: int) -> list[MetricPoint]:
    ended = [
        count_point("FindingsResolved", count, {"Cluster": cluster or "unknown"}, now_ms)
        for cluster, count in swept.resolved.items()
    ]
    counted = _ledger().open_findings()
    gauges = [
        gauge_point(
            "FindingsOpen", counted[cluster, severity], {"Cluster": cluster, "Severity": severity},
            now_ms, "Count",
        )
        for cluster in sorted(set(_settings.clusters.values()) | {one for one, _ in counted})
        for severity in ("critical", "high", "medium", "low")
    ]  # fmt: skip
    oldest = _ledger().oldest_due()
    age = 0 if oldest is None else max(0, at_ms - oldest)
    ours = {"Stack": _settings.stack_name, "Table": "findings"}
    outbox = gauge_point("OutboxAge", age, ours, now_ms, "Milliseconds")
    return [*ended, *gauges, outbox, *_blind(now_ms)]


def _blind(now_ms: int) -> list[MetricPoint]:
    if now_ms // 60_000 % _BLIND_EVERY_MINUTES:
        return []
    try:
        clusters = sorted(set(_settings.clusters.values()))
        found = hearing(cloudwatch(), clusters, _settings.stack_name, now_ms)
    except Exception:
        # Not to know is no reason to say that nothing comes.
        _logger.exception("whether events come could not be read")
        return []
    return [
        gauge_point(name, int(heard == problem), {"Cluster": cluster}, now_ms, "Count")
        for cluster, heard in found.items()
        for name, problem in (("Blind", "silent"), ("NeverHeard", "never"))
    ]


def _set_aside(cluster: str | None, since_ms: int, until_ms: int) -> dict[str, int] | None:
    try:
        return set_aside(cloudwatch(), cluster or "unknown", since_ms, until_ms)
    except Exception:
        # A digest that cannot count what was set aside says so; it does not wait for it.
        _logger.exception("the denies set aside could not be counted")
        return None


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return int(moment.timestamp() * 1000)


@cache
def _ledger() -> DynamoLedger:
    table = _environment.findings_table
    return DynamoLedger(dynamodb(), table, retention_days=_settings.retention_days)
