# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Where failed work goes: a queue, a topic or a function."""

import json
import logging
from datetime import UTC, datetime

from local.patches._ministack import Json, arn, concurrency, lambda_svc, responses, sns, sqs

logger = logging.getLogger(__name__)


def send(target_arn: str, body: Json, attributes: dict[str, str] | None = None) -> None:
    """Send a record to an SQS queue, SNS topic or Lambda function.

    `attributes` become message attributes. A target that does not exist is logged, as the sender
    has nobody left to tell.
    """
    try:
        _SENDERS[arn.parse_arn(target_arn).service](target_arn, body, attributes or {})
    except Exception:
        logger.exception("no record could be sent to %s", target_arn)


def _to_queue(target_arn: str, body: Json, attributes: dict[str, str]) -> None:
    url = sqs._queue_by_arn(target_arn)["url"]
    message = {"QueueUrl": url, "MessageBody": json.dumps(body)}
    sqs._act_send_message({**message, "MessageAttributes": _strings(attributes)}, url)


def _to_topic(target_arn: str, body: Json, attributes: dict[str, str]) -> None:
    message_id = responses.new_uuid()
    sns._fanout(target_arn, message_id, json.dumps(body), "", "", _strings(attributes))


def _to_function(target_arn: str, body: Json, _attributes: dict[str, str]) -> None:
    record, _config, _name = lambda_svc._get_func_record_for_ref(target_arn)
    concurrency.spawn_background(lambda_svc._execute_function_with_config_scope, record, body)


def _strings(attributes: dict[str, str]) -> Json:
    return {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }


def iso(epoch_seconds: float) -> str:
    """Return a UTC time with milliseconds, as Lambda writes it in its records."""
    moment = datetime.fromtimestamp(epoch_seconds, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_SENDERS = {"sqs": _to_queue, "sns": _to_topic, "lambda": _to_function}
