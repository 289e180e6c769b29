# ruff: noqa: SLF001 - a patch reaches into what it patches
"""An alarm looks only at its own dimensions.

Gap of MiniStack 1.5.33: an alarm mixes the points of every dimension set of its metric. In AWS a
metric *is* its namespace, name and dimensions. Rules for missing data are still not applied: an
alarm changes its state only when a point arrives.
"""

from types import FunctionType

from local.patches._ministack import Json, PatchMismatch, cloudwatch, replace, require


def apply() -> None:
    """Show the stock evaluation nothing but the alarm's own metric."""
    require(cloudwatch, "_dims_from_list", "dimensions")
    require(cloudwatch, "_dims_key", "dims")

    def evaluate(alarm: Json) -> None:
        dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
        key = alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions)
        own = {key: cloudwatch._metrics.get(key) or []}
        FunctionType(stock.__code__, {**vars(cloudwatch), "_metrics": own})(alarm)

    stock = replace(cloudwatch, "_evaluate_alarm", evaluate)
    if not isinstance(stock, FunctionType) or "_metrics" not in stock.__code__.co_names:
        raise PatchMismatch("the alarm evaluation does not read _metrics")
