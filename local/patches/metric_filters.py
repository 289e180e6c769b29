"""TestMetricFilter, by the evaluator that the subscription filters here run on.

Gap of MiniStack 1.5.33: it does not know the action. AWS takes up to 50 messages, refuses a pattern
of bad syntax (InvalidParameterException) and names the messages that match, counted from 1.
"""

import json
from typing import Any

from local.patches._ministack import Json, Response, logs, replace, responses
from netpolwatch.subscription.pattern import PatternError, parse

_ACTION = "Logs_20140328.TestMetricFilter"
_MOST_MESSAGES = 50


def apply() -> None:
    """Answer the action before MiniStack says that there is none."""

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Json
    ) -> Any:  # noqa: ANN401 - as the stock one
        if headers.get("x-amz-target") == _ACTION:
            return _answer(json.loads(body))
        return await stock(method, path, headers, body, query_params)

    stock = replace(logs, "handle_request", handle_request)


def _answer(request: Json) -> Response:
    messages = request["logEventMessages"]
    if not 1 <= len(messages) <= _MOST_MESSAGES:
        return _refused(f"logEventMessages holds {len(messages)} messages")
    try:
        pattern = parse(request["filterPattern"])
    except PatternError as error:
        return _refused(f"Invalid filter pattern: {error}")
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
        for number, message in enumerate(messages, start=1)
        if pattern.matches(message)
    ]
    answer: Response = responses.json_response({"matches": matches})
    return answer


def _refused(reason: str) -> Response:
    answer: Response = responses.error_response_json("InvalidParameterException", reason, 400)
    return answer
