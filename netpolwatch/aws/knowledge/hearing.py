"""Until when each audit stream of a cluster was heard, beside what was learned from it.

An item a stream: `pk` `<cluster>#heard`, `sk` the stream, `until_ms` its newest event's time and
`noted_ms` when that was written. Of each hour of which facts were lost one more: `sk` `#lost#` and
the hour's begin, kept for a day.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge.rows import Row, partition
from netpolwatch.settling.watermark import ClusterHeard, StreamHeard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_logger = logging.getLogger(__name__)

_ENTITY: Final = "heard"
_KEPT_SECONDS: Final = 24 * 3600
_INTERVAL_SECONDS: Final = 20.0
_MAX_ITEMS: Final = 100
_LOST: Final = "#lost#"
_HOUR_MS: Final = 3_600_000


class Hearing:
    """How far audit streams were heard, as the table holds it.

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
        self._owed: dict[str | None, int] = {}

    def hear(
        self, cluster: str | None, stream: str, until_ms: int, now_ms: int, *, teaches: bool
    ) -> None:
        """Note that a stream was heard until a time; never raises for what the table does.

        A loss that could not be noted is noted first: who reads this relies on all before it.
        """
        owed_ms = self._owed.get(cluster)
        if owed_ms is not None and not self.lose(cluster, owed_ms, now_ms):
            return
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

    def lose(self, cluster: str | None, lost_ms: int, now_ms: int) -> bool:
        """Note that facts of a time were lost (ms since 1970, UTC); whether the table took it."""
        hour_ms = lost_ms // _HOUR_MS * _HOUR_MS
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    "pk": {"S": partition(cluster, _ENTITY)},
                    "sk": {"S": f"{_LOST}{hour_ms}"},
                    "lost_ms": {"N": str(hour_ms)},
                    "expires_at": {"N": str(now_ms // 1000 + _KEPT_SECONDS)},
                },
            )
        except (ClientError, BotoCoreError) as error:
            _logger.warning("that facts were lost was not taken: %s", error)
            self._owed[cluster] = min(lost_ms, self._owed.get(cluster, lost_ms))
            return False
        self._owed.pop(cluster, None)
        return True

    def heard(self, cluster: str | None, now_ms: int) -> ClusterHeard:
        """Return how far a cluster's streams were heard; raises `ClientError`."""
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :key",
            ExpressionAttributeValues={":key": {"S": partition(cluster, _ENTITY)}},
            ConsistentRead=True,
            Limit=_MAX_ITEMS,
        )
        living = [item for item in answer["Items"] if int(item["expires_at"]["N"]) * 1000 > now_ms]
        return ClusterHeard(
            streams=dict(map(_stream, (item for item in living if "until_ms" in item))),
            lost_ms=min(
                (int(item["lost_ms"]["N"]) for item in living if "lost_ms" in item), default=None
            ),
        )

    def _write(self, cluster: str | None, stream: str, until_ms: int, now_ms: int) -> None:
        self._client.put_item(
            TableName=self._name,
            Item={
                "pk": {"S": partition(cluster, _ENTITY)},
                "sk": {"S": stream},
                "until_ms": {"N": str(until_ms)},
                "noted_ms": {"N": str(now_ms)},
                "expires_at": {"N": str(now_ms // 1000 + _KEPT_SECONDS)},
            },
            ConditionExpression="attribute_not_exists(pk) OR until_ms < :until",
            ExpressionAttributeValues={":until": {"N": str(until_ms)}},
        )


def _stream(item: Row) -> tuple[str, StreamHeard]:
    until_ms = int(item["until_ms"]["N"])
    # An item of an earlier version does not hold when it was written.
    noted_ms = int(item["noted_ms"]["N"]) if "noted_ms" in item else until_ms
    return item["sk"]["S"], StreamHeard(until_ms, noted_ms)
