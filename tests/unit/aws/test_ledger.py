"""Findings in DynamoDB: once however often, whole under any concurrency, told once."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import moto
import msgspec
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError

from netpolwatch.aws import ledger as aws_ledger
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.catalogue.model import Escalation
from netpolwatch.findings.escalation import spreads_of
from netpolwatch.findings.fingerprint import finding_id, notification_id
from netpolwatch.findings.items import Changes, Items, SilencesItem, finding_in, spread_key
from netpolwatch.findings.lanes import DUE_LANES, FINDING_LANES, TABLES_LANE
from netpolwatch.findings.ledger import ContentionError
from netpolwatch.findings.model import KeptEvidence, Subject
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import CHUNK, Recorded
from netpolwatch.findings.recording import record as record_in
from netpolwatch.findings.rules import DEFAULT_RULES
from netpolwatch.findings.state import State
from tests.unit.aws.findings_store import (
    REGION,
    TABLE,
    Response,
    answered,
    due,
    finding_item,
    items,
    make_table,
    one_request_at_a_time,
    refusal,
    refuse_first,
    waiting,
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
    monkeypatch.setattr(aws_ledger, "_MAX_PAUSE_SECONDS", 0.01)


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with moto.mock_aws():
        yield make_table()


@pytest.fixture
def table(client: "DynamoDBClient") -> DynamoLedger:
    return DynamoLedger(client, TABLE)


def nodes(count: int) -> list[Observation]:
    """Observe a batch with a fault on each of some nodes, in the order of their ids."""
    made = []
    for number in range(count):
        subject: Subject = {"node": f"ip-10-0-0-{number}"}
        identity = finding_id(LINK_NOT_FOUND.id, CLUSTER, subject)
        made.append(observation(id=identity, subject=subject))
    return sorted(made, key=lambda each: each.id)


def state_of(client: "DynamoDBClient", identity: str = FINDING) -> State:
    return finding_item(client, identity).state


def counts(client: "DynamoDBClient") -> list[int]:
    found = (finding_in(key) for key in items(client))
    return [state_of(client, identity).count for identity in found if identity is not None]


def record(table: DynamoLedger, key: str, *seen: Observation, now_ms: int = NOON) -> Recorded:
    observations = seen or [observation()]
    return record_in(table, observations, ENTRIES, key, now_ms=now_ms, rules=DEFAULT_RULES)


def reasons(client: "DynamoDBClient", identity: str = FINDING) -> list[str]:
    """Tell why what waits in the finding's outbox is told."""
    notices = [outgoing.notice for outgoing in waiting(client, identity)]
    return [notice.reason for notice in notices if isinstance(notice, FindingNotice)]


def timed(table: DynamoLedger, now_ms: int) -> int:
    """Count the findings whose timer has run out, in all their lanes."""
    return sum(len(table.timers(lane, now_ms, 10)) for lane in FINDING_LANES)


def take_out(table: DynamoLedger, identity: str = FINDING) -> Changes:
    """Empty a finding's outbox, as its notifier does."""
    key = f"finding#{identity}"

    def decide(found: Items) -> Changes:
        return {key: msgspec.structs.replace(found[key], outbox=())} if key in found else {}

    return table.change([key], decide, NOON)


# --- one writer ----------------------------------------------------------------------------------


def test_a_finding_opens_with_its_outbox(client: "DynamoDBClient", table: DynamoLedger) -> None:
    # Given nothing, when the first batch is recorded
    assert record(table, "batch-1") == Recorded(opened=1)
    # Then one item holds the state, the notification, what wakes the notifier, and its timer
    item = items(client)[f"finding#{FINDING}"]
    assert item["version"] == {"N": "1"}
    assert item["issue"] == {"S": "npa-link-not-found"}
    assert item["cluster"] == {"S": "retail-prod"}
    assert item["severity"] == {"S": "high"}
    assert (item["outbox_due"], item["due_at"]) == ({"S": "due#high"}, {"N": str(NOON)})
    assert item["timer_at"] == {"N": str(NOON + LINK_NOT_FOUND.resolve_after_ms)}
    assert due(client) == [f"finding#{FINDING}"]
    (outgoing,) = waiting(client, FINDING)
    assert (outgoing.id, outgoing.at) == (notification_id(FINDING, 1, 1), NOON)
    assert reasons(client) == ["opened"]


def test_items_expire(client: "DynamoDBClient") -> None:
    record(DynamoLedger(client, TABLE, retention_days=7), "k")
    written = items(client)
    assert written[f"finding#{FINDING}"]["expires_at"] == {"N": str((NOON + 7 * DAY_MS) // 1000)}
    assert written["batch#k#"]["expires_at"] == {"N": str((NOON + DAY_MS) // 1000)}


def test_silences_do_not_expire_with_their_item(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    table.change(["silences"], lambda _: {"silences": SilencesItem()}, NOON)
    assert "expires_at" not in items(client)["silences"]


def test_a_repeated_delivery_changes_nothing(client: "DynamoDBClient", table: DynamoLedger) -> None:
    record(table, "batch-1")
    before = items(client)
    again = record(table, "batch-1", now_ms=NOON + HOUR_MS)
    assert again == Recorded(opened=0, duplicate=True)
    assert items(client) == before


def test_another_batch_goes_on_with_the_finding(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    record(table, "batch-1")
    assert record(table, "batch-2", observation(count=4)) == Recorded(opened=0)
    assert (state_of(client).count, state_of(client).status) == (5, "ongoing")
    assert reasons(client) == ["opened"]


def test_a_finding_is_not_told_again_while_a_telling_still_waits(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given a notifier that is down for days, when the finding goes on
    record(table, "batch-1")
    record(table, "batch-2", now_ms=NOON + DAY_MS)
    # Then the outbox does not grow, and the repeat is made good once the first was sent
    assert reasons(client) == ["opened"]
    take_out(table)
    record(table, "batch-3", now_ms=NOON + DAY_MS + 1)
    assert reasons(client) == ["repeated"]


def test_a_damaged_item_begins_anew_and_its_neighbours_are_recorded(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given an item that a newer version wrote, or that somebody edited
    record(table, "batch-1")
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"finding#{FINDING}"}},
        UpdateExpression="SET body = :damaged",
        ExpressionAttributeValues={":damaged": {"S": '{"status":"asleep"}'}},
    )
    # When it is observed again, beside another
    record(table, "batch-2", *nodes(2), observation())
    # Then both are there
    assert state_of(client).count == observation().count
    findings = [key for key in items(client) if finding_in(key)]
    assert len(findings) == 3


def test_a_cluster_without_a_name_is_written_as_unknown(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    record(table, "batch-1", observation(cluster=None))
    assert items(client)[f"finding#{FINDING}"]["cluster"] == {"S": "unknown"}


def test_a_batch_without_observations_writes_nothing(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    assert record_in(table, [], ENTRIES, "k", now_ms=NOON, rules=DEFAULT_RULES) == Recorded()
    assert items(client) == {}


def test_an_entry_that_is_promoted_can_still_be_told(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given a finding of an entry that is only recorded
    silent = {LINK_NOT_FOUND.id: entry(notify=False)}
    record_in(table, [observation()], silent, "batch-1", now_ms=NOON, rules=DEFAULT_RULES)
    assert reasons(client) == []
    # When its entry is promoted and it is seen again
    record(table, "batch-2", now_ms=NOON + 1)
    # Then it is told
    assert reasons(client) == ["opened"]


def test_the_largest_finding_with_hostile_text_fits_an_item(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given 21 findings whose evidence is full of what JSON writes longest
    hostile = KeptEvidence(None, "g" * 512, "s" * 512, "\x00\U0001f4a9" * 300, "n" * 253)
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


def test_what_is_open_and_what_is_due_is_found_by_the_indexes(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given three findings on as many nodes
    record(table, "k", *nodes(3))
    # Then
    assert table.open_findings() == {("retail-prod", "high"): 3}
    assert table.oldest_due() == NOON
    critical, high, *_ = DUE_LANES
    assert sorted(table.due(high, NOON, 10)) == sorted(f"finding#{each.id}" for each in nodes(3))
    assert (table.due(critical, NOON, 10), table.due(high, NOON - 1, 10)) == ([], [])
    assert len(table.due(high, NOON, 2)) == 2
    silent = NOON + LINK_NOT_FOUND.resolve_after_ms
    assert (timed(table, silent), timed(table, silent - 1)) == (3, 0)
    assert table.oldest_timer() == silent
    for each in nodes(3):
        take_out(table, each.id)
    assert (due(client), table.oldest_due()) == ([], None)


def test_expressions_name_no_word_that_dynamodb_reserves(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given every kind of request that we make
    asked: list[Any] = []
    client.meta.events.register(
        "provide-client-params.dynamodb", lambda params, **_: asked.append(params)
    )
    record(table, "batch-1")
    record(table, "batch-2", now_ms=NOON + DAY_MS)
    take_out(table)
    table.timers(TABLES_LANE, NOON, 1)
    table.change([f"finding#{FINDING}"], dict.fromkeys, NOON)
    # Then none of their expressions says a reserved word bare
    expressions = re.findall(r'"\w*Expression": "([^"]*)"', json.dumps(asked, default=str))
    words = set(re.findall(r"(?<![\w#:.])[a-z_]+(?![\w(])", " ".join(expressions)))
    reserved = Path(moto.__file__).parent / "dynamodb/parsing/reserved_keywords.txt"
    assert {"version", "body"} <= words
    assert not {word.upper() for word in words} & set(reserved.read_text().split())


# --- large batches -------------------------------------------------------------------------------


def test_a_large_batch_has_a_marker_a_finding(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    assert record(table, "k", *nodes(45)) == Recorded(opened=45)
    markers = [key for key in items(client) if key.startswith("batch#")]
    assert sorted(markers) == sorted(f"batch#k#{each.id}" for each in nodes(45))
    assert counts(client) == [1] * 45
    assert record(table, "k", *nodes(45)) == Recorded(opened=0, duplicate=True)
    assert counts(client) == [1] * 45


def test_a_repeated_delivery_records_only_what_is_missing(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given a batch whose second chunk fails
    requests = iter(range(9))

    def second(_request: AWSPreparedRequest) -> Response | None:
        return refusal("AccessDeniedException") if next(requests) == 1 else None

    with answered("TransactWriteItems", second), pytest.raises(ClientError):
        record(table, "k", *nodes(45))
    assert counts(client) == [1] * CHUNK
    # When it is delivered again
    again = record(table, "k", *nodes(45))
    # Then the other chunks are recorded, once, and each finding is told once
    assert again == Recorded(opened=45 - CHUNK, duplicate=True)
    assert counts(client) == [1] * 45
    assert all(reasons(client, each.id) == ["opened"] for each in nodes(45))


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
def tables(table: DynamoLedger, monkeypatch: pytest.MonkeyPatch) -> list[DynamoLedger]:
    """Give the tables of containers that know nothing of each other."""
    one_request_at_a_time(monkeypatch)
    others = [boto3.client("dynamodb", region_name=REGION) for _ in range(WRITERS - 1)]
    return [table, *(DynamoLedger(client, TABLE) for client in others)]


def test_one_batch_in_many_containers_is_recorded_once(
    client: "DynamoDBClient", tables: list[DynamoLedger]
) -> None:
    batch = nodes(25)
    recorded = together(lambda number: record(tables[number], "k", *batch))
    assert sum(each.opened for each in recorded) == 25
    assert counts(client) == [1] * 25
    assert all(reasons(client, each.id) == ["opened"] for each in batch)


def test_batches_on_one_finding_add_up_and_tell_it_once(
    client: "DynamoDBClient", tables: list[DynamoLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_ledger, "_ATTEMPTS", 200)
    recorded = together(lambda number: record(tables[number], f"k{number}", *nodes(3)))
    assert sum(each.opened for each in recorded) == 3
    assert counts(client) == [WRITERS] * 3
    assert all(reasons(client, each.id) == ["opened"] for each in nodes(3))


def test_nodes_that_are_recorded_at_once_are_all_remembered(
    client: "DynamoDBClient", tables: list[DynamoLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an issue that is graver on as many nodes as there are writers
    monkeypatch.setattr(aws_ledger, "_ATTEMPTS", 200)
    wide = entry(escalate=(Escalation(to="critical", nodes=WRITERS, within_ms=HOUR_MS),))
    seen = [
        replace(one, spreads=spreads_of(wide, [(NOON, str(one.subject["node"]))]))
        for one in nodes(WRITERS)
    ]
    # When each of them records another node, twice
    for _ in range(2):
        together(
            lambda number: record_in(
                tables[number], [seen[number]], {wide.id: wide}, f"k{number}", now_ms=NOON,
                rules=DEFAULT_RULES,
            )
        )  # fmt: skip
    # Then the last one knows of all, and its neighbours expire with it
    told = [state_of(client, one.id).escalated for one in seen]
    assert told.count(f"{WRITERS} nodes within 1 h") == 1
    spread = items(client)[spread_key(CLUSTER, wide.id)]
    assert spread["version"] == {"N": str(WRITERS)}
    assert spread["expires_at"] == {"N": str((NOON + 7 * DAY_MS) // 1000)}
    assert not {"outbox_due", "timer"} & spread.keys()


def test_a_write_of_stale_state_is_done_again(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given another container that writes between our read and our write
    other = iter(["batch-other"])

    def meanwhile(_request: AWSPreparedRequest) -> None:
        for key in other:
            record(DynamoLedger(boto3.client("dynamodb", region_name=REGION), TABLE), key)

    # When
    with answered("TransactWriteItems", meanwhile):
        recorded = record(table, "batch-ours")
    # Then ours is recorded on top, and opens nothing
    assert recorded == Recorded(opened=0)
    assert state_of(client).count == 2
    assert reasons(client) == ["opened"]


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
    client: "DynamoDBClient", table: DynamoLedger, codes: tuple[str, str]
) -> None:
    answer = refuse_first(3, "TransactionCanceledException", **cancelled(*codes))
    with answered("TransactWriteItems", answer):
        assert record(table, "k") == Recorded(opened=1)
    assert state_of(client).count == 1


def test_a_batch_that_another_container_records_meanwhile_is_a_duplicate(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    # Given the same batch in two containers, the other one faster
    other = iter([1])

    def meanwhile(_request: AWSPreparedRequest) -> None:
        for _ in other:
            record(DynamoLedger(boto3.client("dynamodb", region_name=REGION), TABLE), "k")

    # When
    with answered("TransactWriteItems", meanwhile):
        recorded = record(table, "k")
    # Then
    assert recorded == Recorded(duplicate=True)
    assert state_of(client).count == 1


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
    client: "DynamoDBClient", table: DynamoLedger, code: str, details: dict[str, Any]
) -> None:
    with (
        answered("TransactWriteItems", refuse_first(1, code, **details)),
        pytest.raises(ClientError, match=code),
    ):
        record(table, "k")
    assert items(client) == {}


def test_a_read_that_is_denied_is_an_error(table: DynamoLedger) -> None:
    with (
        answered("BatchGetItem", refuse_first(1, "AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        record(table, "k")


def test_endless_contention_is_an_error(table: DynamoLedger) -> None:
    answer = refuse_first(99, "TransactionCanceledException", **cancelled("TransactionConflict"))
    with answered("TransactWriteItems", answer), pytest.raises(ContentionError):
        record(table, "k")


def test_keys_that_were_not_read_are_asked_for_again(
    client: "DynamoDBClient", table: DynamoLedger
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
                    "ProjectionExpression": "pk, version, body",
                }
            }

    rest: list[Any] = []
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", halve)
    client.meta.events.register("after-call.dynamodb.BatchGetItem", unprocessed)
    # When both are observed again
    assert record(table, "k2", *nodes(2)) == Recorded(opened=0)
    # Then both went on
    assert counts(client) == [2, 2]


# --- one item ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["TransactionConflictException", "ConditionalCheckFailedException"]
)
def test_an_analyzer_at_work_on_the_item_does_not_stop_taking_out(
    client: "DynamoDBClient", table: DynamoLedger, code: str
) -> None:
    # Given a transaction that holds the item: else the notification would be sent again
    record(table, "k")
    with answered("PutItem", refuse_first(3, code)):
        take_out(table)
    assert reasons(client) == []
    assert due(client) == []


def test_an_item_that_expired_meanwhile_is_not_made_again(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    assert take_out(table) == {}
    assert items(client) == {}


def test_an_item_is_taken_away_only_by_who_knows_it(
    client: "DynamoDBClient", table: DynamoLedger
) -> None:
    record(table, "k")
    key = f"finding#{FINDING}"
    with answered("DeleteItem", refuse_first(1, "ConditionalCheckFailedException")):
        table.change([key], dict.fromkeys, NOON)
    assert key not in items(client)


def test_a_denied_write_is_an_error(client: "DynamoDBClient", table: DynamoLedger) -> None:
    record(table, "k")
    with (
        answered("PutItem", refuse_first(1, "AccessDeniedException")),
        pytest.raises(ClientError, match="AccessDenied"),
    ):
        take_out(table)
    assert reasons(client) == ["opened"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [("finding#4f2d", "4f2d"), ("batch#finding#0", None), ("", None), ("other", None)],
)
def test_only_a_findings_item_has_a_findings_id(key: str, expected: str | None) -> None:
    assert finding_in(key) == expected
