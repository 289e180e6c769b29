"""What the meter counts is what DynamoDB bills by its developer guide."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from benchmarks.capacity import Meter, item_bytes, units_of
from tests.unit.aws.findings_store import REGION, TABLE, make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Metered = tuple[Meter, "DynamoDBClient"]


@pytest.fixture
def metered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metered]:
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        make_table()
        meter = Meter()
        yield meter, boto3.client("dynamodb")


def item(key: str, size: int = 10, **more: str | int) -> dict[str, Any]:
    others = {name: {"N" if isinstance(held, int) else "S": str(held)}
              for name, held in more.items()}  # fmt: skip
    return {"pk": {"S": key}, "body": {"S": "x" * size}, **others}


def timed(key: str, at: int, size: int = 10, **more: str | int) -> dict[str, Any]:
    return item(key, size, timer="timers#1", timer_at=at, **more)


def test_given_an_item_then_names_and_values_count_in_utf8_bytes() -> None:
    assert item_bytes({"pk": {"S": "kö"}, "body": {"B": b"1234"}}) == 2 + 3 + 4 + 4
    assert item_bytes({"n": {"N": "1780999200000"}}) == 1 + 5
    assert units_of(item("a", 1_000)) == 1
    assert units_of(item("a", 1_100)) == 2


def test_given_a_put_then_the_larger_of_before_and_after_counts(metered: Metered) -> None:
    meter, client = metered
    with meter.counting() as used:
        client.put_item(TableName=TABLE, Item=item("a", 3_000))
        client.put_item(TableName=TABLE, Item=item("a"))
        client.delete_item(TableName=TABLE, Key={"pk": {"S": "a"}})
    assert (used.table, used.index) == (3 + 3 + 1, 0)


def test_given_a_transaction_then_tables_count_twice_and_indexes_once(metered: Metered) -> None:
    meter, client = metered
    puts: Any = [{"Put": {"TableName": TABLE, "Item": each}} for each in (timed("a", 1), item("b"))]
    with meter.counting() as used:
        client.transact_write_items(TransactItems=puts)
    assert (used.table, used.index) == (4, 1)


def test_given_an_index_then_only_what_changes_its_row_counts(metered: Metered) -> None:
    meter, client = metered
    client.put_item(TableName=TABLE, Item=timed("a", 1))
    changes = {
        "what it does not hold": (timed("a", 1, 500), 0),
        "what it holds": (timed("a", 1, severity="low"), 1),
        "its key": (timed("a", 2, severity="low"), 2),
        "that it is there": (item("a"), 1),
    }
    for what, (changed, units) in changes.items():
        with meter.counting() as used:
            client.put_item(TableName=TABLE, Item=changed)
        assert used.index == units, what


def test_given_a_refused_write_then_it_counts_in_the_table_only(metered: Metered) -> None:
    meter, client = metered
    with meter.counting() as used, pytest.raises(ClientError):
        client.put_item(
            TableName=TABLE, Item=timed("a", 1), ConditionExpression="attribute_exists(pk)"
        )
    assert (used.table, used.index) == (1, 0)


def test_given_reads_then_whole_items_count_and_what_is_not_there(metered: Metered) -> None:
    meter, client = metered
    client.put_item(TableName=TABLE, Item=item("a", 9_000))
    keys: Any = [{"pk": {"S": key}} for key in ("a", "b")]
    wanted: Any = {TABLE: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "pk"}}
    with meter.counting() as used:
        client.batch_get_item(RequestItems=wanted)
    assert (used.reads, used.requests) == (3 + 1, {"BatchGetItem": 1})
