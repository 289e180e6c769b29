"""The findings table: one item a fault, its transitions and its outbox written together.

Item of a finding: `pk` `finding#<id>`, `version` (optimistic lock), `state` (JSON of
`lifecycle.State`), `outbox` (map of notification id to JSON), `outbox_due` (only while the outbox
holds something: the stream's filter and the sparse index look at it), `due_at` (ms), `expires_at`
(s). Item of a recorded batch: `pk` `batch#<key>#<chunk>`, `expires_at`.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.lifecycle import Notification, Recorded, State, Transition, advance
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Observation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CHUNK = 20
"""Findings in one transaction, which takes at most 100 items and 4 MB."""

_ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.02
_MAX_PAUSE_SECONDS = 2.0
_MARKER_SECONDS = 24 * 3600
_DAY_SECONDS = 24 * 3600
_DUE = "due"
_CONFLICT = "TransactionConflictException"
_RETRYABLE = frozenset({
    "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError",
    "ProvisionedThroughputExceeded",
})  # fmt: skip


class OutboxEntry(msgspec.Struct, frozen=True):
    """A notification that waits to be sent, since `at` (ms since 1970, UTC)."""

    reason: str
    finding: Finding
    at: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A notification in the outbox of a finding."""

    id: str
    entry: OutboxEntry


class ContentionError(Exception):
    """Too many writers at the same findings: the batch is to be delivered again."""


class _DuplicateError(Exception):
    pass


class FindingsTable:
    """Reads and writes findings.

    Parameters
    ----------
    repeat_interval_ms
        A finding that goes on is told again after this time.
    retention_days
        An item expires this many days after it was last written.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        repeat_interval_ms: int = 24 * 3_600_000,
        retention_days: int = 30,
    ) -> None:
        self._client = client
        self._name = name
        self._repeat_interval_ms = repeat_interval_ms
        self._retention_seconds = retention_days * _DAY_SECONDS

    def record(
        self,
        observations: Sequence[Observation],
        entries: Mapping[str, Entry],
        key: str,
        now_ms: int,
    ) -> Recorded:
        """Take a batch's observations in, once however often the batch is delivered.

        `key` names the batch. A large batch is split in the observations' own order, with a marker
        a chunk, so that a repeated delivery finds the same chunks. Raises `ContentionError`, or
        `ClientError` when the table refuses.
        """
        opened, duplicate = 0, False
        for number, chunk in enumerate(_chunks(observations)):
            try:
                opened += self._record_chunk(chunk, entries, f"batch#{key}#{number}", now_ms)
            except _DuplicateError:
                duplicate = True
        return Recorded(opened, duplicate)

    def pending(self, finding_id: str) -> list[Pending]:
        """Read what waits in a finding's outbox, in the order it was put there."""
        answer = self._client.get_item(
            TableName=self._name,
            Key={"pk": {"S": _finding_key(finding_id)}},
            ConsistentRead=True,
            ProjectionExpression="outbox",
        )
        outbox = answer.get("Item", {}).get("outbox", {}).get("M", {})
        waiting = [
            Pending(identity, msgspec.json.decode(value["S"], type=OutboxEntry))
            for identity, value in outbox.items()
        ]
        return sorted(waiting, key=lambda pending: (pending.entry.at, pending.id))

    def acknowledge(self, finding_id: str, notification: str) -> None:
        """Take a notification that was sent out of the outbox; what else is there stays due.

        Taking out what is no longer there changes nothing. Raises `ContentionError`, or
        `ClientError` when the table refuses.
        """
        sent = {"#sent": notification}
        last = self._update_if(
            finding_id,
            "REMOVE outbox.#sent, outbox_due, due_at",
            "attribute_exists(outbox.#sent) AND size(outbox) = :count",
            names=sent,
            count=1,
        )
        if last:
            return
        self._update_if(
            finding_id, "REMOVE outbox.#sent", "attribute_exists(outbox.#sent)", names=sent
        )
        # Two senders that took out the last two at once: neither of them saw the last one.
        self._update_if(
            finding_id,
            "REMOVE outbox_due, due_at",
            "attribute_exists(outbox_due) AND size(outbox) = :count",
            count=0,
        )

    def _update_if(
        self,
        finding_id: str,
        update: str,
        condition: str,
        *,
        names: dict[str, str] | None = None,
        count: int | None = None,
    ) -> bool:
        request: Any = {
            "TableName": self._name,
            "Key": {"pk": {"S": _finding_key(finding_id)}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
        }
        if names is not None:
            request["ExpressionAttributeNames"] = names
        if count is not None:
            request["ExpressionAttributeValues"] = {":count": {"N": str(count)}}
        for attempt in range(_ATTEMPTS):
            try:
                self._client.update_item(**request)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
            except ClientError as error:
                # An analyzer's transaction holds the item. boto3 does not retry this one, and what
                # was sent but not taken out would be sent again.
                if error.response["Error"]["Code"] != _CONFLICT:
                    raise
                _pause(attempt)
            else:
                return True
        raise ContentionError(f"outbox of {finding_id} after {_ATTEMPTS} attempts")

    def _record_chunk(
        self, chunk: Sequence[Observation], entries: Mapping[str, Entry], marker: str, now_ms: int
    ) -> int:
        for attempt in range(_ATTEMPTS):
            stored = self._read(chunk)
            transitions = [
                self._advance(stored.get(observation.id, _ABSENT), observation, entries, now_ms)
                for observation in chunk
            ]
            if self._write(transitions, stored, marker, now_ms):
                return sum(change.state.id not in stored for change in transitions)
            _pause(attempt)
        raise ContentionError(f"{len(chunk)} findings after {_ATTEMPTS} attempts")

    def _advance(
        self,
        stored: "_Stored",
        observation: Observation,
        entries: Mapping[str, Entry],
        now_ms: int,
    ) -> Transition:
        return advance(
            stored.state,
            observation,
            entries[observation.issue],
            now_ms=now_ms,
            repeat_interval_ms=self._repeat_interval_ms,
            waiting=stored.waiting,
        )

    def _read(self, chunk: Sequence[Observation]) -> "dict[str, _Stored]":
        wanted: Any = {
            self._name: {
                "Keys": [{"pk": {"S": _finding_key(observation.id)}} for observation in chunk],
                "ConsistentRead": True,
                "ProjectionExpression": "version, #state, outbox_due",
                "ExpressionAttributeNames": {"#state": "state"},
            }
        }
        stored: dict[str, _Stored] = {}
        for attempt in range(_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(self._name, []):
                state = msgspec.json.decode(item["state"]["S"], type=State)
                stored[state.id] = _Stored(state, int(item["version"]["N"]), "outbox_due" in item)
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return stored
            _pause(attempt)
        raise ContentionError("the table does not answer reads")

    def _write(
        self,
        transitions: Sequence[Transition],
        stored: "Mapping[str, _Stored]",
        marker: str,
        now_ms: int,
    ) -> bool:
        items = [self._marker(marker, now_ms)]
        items.extend(
            self._update(transition, stored.get(transition.state.id, _ABSENT).version, now_ms)
            for transition in transitions
        )
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as error:
            return _judge_cancellation(error)
        except ClientError as error:
            if error.response["Error"]["Code"] == _CONFLICT:
                return False
            raise
        return True

    def _marker(self, marker: str, now_ms: int) -> Any:  # noqa: ANN401  # botocore's own shape
        return {
            "Put": {
                "TableName": self._name,
                "Item": {
                    "pk": {"S": marker},
                    "expires_at": {"N": str(now_ms // 1000 + _MARKER_SECONDS)},
                },
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _update(self, transition: Transition, version: int, now_ms: int) -> Any:  # noqa: ANN401  # as above
        state = transition.state
        # `state` and `cluster` are DynamoDB's own words: an expression must not say them bare.
        names = {"#state": "state", "#cluster": "cluster"}
        values = {
            ":state": {"S": msgspec.json.encode(state).decode()},
            ":version": {"N": str(version + 1)},
            ":issue": {"S": state.issue},
            ":cluster": {"S": state.cluster or "unknown"},
            ":expires": {"N": str(now_ms // 1000 + self._retention_seconds)},
        }
        sets = ["#state = :state", "version = :version", "issue = :issue", "#cluster = :cluster",
                "expires_at = :expires"]  # fmt: skip
        sets += _outbox(transition.notification, version, now_ms, names, values)
        condition = "attribute_not_exists(pk)"
        if version:
            condition, values[":seen"] = "version = :seen", {"N": str(version)}
        return {
            "Update": {
                "TableName": self._name,
                "Key": {"pk": {"S": _finding_key(state.id)}},
                "UpdateExpression": f"SET {', '.join(sets)}",
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }


@dataclass(frozen=True, slots=True)
class _Stored:
    state: State | None
    version: int
    waiting: bool = False


_ABSENT = _Stored(None, 0)


def _pause(attempt: int) -> None:
    # Full jitter: writers that met once must not meet again at the same moment.
    longest = min(_MAX_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(random.uniform(0, longest))  # noqa: S311  # no secret


def finding_in(key: str) -> str | None:
    """Read a finding's id from an item's `pk`; `None` for the item of a batch."""
    kind, _, identity = key.partition("#")
    return identity if kind == "finding" else None


def _finding_key(identity: str) -> str:
    return f"finding#{identity}"


def _chunks(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    for start in range(0, len(observations), _CHUNK):
        yield observations[start : start + _CHUNK]


def _outbox(
    notification: Notification | None,
    version: int,
    now_ms: int,
    names: dict[str, str],
    values: dict[str, Any],
) -> list[str]:
    # A new item always gets the map: a path into a map that is not there cannot be set later.
    sets = ["outbox = :outbox"] if version == 0 else []
    if version == 0:
        values[":outbox"] = {"M": {}}
    if notification is None:
        return sets
    waiting = OutboxEntry(notification.reason, notification.finding, now_ms)
    value = {"S": msgspec.json.encode(waiting).decode()}
    if version == 0:
        values[":outbox"] = {"M": {notification.id: value}}
    else:
        names["#notification"], values[":notification"] = notification.id, value
        sets.append("outbox.#notification = :notification")
    values.update({":due": {"S": _DUE}, ":due_at": {"N": str(now_ms)}})
    return [*sets, "outbox_due = :due", "due_at = :due_at"]


def _judge_cancellation(error: ClientError) -> bool:
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    if reasons and reasons[0] == "ConditionalCheckFailed":
        raise _DuplicateError
    if reasons and all(reason in _RETRYABLE or reason in (None, "None") for reason in reasons):
        return False
    raise error
