# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Asynchronous invocations as AWS makes them.

Gaps of MiniStack 1.5.33: a throttled attempt counts as done and its event is lost; a dead-letter
queue gets the record meant for destinations; the on-success destination gets nothing.
AWS waits while it is throttled, retries a failure `MaximumRetryAttempts` times (2 by default)
within `MaximumEventAgeInSeconds`, then sends a record to the on-failure destination and, apart
from it, the bare event with `ErrorMessage` to the dead-letter queue.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from local.patches import _delivery
from local.patches._ministack import Json, concurrency, lambda_svc, replace, responses
from local.patches._retries import wait_seconds

DEFAULT_RETRIES = 2
DEFAULT_AGE_SECONDS = 21_600
ERROR_MESSAGE_CHARACTERS = 1_024


class Outcome(NamedTuple):
    """How an event ended: the last answer, and after how many attempts."""

    condition: str
    attempts: int
    result: Json


def apply() -> None:
    """Replace the one path of every asynchronous invocation."""

    def invoke(func: Json, event: Json) -> None:
        concurrency.spawn_background(_run_scoped, func, event)

    replace(lambda_svc, "invoke_async_with_retry", invoke)


def _run_scoped(func: Json, event: Json) -> None:
    lambda_svc._run_with_function_config_scope(func, _run, func, event)


def _run(func: Json, event: Json) -> None:
    config = _invoke_config(func)
    outcome = _attempt(lambda: lambda_svc._execute_function(func, event), config)
    destinations = config.get("DestinationConfig") or {}
    kind = "OnSuccess" if outcome.condition == "Success" else "OnFailure"
    destination = (destinations.get(kind) or {}).get("Destination")
    if destination:
        _delivery.send(destination, _record(func, event, outcome))
    dead_letters = (func["config"].get("DeadLetterConfig") or {}).get("TargetArn")
    if dead_letters and outcome.condition != "Success":
        _delivery.send(dead_letters, event, _dead_letter_attributes(outcome))


def _invoke_config(func: Json) -> Json:
    configs = func.get("event_invoke_configs") or {}
    found: Json = configs.get("$LATEST") or func.get("event_invoke_config") or {}
    return found


def _attempt(execute: Callable[[], Json], config: Json) -> Outcome:
    retries = int(config.get("MaximumRetryAttempts", DEFAULT_RETRIES))
    give_up = time.monotonic() + int(config.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS))
    attempts = throttled = 0
    while True:
        result = execute()
        if result.get("throttle"):
            throttled += 1
            wait = wait_seconds(throttled)
        else:
            attempts += 1
            if not result.get("error"):
                return Outcome("Success", attempts, result)
            if attempts > retries:
                return Outcome("RetriesExhausted", attempts, result)
            wait = wait_seconds(attempts)
        if time.monotonic() + wait > give_up:
            return Outcome("EventAgeExceeded", attempts, result)
        time.sleep(wait)


def _record(func: Json, event: Json, outcome: Outcome) -> Json:
    response = {"statusCode": 200, "executedVersion": func["config"].get("Version", "$LATEST")}
    if outcome.condition != "Success":
        response["functionError"] = outcome.result.get("function_error") or "Unhandled"
    return {
        "version": "1.0",
        "timestamp": _delivery.iso(time.time()),
        "requestContext": {
            "requestId": responses.new_uuid(),
            "functionArn": f"{func['config']['FunctionArn']}:{response['executedVersion']}",
            "condition": outcome.condition,
            "approximateInvokeCount": outcome.attempts,
        },
        "requestPayload": event,
        "responseContext": response,
        "responsePayload": outcome.result.get("body"),
    }


def _dead_letter_attributes(outcome: Outcome) -> dict[str, str]:
    body = outcome.result.get("body")
    message = str(body.get("errorMessage", "")) if isinstance(body, dict) else ""
    return {
        "RequestID": responses.new_uuid(),
        "ErrorCode": "200",
        "ErrorMessage": message[:ERROR_MESSAGE_CHARACTERS] or "Unhandled",
    }
