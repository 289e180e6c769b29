"""Objects are read from the table, as far as the bounds allow."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from netpolwatch.aws.knowledge.rows import facts_of, is_spread_in_time, partition
from netpolwatch.kubernetes.identity.coverage import WHOLE
from netpolwatch.kubernetes.identity.gathering import ObjectFacts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from netpolwatch.kubernetes.facts import AnyFact

_THREADS: Final = 8
_ROWS: Final = 500
_PAGES: Final = 4
"""Beyond this an object is not read to its end."""


class KnowledgeReader:
    """Reads what is known of one deployment's clusters."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client, self._name = client, name

    def read(self, cluster: str | None, names: Sequence[str]) -> dict[str, ObjectFacts]:
        """Read objects by their names in `entities`.

        Raises `ClientError` when the table refuses.
        """
        keys = [partition(cluster, entity) for entity in names]
        with ThreadPoolExecutor(_THREADS) as threads:
            objects = threads.map(self._read, names, keys)
            return dict(zip(names, objects, strict=True))

    def _read(self, entity: str, key: str) -> ObjectFacts:
        """Read an object, its newest facts first; of one with an unreadable item all is open."""
        facts: list[AnyFact] = []
        readable = True
        request: Any = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :key",
            "ExpressionAttributeValues": {":key": {"S": key}},
            "ScanIndexForward": False,
            "Limit": _ROWS,
        }
        for _ in range(_PAGES):
            answer = self._client.query(**request)
            for row in answer["Items"]:
                held = facts_of(row)
                facts.extend(held or ())
                readable = readable and held is not None
            if not answer.get("LastEvaluatedKey"):
                return ObjectFacts(facts, WHOLE if readable else None)
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        oldest_us = min((fact.at_us for fact in facts), default=None)
        known = readable and is_spread_in_time(entity)
        return ObjectFacts(facts, oldest_us if known else None)
