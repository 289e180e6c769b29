# ruff: noqa: SLF001 - a patch reaches into what it patches
"""`AWS/Lambda` metrics for every invocation, whatever caused it.

Gap of MiniStack 1.5.33: only a direct Invoke counts, so an alarm on `Errors` never sees a function
behind a subscription, a stream or a schedule. AWS counts every attempt.
"""

from local.patches._ministack import Json, cloudwatch, lambda_svc, replace


def apply() -> None:
    """Count where every executor passes, and no longer in Invoke."""

    def count(
        function_name: str,
        duration_ms: float,
        error: bool,
        throttle: bool,
    ) -> None:
        if throttle:
            stock_count(function_name, duration_ms, error, throttle)

    def emit_logs(
        func: Json,
        request_id: str,
        log_text: str,
        error: bool,
        duration_ms: int,
        *,
        log_source: str | None = None,
    ) -> None:
        stock_logs(func, request_id, log_text, error, duration_ms, log_source=log_source)
        name = (func.get("config") or func)["FunctionName"]
        stock_count(name, float(duration_ms), error, False)
        cloudwatch._evaluate_all_alarms()

    stock_count = replace(lambda_svc, "_emit_lambda_metrics", count)
    stock_logs = replace(lambda_svc, "_emit_lambda_logs", emit_logs)
