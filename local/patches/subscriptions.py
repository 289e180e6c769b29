# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Subscription filters: delivery with retries, and the refusals of PutSubscriptionFilter.

Gaps of MiniStack 1.5.33: optional terms (`?`), regular expressions and JSON patterns never match; a
failed delivery is not retried; a log group takes any number of filters; the function need not exist
nor allow CloudWatch Logs to invoke it; CloudFormation makes up a log group that is missing. AWS
delivers an event once for each filter that it passes, invokes the function asynchronously, and
refuses a third filter (LimitExceededException), a function that Logs may not invoke or a pattern
with bad syntax (InvalidParameterException), and a log group that does not exist
(ResourceNotFoundException).
"""

import base64
import gzip
import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from local.patches._ministack import (
    Json,
    Response,
    lambda_svc,
    logs,
    replace,
    replace_handler,
    responses,
)
from netpolwatch.subscription.pattern import JsonPattern, Pattern, PatternError, parse

logger = logging.getLogger(__name__)

FILTERS_PER_GROUP = 2
EVENT_ID_DIGITS = 56

_numbers = itertools.count()


def apply() -> None:
    """Replace the fan-out and guard the two ways to make a filter."""
    replace(logs, "_fanout_to_subscription_filters", _fan_out)

    def put(data: Json) -> Response:
        refusal = _refusal(data)
        if refusal:
            response: Response = responses.error_response_json(*refusal, 400)
            return response
        answer: Response = stock(data)
        return answer

    stock = replace(logs, "_put_subscription_filter", put)
    replace_handler("AWS::Logs::SubscriptionFilter", "create", _needs_group)


def _needs_group(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
        if props.get("LogGroupName") not in logs._log_groups:
            raise ValueError("The specified log group does not exist.")
        created: tuple[str, Json] = stock(logical_id, props, stack_name)
        return created

    return create


def _refusal(data: Json) -> tuple[str, str] | None:
    group, name = str(data.get("logGroupName")), data.get("filterName")
    if group not in logs._log_groups:
        return "ResourceNotFoundException", "The specified log group does not exist."
    try:
        _pattern(str(data.get("filterPattern", "")))
    except PatternError as error:
        return "InvalidParameterException", f"Invalid filter pattern: {error}"
    filters = logs._log_groups[group]["subscriptionFilters"]
    if name not in filters and len(filters) >= FILTERS_PER_GROUP:
        return "LimitExceededException", "Resource limit exceeded."
    destination = str(data.get("destinationArn", ""))
    if ":function:" in destination and not _may_invoke(group, destination):
        return "InvalidParameterException", (
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function."
        )
    return None


def _may_invoke(group: str, function_arn: str) -> bool:
    record, _config, _name = lambda_svc._get_func_record_for_ref(function_arn)
    statements = (record or {}).get("policy", {}).get("Statement", [])
    source = logs._make_group_arn(group)
    return any(_allows_logs(statement, source) for statement in statements)


def _allows_logs(statement: Json, source: str) -> bool:
    principal = json.dumps(statement.get("Principal"))
    if not re.search(r'"\*"|"logs\.([a-z0-9-]+\.)?amazonaws\.com"', principal):
        return False
    conditions = (statement.get("Condition") or {}).values()
    wanted = [
        pattern
        for keys in conditions
        for key, pattern in keys.items()
        if key.lower() == "aws:sourcearn"
    ]
    return all(_arn_like(source, pattern) for pattern in wanted)


def _arn_like(value: str, pattern: str) -> bool:
    parts = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), value) is not None


def _fan_out(group_name: str, stream_name: str, events: list[Json]) -> None:
    group = logs._log_groups.get(group_name) or {}
    for subscription in (group.get("subscriptionFilters") or {}).values():
        try:
            _deliver(subscription, group_name, stream_name, events)
        except Exception:
            # Whoever put the events must not fail for a subscriber's sake.
            logger.exception("subscription filter %s", subscription.get("filterName"))


def _deliver(subscription: Json, group: str, stream: str, events: Iterable[Json]) -> None:
    destination = subscription.get("destinationArn", "")
    if ":function:" not in destination:
        return
    record, _config, name = lambda_svc._get_func_record_for_ref(destination)
    # A function subscribed to its own log would feed itself for ever.
    if record is None or group == f"/aws/lambda/{name}":
        return
    pattern = str(subscription.get("filterPattern", ""))
    matching = [event for event in events if _pattern(pattern).matches(event.get("message", ""))]
    if matching:
        payload = _payload(subscription["filterName"], group, stream, matching)
        lambda_svc.invoke_async_with_retry(record, payload)


@cache
def _pattern(text: str) -> Pattern | JsonPattern:
    return parse(text)


def _payload(filter_name: str, group: str, stream: str, events: list[Json]) -> Json:
    now = int(time.time() * 1000)
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": responses.get_account_id(),
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [filter_name],
        "logEvents": [_event(event, now) for event in events],
    }
    packed = gzip.compress(json.dumps(envelope).encode(), compresslevel=1)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


def _event(event: Json, now: int) -> Json:
    # 56 digits that grow with time, as AWS makes them.
    timestamp = event.get("timestamp", now)
    identifier = f"{timestamp}{next(_numbers):0{EVENT_ID_DIGITS - len(str(timestamp))}d}"
    return {"id": identifier, "timestamp": timestamp, "message": event.get("message", "")}
