"""Facts are written to the table: what is new of them, and never at the cost of a finding."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge.rows import (
    Row,
    entity_of,
    facts_of,
    is_lasting,
    is_spread_in_time,
    partition,
    row_of,
    sort_key,
)
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.repeats import Key, Repeats
from netpolwatch.kubernetes.identity.retention import kept_days

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_logger = logging.getLogger(__name__)

_BATCH: Final = 25
_THREADS: Final = 8
_DAY_SECONDS: Final = 24 * 3600
_LISTINGS_READ_SECONDS: Final = 600.0
_PAUSE_SECONDS: Final = 0.05
_MAX_PAUSE_SECONDS: Final = 1.0
_THROTTLED: Final = frozenset({
    "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
})  # fmt: skip

_INVALID: Final = "ValidationException"

_Thing = tuple[Key, AnyFact]


@dataclass(frozen=True, slots=True)
class Learned:
    """What became of some facts.

    Attributes
    ----------
    items
        Items written.
    lost
        Facts that the table did not take in time; what rests on them is unknown.
    """

    items: int = 0
    lost: int = 0


class KnowledgeLearner:
    """Writes what facts say that was not said before.

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
        self._repeats: dict[str, Repeats] = defaultdict(Repeats)
        self._listings_read: dict[str, float] = {}

    def learn(
        self,
        cluster: str | None,
        facts: Iterable[AnyFact],
        now_ms: int,
        *,
        within_seconds: float = 60.0,
    ) -> Learned:
        """Write facts; never raises for what the table does.

        What cannot be written in time is counted: nothing that is promised may wait for it.
        """
        deadline = self._clock() + within_seconds
        name, ordered = cluster or "", sorted(facts, key=lambda fact: fact.at_us)
        try:
            self._recall(name, ordered, deadline)
        except (ClientError, BotoCoreError) as error:
            # Then something is written twice.
            _logger.warning("what was said last cannot be read: %s", error)
        repeats = self._repeats[name]
        news = [(key, fact) for key, fact in _things(ordered) if repeats.take(key, fact)]
        rows, too_large = self._rows(name, news, now_ms)
        left = self._write(rows, deadline)
        lost = self._forget(name, left) + too_large
        return Learned(items=len(rows) - len(left), lost=lost)

    def _recall(self, cluster: str, facts: Sequence[AnyFact], deadline: float) -> None:
        """Read the last fact of lasting things that this process does not remember."""
        repeats = self._repeats[cluster]
        self._recall_listings(cluster, facts)
        unknown: dict[Key, AnyFact] = {}
        for key, fact in _things(facts):
            if is_lasting(key[0]) and not repeats.knows(key, fact):
                unknown.setdefault(key, fact)

        def last(thing: _Thing) -> tuple[AnyFact, ...]:
            key, fact = thing
            return self._last(cluster, key, fact.at_us) if self._clock() < deadline else ()

        with ThreadPoolExecutor(_THREADS) as threads:
            try:
                for key, facts_known in zip(
                    unknown, threads.map(last, unknown.items()), strict=True
                ):
                    for fact in facts_known:
                        repeats.take(key, fact)
            except (ClientError, BotoCoreError):
                threads.shutdown(wait=False, cancel_futures=True)
                raise

    def _recall_listings(self, cluster: str, facts: Sequence[AnyFact]) -> None:
        known = self._listings_read.get(cluster)
        if not facts or (known is not None and self._clock() - known < _LISTINGS_READ_SECONDS):
            return
        self._listings_read[cluster] = self._clock()
        key = (entities.SNAPSHOTS, "")
        for fact in self._last(cluster, key, 2**62):
            self._repeats[cluster].take(key, fact)

    def _last(self, cluster: str, key: Key, until_us: int) -> tuple[AnyFact, ...]:
        """Read the last item of a thing until a time."""
        entity, part = key
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :key AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":key": {"S": partition(cluster, entity)},
                ":first": {"S": sort_key(part, 0)},
                ":last": {"S": sort_key(part, until_us + 1)},
            },
            ScanIndexForward=False,
            Limit=1,
        )
        return (facts_of(answer["Items"][0]) or ()) if answer["Items"] else ()

    def _rows(self, cluster: str, news: Iterable[_Thing], now_ms: int) -> tuple[list[Row], int]:
        """Return facts as items, and how many of them no item can hold."""
        repeats = self._repeats[cluster]
        rows: list[Row] = []
        too_large = 0
        packs = list(_packed(news))
        while packs:
            key, facts = packs.pop()
            days = max(kept_days(fact, repeats.owner_of(fact)) for fact in facts)
            row = row_of(cluster, key, facts, now_ms // 1000 + days * _DAY_SECONDS)
            if row is not None:
                rows.append(row)
            elif len(facts) > 1:
                half = len(facts) // 2
                packs += [(key, facts[:half]), (key, facts[half:])]
            else:
                too_large += 1
        return rows, too_large

    def _write(self, rows: Sequence[Row], deadline: float) -> list[Row]:
        """Write items; return those that the table did not take before the deadline."""
        chunks = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
        if len(chunks) < 2:  # noqa: PLR2004  # one thread is this one
            return [row for chunk in chunks for row in self._put(chunk, deadline)]
        with ThreadPoolExecutor(_THREADS) as threads:
            return list(
                chain.from_iterable(threads.map(self._put, chunks, [deadline] * len(chunks)))
            )

    def _put(self, rows: Sequence[Row], deadline: float) -> list[Row]:
        left, pause = list(rows), _PAUSE_SECONDS
        while left and self._clock() < deadline:
            wanted: Any = {self._name: [{"PutRequest": {"Item": row}} for row in left]}
            try:
                answer = self._client.batch_write_item(RequestItems=wanted)
            except (ClientError, BotoCoreError) as error:
                if _code(error) == _INVALID and len(left) > 1:
                    # One that is refused must not take the others along.
                    return [row for one in left for row in self._put([one], deadline)]
                if _code(error) not in _THROTTLED:
                    _logger.warning("facts were not taken: %s", error)
                    return left
            else:
                unprocessed: Any = answer.get("UnprocessedItems", {}).get(self._name, [])
                left = [request["PutRequest"]["Item"] for request in unprocessed]
            if left:
                time.sleep(max(0.0, min(pause, deadline - self._clock())))
                pause = min(_MAX_PAUSE_SECONDS, pause * 2)
        return left

    def _forget(self, cluster: str, rows: Iterable[Row]) -> int:
        """Forget what was lost, so that it is written when it is heard again; return how much."""
        lost = 0
        for row in rows:
            entity = entity_of(row)
            for fact in facts_of(row) or ():
                self._repeats[cluster].forget((entity, entities.object_in(entity, fact)), fact)
                lost += 1
        return lost


def _things(facts: Iterable[AnyFact]) -> Iterator[_Thing]:
    for fact in facts:
        for entity in entities.entities_of(fact):
            yield (entity, entities.object_in(entity, fact)), fact


def _packed(news: Iterable[_Thing]) -> Iterator[tuple[Key, list[AnyFact]]]:
    """Put together what is new of one thing: an item costs as much as its first kilobyte.

    Not of what is read from its newest fact on: there an item's time is its fact's.
    """
    groups: dict[Key, list[AnyFact]] = {}
    for key, fact in news:
        if is_spread_in_time(key[0]):
            yield key, [fact]
        else:
            groups.setdefault(key, []).append(fact)
    yield from groups.items()


def _code(error: Exception) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
