"""A findings table as the stack makes it, in moto, and faults on the way to it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import boto3
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.core.botocore_stubber import BotocoreStubber

from netpolwatch.aws.ledger import DUE, TIMER
from netpolwatch.findings.items import FindingItem, Item, Outgoing
from netpolwatch.findings.lanes import DUE_LANES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "netpolwatch-findings"
KNOWLEDGE = "netpolwatch-knowledge"
REGION = "eu-central-1"

Response = tuple[int, dict[str, Any], str | bytes]
Answer = Callable[[AWSPreparedRequest], Response | None]


def make_table(client: "DynamoDBClient | None" = None) -> "DynamoDBClient":
    """Make the table; return a client of it."""
    client = client or boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "outbox_due", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
            {"AttributeName": "timer", "AttributeType": "S"},
            {"AttributeName": "timer_at", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": DUE,
                "KeySchema": [
                    {"AttributeName": "outbox_due", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": TIMER,
                "KeySchema": [
                    {"AttributeName": "timer", "KeyType": "HASH"},
                    {"AttributeName": "timer_at", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["cluster", "severity"],
                },
            },
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return client


def make_knowledge_table(client: "DynamoDBClient") -> None:
    """Make the table of what is known of clusters beside it."""
    client.create_table(
        TableName=KNOWLEDGE,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def items(client: "DynamoDBClient") -> dict[str, dict[str, Any]]:
    """Read the whole table: `pk` to item."""
    found: list[Any] = client.scan(TableName=TABLE, ConsistentRead=True)["Items"]
    return {item["pk"]["S"]: item for item in found}


def due(client: "DynamoDBClient") -> list[str]:
    """Read what the sparse index holds."""
    answers = [
        client.query(
            TableName=TABLE,
            IndexName=DUE,
            KeyConditionExpression="outbox_due = :lane",
            ExpressionAttributeValues={":lane": {"S": lane}},
        )
        for lane in DUE_LANES
    ]
    return [item["pk"]["S"] for answer in answers for item in answer["Items"]]


def stored(client: "DynamoDBClient", key: str) -> Item | None:
    """Read one item as we wrote it."""
    found = items(client).get(key)
    return None if found is None else msgspec.json.decode(found["body"]["S"], type=Item)


def finding_item(client: "DynamoDBClient", identity: str) -> FindingItem:
    """Read a finding's item, which must be there."""
    item = stored(client, f"finding#{identity}")
    assert isinstance(item, FindingItem)
    return item


def waiting(client: "DynamoDBClient", identity: str) -> tuple[Outgoing, ...]:
    """Read what waits in a finding's outbox; nothing where there is no finding."""
    item = stored(client, f"finding#{identity}")
    return () if item is None else item.outbox


@contextmanager
def answered(operation: str, answer: Answer) -> Iterator[None]:
    """Let `answer` answer an operation's requests instead of moto; `None` lets one through."""
    process = BotocoreStubber.process_request

    def intercept(self: BotocoreStubber, request: AWSPreparedRequest) -> Response | None:
        given = answer(request) if _operation(request) == operation else None
        return given if given is not None else process(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BotocoreStubber, "process_request", intercept)
        yield


def refusal(code: str, **details: object) -> Response:
    """Refuse a request as DynamoDB does."""
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **details}
    return 400, {"content-type": "application/x-amz-json-1.0"}, json.dumps(body).encode()


def refuse_first(count: int, code: str, **details: object) -> Answer:
    """Refuse the first requests and let the others through."""
    left = iter(range(count))

    def answer(_request: AWSPreparedRequest) -> Response | None:
        return None if next(left, None) is None else refusal(code, **details)

    return answer


def one_request_at_a_time(patch: pytest.MonkeyPatch) -> None:
    """Make moto's requests atomic.

    DynamoDB's are; moto's transaction copies the table and puts the copy back when it cancels, so
    that threads would lose each other's writes. Our own reads and writes still interleave.
    """
    lock, process = threading.Lock(), BotocoreStubber.process_request

    def locked(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:  # noqa: ANN401  # moto's own
        with lock:
            return process(self, request)

    patch.setattr(BotocoreStubber, "process_request", locked)


def _operation(request: AWSPreparedRequest) -> str:
    target: Any = request.headers.get("X-Amz-Target")  # bytes once it is prepared, str to mypy
    if target is not None:
        name: str = target.decode() if isinstance(target, bytes) else target
        return name.rpartition(".")[2]
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    return parse_qs(body).get("Action", [""])[0]
