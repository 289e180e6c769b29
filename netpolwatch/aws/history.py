"""A log group's history, read within the API's rate limits, in the order of time."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.problems import connection_problem
from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.record import Record

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_CALLS_A_SECOND: Final = 4.0
"""FilterLogEvents takes 5 a second in an account and region (10 in some); others want some, too."""

_CONFIG: Final = Config(retries={"mode": "adaptive", "max_attempts": 10})


class HistoryError(Exception):
    """The log group cannot be read (any further); one line for a person."""


def logs_client() -> "CloudWatchLogsClient":
    """Make a client that slows down when it is told to; raises `HistoryError` without a region."""
    try:
        return boto3.client("logs", config=_CONFIG)
    except BotoCoreError as error:
        raise HistoryError(connection_problem(error)) from None


def read_history(
    client: "CloudWatchLogsClient",
    log_group: str,
    *,
    since_ms: int,
    until_ms: int,
    stream_prefix: str = "",
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Record]:
    """Read events between two times (ms since 1970, UTC), numbered from 1.

    Raises `HistoryError` where the group cannot be read; events so far were given already.
    """
    request: dict[str, Any] = {
        "logGroupName": log_group, "startTime": since_ms, "endTime": until_ms,
    }  # fmt: skip
    if stream_prefix:
        request["logStreamNamePrefix"] = stream_prefix
    number = 0
    while True:
        try:
            answer = client.filter_log_events(**request)
        except (ClientError, BotoCoreError) as error:
            raise HistoryError(str(error)) from None
        for event in answer["events"]:
            number += 1
            yield Record(
                number,
                LogEvent(
                    event.get("message", "")[:MAX_MESSAGE_CHARS],
                    event.get("eventId", ""),
                    event.get("timestamp"),
                ),
                log_group,
                event.get("logStreamName", ""),
            )
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]
        pause(1 / _CALLS_A_SECOND)
