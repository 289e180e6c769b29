"""What is known of clusters, in DynamoDB: facts by the objects that they tell of, in their order.

An item: `pk` (`<cluster>#<object>`), `sk` (its time and a digest: a fact written twice is one),
`body` (JSON of the fact), `expires_at` (s). Nothing is ever changed or read to be written: audit
events may come in any order, and twice.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge, entities

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_logger = logging.getLogger(__name__)

MAX_OBJECTS: Final = 24
"""Objects asked about for one question, whatever an address leads to: two queries each."""

_BATCH: Final = 25
_ATTEMPTS: Final = 8
_DAY_SECONDS: Final = 24 * 3600
_POD_DAYS: Final = 14
_LASTING_DAYS: Final = 400
"""Policies, namespaces, Services and nodes are written once and live for years."""

_BEFORE: Final = 30
_AFTER: Final = 5
_POLICIES: Final = 200
_CACHE_SECONDS: Final = 30.0
_MAX_CACHED: Final = 500
_MAX_BODY_BYTES: Final = 300_000
_SHORT_LIVED: Final = ("address#", "pod#", "controller#")

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyFact)
_Facts = tuple[AnyFact, ...]


class KnowledgeTable:
    """Facts of all clusters of a deployment; answers come from a cache for some seconds."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._name, self._clock = client, name, clock
        self._cache: OrderedDict[tuple[str, int], tuple[float, _Facts]] = OrderedDict()

    def learn(self, cluster: str | None, facts: Iterable[AnyFact], now_ms: int) -> int:
        """Write facts; gives how many items. Raises `ClientError` when the table refuses."""
        items = {
            (item["pk"]["S"], item["sk"]["S"]): item
            for fact in facts
            for item in _items(cluster, fact, now_ms)
        }
        rows = list(items.values())
        for start in range(0, len(rows), _BATCH):
            self._put(rows[start : start + _BATCH])
        return len(rows)

    def around(self, cluster: str | None, addresses: Sequence[str], at_ms: int) -> Knowledge:
        """Gather what is known of addresses at a time (ms since 1970, UTC) and what owned them.

        Asks about at most `MAX_OBJECTS` objects. Raises `ClientError` when the table refuses.
        """
        knowledge = Knowledge(gathered=True)
        wanted = [entities.SNAPSHOTS, entities.MODES, *map(entities.address, addresses)]
        asked: set[str] = set()
        while wanted and len(asked) < MAX_OBJECTS:
            entity = wanted.pop(0)
            if entity in asked:
                continue
            asked.add(entity)
            facts = self._facts(f"{cluster or ''}#{entity}", at_ms)
            knowledge.learn(facts)
            wanted.extend(entities.led_to(facts))
        return knowledge

    def _put(self, rows: Sequence[Any]) -> None:
        wanted: Any = {self._name: [{"PutRequest": {"Item": row}} for row in rows]}
        for attempt in range(_ATTEMPTS):
            answer = self._client.batch_write_item(RequestItems=wanted)
            wanted = answer.get("UnprocessedItems")
            if not wanted:
                return
            time.sleep(0.05 * 2**attempt)
        # What is not learned is "unknown" later; the batch's verdicts must not wait for it.
        _logger.warning("%d facts were not taken by the table", len(wanted[self._name]))

    def _facts(self, key: str, at_ms: int) -> _Facts:
        # Questions of one minute have one answer: a burst of findings asks the same.
        minute = at_ms // 60_000
        cached = self._cache.get((key, minute))
        if cached is not None and self._clock() - cached[0] < _CACHE_SECONDS:
            return cached[1]
        facts = tuple(self._query(key, (minute + 1) * 60_000))
        # That nothing is known may be over in a moment: a pod's address follows its first packets.
        if facts:
            self._cache[key, minute] = (self._clock(), facts)
        if len(self._cache) > _MAX_CACHED:
            self._cache.popitem(last=False)
        return facts

    def _query(self, key: str, at_ms: int) -> Iterator[AnyFact]:
        border = f"{at_ms * 1000:020d}"
        most = _POLICIES if "#policies#" in key else _BEFORE
        for comparison, forward, limit in (("<=", False, most), (">", True, _AFTER)):
            answer = self._client.query(
                TableName=self._name,
                KeyConditionExpression=f"pk = :key AND sk {comparison} :border",
                ExpressionAttributeValues={":key": {"S": key}, ":border": {"S": border}},
                ScanIndexForward=forward,
                Limit=limit,
            )
            for item in answer["Items"]:
                fact = _fact(item)
                if fact is not None:
                    yield fact


def _items(cluster: str | None, fact: AnyFact, now_ms: int) -> Iterator[dict[str, Any]]:
    body = _encoder.encode(fact)
    if len(body) > _MAX_BODY_BYTES:
        return
    order = f"{fact.at_us:020d}#{digest_of([body.decode()])}"
    for entity in entities.entities_of(fact):
        days = _POD_DAYS if entity.startswith(_SHORT_LIVED) else _LASTING_DAYS
        yield {
            "pk": {"S": f"{cluster or ''}#{entity}"},
            "sk": {"S": order},
            "body": {"S": body.decode()},
            "expires_at": {"N": str(now_ms // 1000 + days * _DAY_SECONDS)},
        }


def _fact(item: Any) -> AnyFact | None:  # noqa: ANN401  # botocore's own shape
    try:
        fact: AnyFact = _decoder.decode(item["body"]["S"])
    except (msgspec.DecodeError, KeyError):
        _logger.exception("a fact of %s cannot be read", item["pk"]["S"])
        return None
    return fact
