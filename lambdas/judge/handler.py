"""DENYs that waited are judged by the objects of their times, and become findings and metrics.

A message is judged once the cluster's audit log was heard past it. Until then it is put back, a
few times; after that it is judged by what is known, and less surely. What a message shows is
recorded once, however often it comes. Metrics are written last.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from netpolwatch.aws.clients import dynamodb, sqs
from netpolwatch.aws.knowledge.hearing import Hearing
from netpolwatch.aws.knowledge.reading import KnowledgeReader
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.aws.settling_queue import SettlingQueue
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.findings.ledger import ContentionError
from netpolwatch.findings.observation import Observation, Place, observe
from netpolwatch.findings.settled import record_settled, unrecorded
from netpolwatch.kubernetes.identity.gathering import Gathering, ObjectFacts, Read
from netpolwatch.reporting.metrics import MetricPoint, count_point, series_points
from netpolwatch.settling.judging import LOST, UNHEARD, Judge, Settled
from netpolwatch.settling.message import Message, NotAMessageError, read_message
from netpolwatch.settling.watermark import MAX_WAITS, ripeness

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext

UNKNOWN_CLUSTER = "unknown"
_REFUSALS = (ClientError, BotoCoreError)
_FAULTS = (*_REFUSALS, ContentionError)


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str
    knowledge_table: str
    settling_queue_url: str


class Received(NamedTuple):
    """A message as it came: `waits` is how often it was put back."""

    message: Message
    record: SQSRecord
    waits: int

    @property
    def is_last(self) -> bool:
        """Whether it is judged by whatever is known now."""
        return self.waits >= MAX_WAITS


class Ripe(NamedTuple):
    """A message that may be judged; `doubt` is why what is known of it may be incomplete."""

    received: Received
    doubt: str | None = None


_logger = logging.getLogger(__name__)
_settings = load_settings()
_environment = read_environment(Environment)
_entries = {entry.id: entry for entry in default_entries()}
_matcher = Matcher(tuple(_entries.values()))


def handle(event: dict[str, Any], _context: "LambdaContext") -> "PartialItemFailureResponse":
    """Judge messages; answers which of them are to come again."""
    now_ms = time.time_ns() // 1_000_000
    clusters: dict[str | None, list[Received]] = defaultdict(list)
    failed: list[str] = []
    for record in SQSEvent(event).records:
        try:
            message = read_message(record.body)
        except NotAMessageError:
            _logger.exception("message %s cannot be read", record.message_id)
            failed.append(record.message_id)
            continue
        waits = int(record.attributes.approximate_receive_count) - 1
        clusters[message.cluster].append(Received(message, record, waits))
    for cluster, received in clusters.items():
        failed.extend(_judge_cluster(cluster, received, now_ms))
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _judge_cluster(cluster: str | None, received: Sequence[Received], now_ms: int) -> Iterator[str]:
    """Judge what is ripe of a cluster's messages; yield the ids of those that come again."""
    settled: set[str] = set()
    try:
        for keys in _settle(cluster, _ripe(cluster, received, now_ms), now_ms):
            settled.update(keys)
    except _FAULTS:
        _logger.exception("messages of %s come again", cluster)
    yield from (each.record.message_id for each in received if each.message.key not in settled)


def _ripe(cluster: str | None, received: Sequence[Received], now_ms: int) -> list[Ripe]:
    """Return the messages that may be judged; those that wait are put back."""
    try:
        heard = _hearing().heard(cluster, now_ms)
    except _REFUSALS:
        _logger.exception("how far %s was heard cannot be read", cluster)
        return [Ripe(each, UNHEARD) for each in received if each.is_last]
    heard_ms = heard.until(now_ms)
    ripe: list[Ripe] = []
    for each in received:
        state = ripeness(each.message.last_ms, heard_ms, each.waits)
        if state == "waiting":
            _put_back(each)
        elif state == "unheard":
            ripe.append(Ripe(each, UNHEARD))
        else:
            ripe.append(Ripe(each, LOST if heard.lost_before(each.message.last_ms) else None))
    return ripe


def _put_back(received: Received) -> None:
    try:
        _queue().put_back(received.record.receipt_handle, _settings.settling_seconds)
    except _REFUSALS:
        # It comes again all the same, only later.
        _logger.exception("message %s cannot be put back", received.record.message_id)


def _settle(cluster: str | None, messages: Sequence[Ripe], now_ms: int) -> Iterator[Iterable[str]]:
    """Judge messages and record what they show; yield the keys of those that are done."""
    ripe = {each.received.message.key: each for each in messages}
    times = {key: each.received.message.last_ms for key, each in ripe.items()}
    fresh = unrecorded(_ledger(), times, cluster)
    yield ripe.keys() - fresh
    judged = _judged(cluster, [ripe[key] for key in fresh]) if fresh else []
    settled = {each.message.key: each for each in judged}
    for written in record_settled(
        _ledger(),
        {key: times[key] for key in settled},
        partial(_observed, settled, cluster),
        _entries,
        cluster,
        now_ms=now_ms,
        rules=_settings.rules,
    ):
        counted = [settled[key] for key in written.fresh]
        write_metrics(_points(counted, written.opened, cluster or UNKNOWN_CLUSTER, now_ms))
        yield written.messages


def _judged(cluster: str | None, ripe: Sequence[Ripe]) -> list[Settled]:
    """Judge messages; where knowledge is refused again and again, by their lines."""
    try:
        return _judged_by(partial(_reader().read, cluster), ripe)
    except _REFUSALS:
        last = [each for each in ripe if each.received.is_last]
        if not last:
            raise
        _logger.exception("nothing is known of %s: its DENYs are judged by their lines", cluster)
        return _judged_by(_nothing_known, last)


def _judged_by(read: Read, ripe: Sequence[Ripe]) -> list[Settled]:
    doubts = {each.received.message.key: each.doubt for each in ripe if each.doubt is not None}
    return Judge(Gathering(read), _matcher).settle([e.received.message for e in ripe], doubts)


def _nothing_known(_wanted: Sequence[str]) -> Mapping[str, ObjectFacts]:
    return {}


def _observed(
    settled: Mapping[str, Settled], cluster: str | None, keys: Sequence[str]
) -> list[Observation]:
    sightings = [sighting for key in keys for sighting in settled[key].sightings]
    return observe(sightings, _entries, Place(cluster, "", ""))


def _points(judged: Sequence[Settled], opened: int, cluster: str, now_ms: int) -> list[MetricPoint]:
    series: Counter[tuple[int | None, str, str]] = Counter()
    for each in judged:
        series.update(each.series)
    counts = {
        "FindingsOpened": opened,
        "JudgedByLine": sum(each.by_line for each in judged),
        "JudgedUnheard": sum(each.doubted for each in judged),
        "AgentDrops": sum(each.dropped_by_agent for each in judged),
    }
    return [
        *series_points(series, cluster, now_ms),
        *(
            count_point(name, count, {"Cluster": cluster}, now_ms)
            for name, count in counts.items()
            if count
        ),
    ]


@cache
def _hearing() -> Hearing:
    return Hearing(dynamodb(), _environment.knowledge_table)


@cache
def _reader() -> KnowledgeReader:
    return KnowledgeReader(dynamodb(), _environment.knowledge_table)


@cache
def _queue() -> SettlingQueue:
    return SettlingQueue(sqs(), _environment.settling_queue_url)


@cache
def _ledger() -> DynamoLedger:
    return DynamoLedger(
        dynamodb(), _environment.findings_table, retention_days=_settings.retention_days
    )
