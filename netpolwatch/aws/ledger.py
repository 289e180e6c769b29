"""Items in DynamoDB: read together, decided about, and written as one or not at all.

An item: `pk`, `version` (only its reader may replace it), `body` (JSON of the item), `outbox_due`
and `due_at` (only while something waits to be sent: the stream's filter and an index look at
them), `timer` and `timer_at` (only while time will change it), `cluster`, `severity` (of an open
finding), `expires_at` (s). All times but the last are ms since 1970 (UTC).
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from netpolwatch.findings.items import (
    Changes,
    CrowdItem,
    DigestItem,
    FindingItem,
    GroupItem,
    Item,
    Items,
    SilencesItem,
    SpreadItem,
)
from netpolwatch.findings.lanes import DUE_LANES, TIMER_LANES, due_lane, timer_lane
from netpolwatch.findings.ledger import ContentionError, Decide

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_logger = logging.getLogger(__name__)

DUE, TIMER = "due", "timers"
"""The two sparse indexes; `findings.lanes` names the values of their partition keys."""

_ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.02
_MAX_PAUSE_SECONDS = 2.0
_MAX_READ = 100
_DAY_SECONDS = 24 * 3600
_CONFLICT = "TransactionConflictException"
_RETRYABLE = frozenset({
    "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError",
    "ProvisionedThroughputExceeded",
})  # fmt: skip

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Item)


@dataclass(frozen=True, slots=True)
class _Stored:
    """An item and its version; the item is `None` where it is damaged."""

    item: Item | None
    version: int


@dataclass(frozen=True, slots=True)
class _Lane:
    """A partition of an index: the names of its two keys, and its value of the first."""

    index: str
    partition: str
    sort: str
    value: str


class DynamoLedger:
    """The deployment's items; see `netpolwatch.findings.ledger`.

    Parameters
    ----------
    retention_days
        A finding's item expires this many days after it was last written.
    """

    def __init__(self, client: "DynamoDBClient", name: str, *, retention_days: int = 30) -> None:
        self._client, self._name = client, name
        self._retention_seconds = retention_days * _DAY_SECONDS

    def read(self, keys: Sequence[str]) -> Items:
        """Read items; those that are not there, or cannot be read, are left out."""
        return _items(self._stored(keys))

    def change(self, keys: Sequence[str], decide: Decide, now_ms: int) -> Changes:
        """Read items, decide, and write what was decided as one; gives what was written.

        Raises `ContentionError` after too many attempts, `ClientError` when the table refuses.
        """
        for attempt in range(_ATTEMPTS):
            stored = self._stored(keys)
            changes = decide(_items(stored))
            if not changes or self._write(changes, stored, now_ms):
                return changes
            _pause(attempt)
        raise ContentionError(f"{len(keys)} items after {_ATTEMPTS} attempts")

    def due(self, lane: str, now_ms: int, limit: int) -> list[str]:
        """Return the keys of a lane's items due since before a time, the oldest first."""
        found = self._query(_Lane(DUE, "outbox_due", "due_at", lane), now_ms, limit)
        return [item["pk"]["S"] for item in islice(found, limit)]

    def timers(self, lane: str, now_ms: int, limit: int) -> list[str]:
        """Return the keys of a lane's items whose timer has run out, the longest overdue first."""
        found = self._query(_Lane(TIMER, "timer", "timer_at", lane), now_ms, limit)
        return [item["pk"]["S"] for item in islice(found, limit)]

    def open_findings(self) -> Counter[tuple[str, str]]:
        """Count open findings by cluster and severity: each has a timer that will end it."""
        counted: Counter[tuple[str, str]] = Counter()
        for lane in TIMER_LANES:
            for item in self._query(_Lane(TIMER, "timer", "timer_at", lane)):
                if "severity" in item and "cluster" in item:
                    counted[item["cluster"]["S"], item["severity"]["S"]] += 1
        return counted

    def oldest_due(self) -> int | None:
        """Return since when the oldest notice waits (ms since 1970, UTC); `None` for none."""
        lanes = [_Lane(DUE, "outbox_due", "due_at", lane) for lane in DUE_LANES]
        return min((at for lane in lanes for at in self._first(lane)), default=None)

    def oldest_timer(self) -> int | None:
        """Return when the first timer runs out, or has (ms since 1970, UTC); `None` for none."""
        lanes = [_Lane(TIMER, "timer", "timer_at", lane) for lane in TIMER_LANES]
        return min((at for lane in lanes for at in self._first(lane)), default=None)

    def _first(self, lane: "_Lane") -> Iterator[int]:
        for item in islice(self._query(lane, limit=1), 1):
            yield int(item[lane.sort]["N"])

    def _query(
        self, lane: "_Lane", until_ms: int | None = None, limit: int | None = None
    ) -> Iterator[Mapping[str, Any]]:
        request: Any = {
            "TableName": self._name,
            "IndexName": lane.index,
            "KeyConditionExpression": "#partition = :lane",
            "ExpressionAttributeNames": {"#partition": lane.partition},
            "ExpressionAttributeValues": {":lane": {"S": lane.value}},
        }
        if limit is not None:
            request["Limit"] = limit
        if until_ms is not None:
            request["KeyConditionExpression"] += " AND #sort <= :until"
            request["ExpressionAttributeNames"]["#sort"] = lane.sort
            request["ExpressionAttributeValues"][":until"] = {"N": str(until_ms)}
        while True:
            answer = self._client.query(**request)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _stored(self, keys: Sequence[str]) -> dict[str, _Stored]:
        stored: dict[str, _Stored] = {}
        for start in range(0, len(keys), _MAX_READ):
            self._read_into(stored, keys[start : start + _MAX_READ])
        return stored

    def _read_into(self, stored: dict[str, _Stored], keys: Sequence[str]) -> None:
        wanted: Any = {
            self._name: {
                "Keys": [{"pk": {"S": key}} for key in keys],
                "ConsistentRead": True,
                "ProjectionExpression": "pk, version, body",
            }
        }
        for attempt in range(_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            for found in answer["Responses"].get(self._name, []):
                stored[found["pk"]["S"]] = _Stored(_item(found), int(found["version"]["N"]))
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return
            _pause(attempt)
        raise ContentionError("the table does not answer reads")

    def _write(self, changes: Changes, stored: Mapping[str, _Stored], now_ms: int) -> bool:
        actions = [
            self._action(key, item, stored.get(key), now_ms) for key, item in changes.items()
        ]
        if len(actions) == 1:
            return self._write_one(actions[0])
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            return _may_retry(error)
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONFLICT:
                return False
            raise
        return True

    def _write_one(self, action: Any) -> bool:  # noqa: ANN401  # botocore's own shape
        try:
            if "Put" in action:
                self._client.put_item(**action["Put"])
            else:
                self._client.delete_item(**action["Delete"])
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except ClientError as error:
            # A transaction holds the item; boto3 does not retry this one.
            if error.response["Error"]["Code"] == _CONFLICT:
                return False
            raise
        return True

    def _action(self, key: str, item: Item | None, had: _Stored | None, now_ms: int) -> Any:  # noqa: ANN401  # as above
        version = 0 if had is None else had.version
        request: dict[str, Any] = {"TableName": self._name}
        if had is None:
            request["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            request["ConditionExpression"] = "version = :version"
            request["ExpressionAttributeValues"] = {":version": {"N": str(version)}}
        if item is None:
            return {"Delete": request | {"Key": {"pk": {"S": key}}}}
        attributes = {"pk": {"S": key}, "version": {"N": str(version + 1)}}
        return {"Put": request | {"Item": attributes | self._attributes(key, item, now_ms)}}

    def _attributes(self, key: str, item: Item, now_ms: int) -> dict[str, dict[str, str]]:
        found = {"body": {"S": _encoder.encode(item).decode()}}
        if item.outbox:
            due_at = min(outgoing.due_at for outgoing in item.outbox)
            found |= {"outbox_due": {"S": due_lane(item)}, "due_at": {"N": str(due_at)}}
        if item.timer_at is not None:
            lane = timer_lane(key, item)
            found |= {"timer": {"S": lane}, "timer_at": {"N": str(item.timer_at)}}
        if isinstance(item, FindingItem):
            found |= {
                "issue": {"S": item.state.issue},
                "cluster": {"S": item.state.cluster or "unknown"},
            }
            if item.state.is_open:
                found["severity"] = {"S": item.state.shown_severity}
        seconds = self._kept_seconds(item)
        if seconds is not None:
            found["expires_at"] = {"N": str(now_ms // 1000 + seconds)}
        return found

    def _kept_seconds(self, item: Item) -> int | None:
        if isinstance(item, SilencesItem):
            return None
        if isinstance(item, FindingItem | CrowdItem):
            return self._retention_seconds
        # A spread remembers two windows, of a day at most.
        week = isinstance(item, GroupItem | DigestItem | SpreadItem)
        return 7 * _DAY_SECONDS if week else _DAY_SECONDS


def _items(stored: Mapping[str, _Stored]) -> dict[str, Item]:
    return {key: one.item for key, one in stored.items() if one.item is not None}


def _item(found: Mapping[str, Any]) -> Item | None:
    """Read an item; one that cannot be read begins anew, and its neighbours live."""
    try:
        item: Item = _decoder.decode(found["body"]["S"])
    except (msgspec.DecodeError, KeyError):
        _logger.exception("item %s cannot be read", found["pk"]["S"])
        return None
    return item


def _pause(attempt: int) -> None:
    # Full jitter: writers that met once must not meet again at the same moment.
    longest = min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(random.uniform(0, longest))  # noqa: S311  # no secret


def _may_retry(error: ClientError) -> bool:
    """Whether a cancelled transaction is worth another attempt; raises it again where not."""
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    if reasons and all(reason in _RETRYABLE or reason in (None, "None") for reason in reasons):
        return False
    raise error
