"""Until when each audit stream of a cluster was heard, beside what was learned from it.

An item a stream: `pk` `<cluster>#heard`, `sk` the stream, `until_ms` its newest event's time.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge.rows import partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_logger = logging.getLogger(__name__)

_ENTITY: Final = "heard"
_KEPT_SECONDS: Final = 24 * 3600
_INTERVAL_SECONDS: Final = 20.0
_MAX_STREAMS: Final = 50


class Hearing:
    """Remembers and tells how far audit streams were heard.

    A stream's time is written some times a minute, not with each payload: of one that shows
    nothing else, not the first time in a process.

    Parameters
    ----------
    clock
        Seconds, from any beginning.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._written: dict[tuple[str, str], float] = {}

    def hear(
        self, cluster: str | None, stream: str, until_ms: int, now_ms: int, *, teaches: bool
    ) -> None:
        """Note that a stream was heard until a time; never raises for what the table does."""
        key, now = (cluster or "", stream), self._clock()
        last = self._written.get(key)
        if last is None and not teaches:
            self._written[key] = now
            return
        if last is not None and now - last < _INTERVAL_SECONDS:
            return
        self._written[key] = now
        try:
            self._write(cluster, stream, until_ms, now_ms)
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # Another process heard more of it.
        except (ClientError, BotoCoreError) as error:
            _logger.warning("that %s was heard was not taken: %s", stream, error)

    def heard(self, cluster: str | None) -> dict[str, int]:
        """Return until when each stream was heard (ms since 1970, UTC); raises `ClientError`."""
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :key",
            ExpressionAttributeValues={":key": {"S": partition(cluster, _ENTITY)}},
            ConsistentRead=True,
            Limit=_MAX_STREAMS,
        )
        return {item["sk"]["S"]: int(item["until_ms"]["N"]) for item in answer["Items"]}

    def _write(self, cluster: str | None, stream: str, until_ms: int, now_ms: int) -> None:
        self._client.put_item(
            TableName=self._name,
            Item={
                "pk": {"S": partition(cluster, _ENTITY)},
                "sk": {"S": stream},
                "until_ms": {"N": str(until_ms)},
                "expires_at": {"N": str(now_ms // 1000 + _KEPT_SECONDS)},
            },
            ConditionExpression="attribute_not_exists(pk) OR until_ms < :until",
            ExpressionAttributeValues={":until": {"N": str(until_ms)}},
        )
