"""Findings in DynamoDB: once however often, whole under any concurrency, told once."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import moto
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError

from netpolwatch.aws import findings_table
from netpolwatch.aws.findings_table import ContentionError, FindingsTable, Pending, finding_in
from netpolwatch.findings.fingerprint import finding_id, notification_id
from netpolwatch.findings.lifecycle import Recorded, State
from netpolwatch.findings.model import Evidence, Subject
from netpolwatch.findings.observation import Observation
from tests.unit.aws.findings_store import (
    REGION,
    TABLE,
    Response,
    answered,
    due,
    items,
    make_table,
    one_request_at_a_time,
    put_beside,
    refusal,
    refuse_first,
)
from tests.unit.findings.making import (
    CLUSTER,
    DAY_MS,
    ENTRIES,
    HOUR_MS,
    LINK_NOT_FOUND,
    NOON,
    entry,
    observation,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FINDING = observation().id
WRITERS = 8


@pytest.fixture(autouse=True)
def quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause as long as it takes another thread to work, not as long as a network needs."""
    monkeypatch.setattr(findings_table, "_MAX_PAUSE_SECONDS", 0.01)


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with moto.mock_aws():
        yield make_table()


@pytest.fixture
def table(client: "DynamoDBClient") -> FindingsTable:
    return FindingsTable(client, TABLE)


def nodes(count: int) -> list[Observation]:
    """Observe a batch with a fault on each of some nodes, in the order of their ids."""
    made = []
    for number in range(count):
        subject: Subject = {"node": f"ip-10-0-0-{number}"}
        identity = finding_id(LINK_NOT_FOUND.id, CLUSTER, subject)
        made.append(observation(id=identity, subject=subject))
    return sorted(made, key=lambda each: each.id)


def state_of(client: "DynamoDBClient", identity: str = FINDING) -> State:
    item = items(client)[f"finding#{identity}"]
    return msgspec.json.decode(item["state"]["S"], type=State)


def counts(client: "DynamoDBClient") -> list[int]:
    return [
        msgspec.json.decode(item["state"]["S"], type=State).count
        for key, item in items(client).items()
        if key.startswith("finding#")
    ]


def record(table: FindingsTable, key: str, *seen: Observation, now_ms: int = NOON) -> Recorded:
    return table.record(seen or [observation()], ENTRIES, key, now_ms)


# --- one writer ----------------------------------------------------------------------------------


def test_a_finding_opens_with_its_outbox(client: "DynamoDBClient", table: FindingsTable) -> None:
    # When the first batch is recorded
    assert record(table, "batch-1") == Recorded(opened=1)
    # Then one item holds the state, the notification, and what wakes the notifier
    item = items(client)[f"finding#{FINDING}"]
    assert item["version"] == {"N": "1"}
    assert item["issue"] == {"S": "npa-link-not-found"}
    assert item["cluster"] == {"S": "retail-prod"}
    assert item["outbox_due"] == {"S": "due"}
    assert item["due_at"] == {"N": str(NOON)}
    assert list(item["outbox"]["M"]) == [notification_id(FINDING, 1, 1)]
    assert due(client) == [f"finding#{FINDING}"]
    (pending,) = table.pending(FINDING)
    assert (pending.entry.reason, pending.entry.at) == ("opened", NOON)
    assert pending.entry.finding.subject == observation().subject


def test_items_expire(client: "DynamoDBClient") -> None:
    FindingsTable(client, TABLE, retention_days=7).record([observation()], ENTRIES, "k", NOON)
    written = items(client)
    assert written[f"finding#{FINDING}"]["expires_at"] == {"N": str((NOON + 7 * DAY_MS) // 1000)}
    assert written["batch#k#0"]["expires_at"] == {"N": str((NOON + DAY_MS) // 1000)}


def test_a_repeated_delivery_changes_nothing(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    record(table, "batch-1")
    before = items(client)
    again = record(table, "batch-1", now_ms=NOON + HOUR_MS)
    assert again == Recorded(opened=0, duplicate=True)
    assert items(client) == before


def test_another_batch_goes_on_with_the_finding(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    record(table, "batch-1")
    assert record(table, "batch-2", observation(count=4)) == Recorded(opened=0)
    assert (state_of(client).count, state_of(client).status) == (5, "ongoing")
    assert len(table.pending(FINDING)) == 1


def test_a_finding_is_not_told_again_while_a_telling_still_waits(table: FindingsTable) -> None:
    # Given a notifier that is down for days, when the finding goes on
    record(table, "batch-1")
    record(table, "batch-2", now_ms=NOON + DAY_MS)
    # Then the outbox does not grow, and the repeat is made good once the first was sent
    (waiting,) = table.pending(FINDING)
    assert waiting.entry.reason == "opened"
    table.acknowledge(FINDING, waiting.id)
    record(table, "batch-3", now_ms=NOON + DAY_MS + 1)
    assert [each.entry.reason for each in table.pending(FINDING)] == ["repeated"]


def record_two_waiting(client: "DynamoDBClient", table: FindingsTable) -> tuple[Pending, Pending]:
    """Open the finding, and put a second notification beside the first."""
    record(table, "k1")
    (first,) = table.pending(FINDING)
    return first, put_beside(client, FINDING, first)


def test_a_cluster_without_a_name_is_written_as_unknown(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    record(table, "batch-1", observation(cluster=None))
    assert items(client)[f"finding#{FINDING}"]["cluster"] == {"S": "unknown"}


def test_a_batch_without_observations_writes_nothing(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    assert table.record([], ENTRIES, "k", NOON) == Recorded()
    assert items(client) == {}


def test_an_entry_that_is_promoted_can_still_be_told(table: FindingsTable) -> None:
    # Given a finding of an entry that is only recorded
    silent = {LINK_NOT_FOUND.id: entry(notify=False)}
    table.record([observation()], silent, "batch-1", NOON)
    assert table.pending(FINDING) == []
    # When its entry is promoted and it is seen again
    record(table, "batch-2", now_ms=NOON + 1)
    # Then it is told
    assert [each.entry.reason for each in table.pending(FINDING)] == ["opened"]


def test_the_largest_finding_with_hostile_text_fits_an_item(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given 21 findings whose evidence is full of what JSON writes longest
    hostile = Evidence(None, "g" * 512, "s" * 512, "\x00\U0001f4a9" * 300)
    seen = [
        observation(id=each.id, subject={"node": "\x1b" * 200}, evidence=(hostile,) * 5)
        for each in nodes(21)
    ]
    # When they are recorded, and told again
    record(table, "batch-1", *seen)
    record(table, "batch-2", *seen, now_ms=NOON + DAY_MS)
    # Then each is well below DynamoDB's 400 KB
    assert all(len(json.dumps(item)) < 200_000 for item in items(client).values())
    assert state_of(client, seen[0].id).evidence == (hostile,) * 5


def test_expressions_name_no_word_that_dynamodb_reserves(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given every kind of request that we make
    asked: list[Any] = []
    client.meta.events.register(
        "provide-client-params.dynamodb", lambda params, **_: asked.append(params)
    )
    record(table, "batch-1")
    record(table, "batch-2", now_ms=NOON + DAY_MS)
    for pending in table.pending(FINDING):
        table.acknowledge(FINDING, pending.id)
    # Then none of their expressions says a reserved word bare
    expressions = re.findall(r'"\w*Expression": "([^"]*)"', json.dumps(asked, default=str))
    words = set(re.findall(r"(?<![\w#:.])[a-z_]+(?![\w(])", " ".join(expressions)))
    reserved = Path(moto.__file__).parent / "dynamodb/parsing/reserved_keywords.txt"
    assert {"version", "outbox"} <= words
    assert not {word.upper() for word in words} & set(reserved.read_text().split())


# --- large batches -------------------------------------------------------------------------------


def test_a_large_batch_is_split_with_a_marker_a_chunk(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    assert record(table, "k", *nodes(45)) == Recorded(opened=45)
    markers = [key for key in items(client) if key.startswith("batch#")]
    assert sorted(markers) == ["batch#k#0", "batch#k#1", "batch#k#2"]
    assert counts(client) == [1] * 45
    assert record(table, "k", *nodes(45)) == Recorded(opened=0, duplicate=True)
    assert counts(client) == [1] * 45


def test_a_repeated_delivery_records_only_what_is_missing(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given a batch whose second chunk fails
    requests = iter(range(9))

    def second(_request: AWSPreparedRequest) -> Response | None:
        return refusal("AccessDeniedException") if next(requests) == 1 else None

    with answered("TransactWriteItems", second), pytest.raises(ClientError):
        record(table, "k", *nodes(45))
    assert counts(client) == [1] * 20
    # When it is delivered again
    again = record(table, "k", *nodes(45))
    # Then the other chunks are recorded, once, and each finding is told once
    assert again == Recorded(opened=25, duplicate=True)
    assert counts(client) == [1] * 45
    assert all(len(table.pending(each.id)) == 1 for each in nodes(45))


# --- many writers --------------------------------------------------------------------------------


def together(work: Callable[[int], Recorded]) -> list[Recorded]:
    """Do the work in many threads that start at once."""
    barrier = Barrier(WRITERS)

    def start(number: int) -> Recorded:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(start, range(WRITERS)))


@pytest.fixture
def tables(table: FindingsTable, monkeypatch: pytest.MonkeyPatch) -> list[FindingsTable]:
    """Give the tables of containers that know nothing of each other."""
    one_request_at_a_time(monkeypatch)
    others = [boto3.client("dynamodb", region_name=REGION) for _ in range(WRITERS - 1)]
    return [table, *(FindingsTable(client, TABLE) for client in others)]


def test_one_batch_in_many_containers_is_recorded_once(
    client: "DynamoDBClient", tables: list[FindingsTable]
) -> None:
    batch = nodes(25)
    recorded = together(lambda number: record(tables[number], "k", *batch))
    assert sum(each.opened for each in recorded) == 25
    assert counts(client) == [1] * 25
    assert all(len(tables[0].pending(each.id)) == 1 for each in batch)


def test_batches_on_one_finding_add_up_and_tell_it_once(
    client: "DynamoDBClient", tables: list[FindingsTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings_table, "_ATTEMPTS", 200)
    recorded = together(lambda number: record(tables[number], f"k{number}", *nodes(3)))
    assert sum(each.opened for each in recorded) == 3
    assert counts(client) == [WRITERS] * 3
    assert all(len(tables[0].pending(each.id)) == 1 for each in nodes(3))


def test_a_write_of_stale_state_is_done_again(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given another container that writes between our read and our write
    other = iter(["batch-other"])

    def meanwhile(_request: AWSPreparedRequest) -> None:
        for key in other:
            record(FindingsTable(boto3.client("dynamodb", region_name=REGION), TABLE), key)

    # When
    with answered("TransactWriteItems", meanwhile):
        recorded = record(table, "batch-ours")
    # Then ours is recorded on top, and opens nothing
    assert recorded == Recorded(opened=0)
    assert state_of(client).count == 2
    assert len(table.pending(FINDING)) == 1


# --- a table that refuses ------------------------------------------------------------------------


def cancelled(*codes: str) -> dict[str, list[dict[str, str]]]:
    return {"CancellationReasons": [{"Code": code, "Message": code} for code in codes]}


@pytest.mark.parametrize(
    "codes",
    [
        ("None", "TransactionConflict"),
        ("TransactionConflict", "None"),
        ("TransactionConflict", "ConditionalCheckFailed"),
        ("None", "ThrottlingError"),
        ("None", "ProvisionedThroughputExceeded"),
    ],
)
def test_a_conflict_is_tried_again(
    client: "DynamoDBClient", table: FindingsTable, codes: tuple[str, str]
) -> None:
    answer = refuse_first(3, "TransactionCanceledException", **cancelled(*codes))
    with answered("TransactWriteItems", answer):
        assert record(table, "k") == Recorded(opened=1)
    assert state_of(client).count == 1


@pytest.mark.parametrize("other", ["None", "TransactionConflict", "ConditionalCheckFailed"])
def test_a_marker_that_is_there_means_a_duplicate(table: FindingsTable, other: str) -> None:
    details = cancelled("ConditionalCheckFailed", other)
    answer = refuse_first(1, "TransactionCanceledException", **details)
    with answered("TransactWriteItems", answer):
        assert record(table, "k") == Recorded(duplicate=True)


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("AccessDeniedException", {}),
        ("ResourceNotFoundException", {}),
        ("ValidationException", {}),
        ("TransactionCanceledException", cancelled("None", "ValidationError")),
        ("TransactionCanceledException", cancelled("None", "ItemCollectionSizeLimitExceeded")),
        ("TransactionCanceledException", {}),
    ],
)
def test_a_table_that_refuses_is_an_error(
    client: "DynamoDBClient", table: FindingsTable, code: str, details: dict[str, Any]
) -> None:
    with (
        answered("TransactWriteItems", refuse_first(1, code, **details)),
        pytest.raises(ClientError, match=code),
    ):
        record(table, "k")
    assert items(client) == {}


def test_a_read_that_is_denied_is_an_error(table: FindingsTable) -> None:
    with (
        answered("BatchGetItem", refuse_first(1, "AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        record(table, "k")


def test_endless_contention_is_an_error(table: FindingsTable) -> None:
    answer = refuse_first(99, "TransactionCanceledException", **cancelled("TransactionConflict"))
    with answered("TransactWriteItems", answer), pytest.raises(ContentionError):
        record(table, "k")


def test_keys_that_were_not_read_are_asked_for_again(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given a table that first answers only half of what it is asked for
    record(table, "k1", *nodes(2))
    left = iter([1])

    def halve(params: dict[str, Any], **_: object) -> None:
        keys = params["RequestItems"][TABLE]["Keys"]
        if next(left, None):
            rest.append(keys.pop())

    def unprocessed(parsed: dict[str, Any], **_: object) -> None:
        if rest:
            parsed["UnprocessedKeys"] = {
                TABLE: {
                    "Keys": [rest.pop()],
                    "ConsistentRead": True,
                    "ProjectionExpression": "version, #state",
                    "ExpressionAttributeNames": {"#state": "state"},
                }
            }

    rest: list[Any] = []
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", halve)
    client.meta.events.register("after-call.dynamodb.BatchGetItem", unprocessed)
    # When both are observed again
    assert record(table, "k2", *nodes(2)) == Recorded(opened=0)
    # Then both went on
    assert counts(client) == [2, 2]


# --- the outbox ----------------------------------------------------------------------------------


def test_what_was_sent_is_taken_out(client: "DynamoDBClient", table: FindingsTable) -> None:
    record(table, "k")
    (pending,) = table.pending(FINDING)
    table.acknowledge(FINDING, pending.id)
    item = items(client)[f"finding#{FINDING}"]
    assert table.pending(FINDING) == []
    assert {"outbox_due", "due_at"}.isdisjoint(item)
    assert due(client) == []
    # And the next telling finds its place
    record(table, "k2", now_ms=NOON + DAY_MS)
    assert [each.entry.reason for each in table.pending(FINDING)] == ["repeated"]
    assert due(client) == [f"finding#{FINDING}"]


def test_what_else_waits_stays_due(client: "DynamoDBClient", table: FindingsTable) -> None:
    first, second = record_two_waiting(client, table)
    assert table.pending(FINDING) == [first, second]
    table.acknowledge(FINDING, first.id)
    assert table.pending(FINDING) == [second]
    assert due(client) == [f"finding#{FINDING}"]
    table.acknowledge(FINDING, second.id)
    assert due(client) == []


def test_taking_out_twice_changes_nothing(client: "DynamoDBClient", table: FindingsTable) -> None:
    first, _ = record_two_waiting(client, table)
    table.acknowledge(FINDING, first.id)
    before = items(client)
    table.acknowledge(FINDING, first.id)
    assert items(client) == before


def test_a_finding_that_expired_meanwhile_is_not_made_again(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    table.acknowledge(FINDING, "4f2d")
    assert items(client) == {}
    assert table.pending(FINDING) == []


def test_an_analyzer_at_work_on_the_item_does_not_stop_taking_out(table: FindingsTable) -> None:
    # Given a transaction that holds the item: else the notification would be sent again
    record(table, "k")
    (pending,) = table.pending(FINDING)
    with answered("UpdateItem", refuse_first(3, "TransactionConflictException")):
        table.acknowledge(FINDING, pending.id)
    assert table.pending(FINDING) == []


def test_two_senders_that_take_out_the_last_two_leave_nothing_due(
    client: "DynamoDBClient", table: FindingsTable
) -> None:
    # Given two notifications, and another sender that takes one out between our two updates
    ours, theirs = record_two_waiting(client, table)
    other = FindingsTable(boto3.client("dynamodb", region_name=REGION), TABLE)
    turns = iter(range(9))

    def meanwhile(_request: AWSPreparedRequest) -> None:
        if next(turns) == 1:
            other.acknowledge(FINDING, theirs.id)

    with answered("UpdateItem", meanwhile):
        table.acknowledge(FINDING, ours.id)
    assert table.pending(FINDING) == []
    assert due(client) == []


def test_a_denied_update_is_an_error(table: FindingsTable) -> None:
    record(table, "k")
    with (
        answered("UpdateItem", refuse_first(1, "AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        table.acknowledge(FINDING, notification_id(FINDING, 1, 1))
    assert len(table.pending(FINDING)) == 1


@pytest.mark.parametrize(
    ("key", "expected"),
    [("finding#4f2d", "4f2d"), ("batch#finding#0", None), ("", None), ("other", None)],
)
def test_only_a_findings_item_has_a_findings_id(key: str, expected: str | None) -> None:
    assert finding_in(key) == expected
