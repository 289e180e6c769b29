# ruff: noqa: SLF001 - a patch reaches into what it patches
"""DynamoDB streams to Lambda: partial failures, bounded retries, the on-failure destination.

Gaps of MiniStack 1.5.33: `batchItemFailures` is ignored, `MaximumRetryAttempts` and
`BisectBatchOnFunctionError` are stored and ignored, and one slow function holds up every stream.
AWS retries from the first failed sequence number on, halves a failed batch if told to (that does
not count as a retry), and gives up after MaximumRetryAttempts or MaximumRecordAgeInSeconds: the
destination then gets what was in the batch (sequence numbers, not the records) and the shard goes
on behind it. An answer that names an unknown sequence number fails the whole batch.
"""

import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

from local.patches import _delivery
from local.patches._ministack import (
    Json,
    arn,
    concurrency,
    dynamodb,
    lambda_svc,
    replace,
    require,
    responses,
    scope,
)
from local.patches._retries import wait_seconds

SHARD = "shardId-00000000000000000000-00000000"


@dataclass(slots=True)
class Attempts:
    """What is known of the batch at a mapping's position; `end` 0: a fresh batch."""

    failures: int = 0
    end: int = 0


class Batch(NamedTuple):
    """Stream records [start, end) for one mapping; `records` are those its filters let through."""

    mapping: Json
    function: Json
    start: int
    stored: list[Json]
    records: list[Json]

    @property
    def end(self) -> int:
        """The stream position behind the batch."""
        return self.start + len(self.stored)


_attempts: dict[str, Attempts] = {}


def apply() -> None:
    """Replace the poller of DynamoDB streams."""
    require(dynamodb, "stream_records_since", "table_name")
    require(dynamodb, "stream_start_position", "table_name")
    require(dynamodb, "stream_end_position", "table_name")
    require(lambda_svc, "_apply_filter_criteria", "records", "esm")
    require(lambda_svc, "_dispatch_esm_batch", "esm_id", "fn")
    require(lambda_svc, "_init_stream_position", "esm_id", "source_arn", "starting")
    replace(lambda_svc, "_poll_dynamodb_streams", _poll)


def _poll() -> bool:
    dispatched = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        with scope(account, region):
            batch = _next_batch(mapping)
            if batch is not None:
                # Its own thread, within this scope: another mapping must not wait for it.
                lambda_svc._dispatch_esm_batch(mapping["UUID"], _process, batch)
                dispatched = True
    return dispatched


def _next_batch(mapping: Json) -> Batch | None:
    identifier, source = mapping["UUID"], mapping.get("EventSourceArn", "")
    busy = lambda_svc._esm_inflight.get(identifier)
    resting = lambda_svc._esm_backoff_until.get(identifier, 0) > time.time()
    if ":dynamodb:" not in source or not mapping.get("Enabled", True) or busy or resting:
        return None
    table_name = _table_name(source)
    function, _config = lambda_svc._get_func_record_for_qualifier(
        mapping["FunctionName"], mapping.get("Qualifier")
    )
    if table_name is None or function is None:
        return None
    start = _position(mapping, table_name)
    again = _attempts.setdefault(identifier, Attempts())
    size = again.end - start if again.end > start else mapping.get("BatchSize", 100)
    stored = dynamodb.stream_records_since(table_name, start, size)
    if not stored:
        return None
    records = lambda_svc._apply_filter_criteria(stored, mapping)
    return Batch(mapping, function, start, stored, records)


def _table_name(source: str) -> str | None:
    found = lambda_svc._dynamodb_stream_table_from_arn_spec(arn.parse_arn(source))
    table = dynamodb._tables.get(found[0]) if found else None
    return found[0] if table and table.get("LatestStreamArn") == source else None


def _position(mapping: Json, table_name: str) -> int:
    identifier = mapping["UUID"]
    starting = mapping.get("StartingPosition", "LATEST")
    lambda_svc._init_stream_position(identifier, mapping["EventSourceArn"], starting)
    horizon: int = dynamodb.stream_start_position(table_name)
    # Records older than a day are gone: go on where the stream now begins.
    position: int = lambda_svc._dynamodb_stream_positions[identifier]
    return max(position, horizon)


def _process(batch: Batch) -> None:
    if not batch.records:
        _advance(batch, batch.end)
        return
    result = lambda_svc._execute_function(batch.function, {"Records": batch.records})
    if result.get("throttle"):
        _rest(batch, 1)
        return
    failed = _first_failed(batch, result)
    if failed is None:
        batch.mapping["LastProcessingResult"] = f"OK - {len(batch.records)} records"
        _advance(batch, batch.end)
    else:
        batch.mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        _retry_or_discard(batch, failed, result)


def _first_failed(batch: Batch, result: Json) -> int | None:
    if result.get("error"):
        return 0
    answer = result.get("body")
    if "ReportBatchItemFailures" not in (batch.mapping.get("FunctionResponseTypes") or []):
        return None
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return None
    indexes = {_sequence(record): index for index, record in enumerate(batch.records)}
    return min(_index(failure, indexes) for failure in failures)


def _index(failure: object, indexes: dict[str, int]) -> int:
    identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return indexes.get(str(identifier), 0)


def _retry_or_discard(batch: Batch, failed: int, result: Json) -> None:
    attempts = _attempts[batch.mapping["UUID"]]
    checkpoint = batch.start
    if failed:
        checkpoint += batch.stored.index(batch.records[failed])
        attempts.failures = 0
        lambda_svc._dynamodb_stream_positions[batch.mapping["UUID"]] = checkpoint
    remaining = batch.end - checkpoint
    if result.get("error") and batch.mapping.get("BisectBatchOnFunctionError") and remaining > 1:
        attempts.end = checkpoint + remaining // 2
        _rest(batch, 1)
        return
    attempts.failures += 1
    attempts.end = batch.end
    condition = _reason_to_give_up(batch, failed, attempts.failures)
    if condition is None:
        _rest(batch, attempts.failures)
        return
    _send_record(batch, failed, condition, attempts.failures, result)
    _advance(batch, batch.end)


def _reason_to_give_up(batch: Batch, failed: int, failures: int) -> str | None:
    oldest = _created(batch.records[failed])
    age = int(batch.mapping.get("MaximumRecordAgeInSeconds") or -1)
    if 0 < age < time.time() - oldest:
        return "MaxRecordAgeExceeded"
    retries = int(batch.mapping.get("MaximumRetryAttempts", -1))
    return "RetryAttemptsExhausted" if 0 <= retries < failures else None


def _advance(batch: Batch, position: int) -> None:
    identifier = batch.mapping["UUID"]
    _attempts.pop(identifier, None)
    lambda_svc._esm_backoff_until.pop(identifier, None)
    # A mapping deleted meanwhile has no position any more, and must not get one back.
    if identifier in lambda_svc._esms:
        lambda_svc._dynamodb_stream_positions[identifier] = position


def _rest(batch: Batch, failures: int) -> None:
    wait = wait_seconds(failures)
    lambda_svc._esm_backoff_until[batch.mapping["UUID"]] = time.time() + wait
    timer = threading.Timer(wait, concurrency.esm_wake.set)
    timer.daemon = True
    timer.start()


def _send_record(batch: Batch, failed: int, condition: str, invocations: int, result: Json) -> None:
    destination = (batch.mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
    if not destination.get("Destination"):
        return
    config = batch.function.get("config") or batch.function
    version = config.get("Version", "$LATEST")
    response = {"statusCode": 200, "executedVersion": version}
    if result.get("error"):
        response["functionError"] = result.get("function_error") or "Unhandled"
    record = {
        "requestContext": {
            "requestId": responses.new_uuid(),
            "functionArn": config["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "responseContext": response,
        "version": "1.0",
        "timestamp": _delivery.iso(time.time()),
        "DDBStreamBatchInfo": _batch_info(batch, failed),
    }
    _delivery.send(destination["Destination"], record)


def _batch_info(batch: Batch, failed: int) -> Json:
    lost = batch.records[failed:]
    return {
        "shardId": SHARD,
        "startSequenceNumber": _sequence(lost[0]),
        "endSequenceNumber": _sequence(lost[-1]),
        "approximateArrivalOfFirstRecord": _delivery.iso(_created(lost[0])),
        "approximateArrivalOfLastRecord": _delivery.iso(_created(lost[-1])),
        "batchSize": len(lost),
        "streamArn": batch.mapping["EventSourceArn"],
    }


def _sequence(record: Json) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _created(record: Json) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])
