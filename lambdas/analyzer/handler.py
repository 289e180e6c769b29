"""A payload of log events becomes findings and metrics.

An undecodable payload raises: the asynchronous invoke is retried and then kept in the failure
queue. What lines alone prove is recorded here; other DENYs wait in the settling queue for what
explains them (`lambdas/judge`). Then come metrics, which are written once everything that can fail
and be tried again has not. What a cluster's audit events teach is learned last, and may fail.
"""

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from netpolwatch import Analyzer, AnalyzerConfig, Batch
from netpolwatch.analysis.tally import Tally
from netpolwatch.findings.fingerprint import batch_key
from netpolwatch.findings.observation import Place, observe
from netpolwatch.findings.recording import Recorded, end, record
from netpolwatch.ingest.origin import AUDIT, cluster_of, origin_of
from netpolwatch.reporting.metrics import count_point, metric_points
from netpolwatch.settling.message import message_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from netpolwatch.aws.knowledge.hearing import Hearing
    from netpolwatch.aws.knowledge.learning import KnowledgeLearner
    from netpolwatch.aws.ledger import DynamoLedger
    from netpolwatch.aws.settling_queue import SettlingQueue

UNKNOWN_CLUSTER = "unknown"

_LEARNING_SECONDS = 20.0
_SPARE_SECONDS = 10.0
"""Left when learning ends: a request that hangs takes six."""


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str
    knowledge_table: str
    settling_queue_url: str


class UndecodablePayloadError(ValueError):
    """The payload is no subscription envelope."""


_settings = load_settings()
_environment = read_environment(Environment)
_analyzer = Analyzer(AnalyzerConfig(learn=True, settle=True, groups=_settings.kinds))


def handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:
    """Analyze one payload; returns how many events were read and findings opened."""
    now_ms = time.time_ns() // 1_000_000
    batch = _analyzer.analyze(event["awslogs"]["data"], now_ms=now_ms)
    if batch.error is not None:
        raise UndecodablePayloadError(batch.error)
    cluster = _settings.clusters.get(batch.log_group) or cluster_of(batch.log_group)
    origin = origin_of(batch.log_group, batch.log_stream, _settings.kinds.get(batch.log_group))
    message = _message(batch, cluster, origin.known_component, now_ms)
    recorded = _record(batch, cluster, now_ms)
    if message is not None:
        # What lines prove does not wait for the queue. A message that is sent twice counts once.
        _queue().send(message, _settings.settling_seconds)
    name = cluster or UNKNOWN_CLUSTER
    opened = count_point("FindingsOpened", recorded.opened, {"Cluster": name}, now_ms)
    write_metrics([*metric_points(batch, name, now_ms), opened])
    if origin.component == AUDIT:
        _learn(batch, cluster, now_ms, context.get_remaining_time_in_millis() / 1000)
    return {"events": batch.events, "opened": recorded.opened}


def _message(batch: Batch, cluster: str | None, component: str | None, now_ms: int) -> str | None:
    """Write the DENYs that wait; those that a message has no room for are judged by their lines."""
    if not batch.waiting:
        return None
    bounded = message_of(
        batch.waiting,
        key=_key(batch),
        cluster=cluster,
        log_group=batch.log_group,
        log_stream=batch.log_stream,
        component=component,
    )
    Tally(batch, now_ms).count_by_line(bounded.left)
    return bounded.text


def _key(batch: Batch) -> str:
    return batch_key(batch.log_group, batch.log_stream, batch.event_ids)


def _record(batch: Batch, cluster: str | None, now_ms: int) -> Recorded:
    if not (batch.issues or batch.endings or batch.hints):
        return Recorded()
    place = Place(cluster, batch.log_group, batch.log_stream)
    observations = observe([*batch.sightings, *batch.hints], _analyzer.entries, place)
    rules = _settings.rules
    entries = _analyzer.entries
    recorded = record(_ledger(), observations, entries, _key(batch), now_ms=now_ms, rules=rules)
    endings = observe(batch.endings, entries, place)
    end(_ledger(), endings, entries, now_ms=now_ms, rules=rules)
    return recorded


@cache
def _ledger() -> "DynamoLedger":
    # boto3 costs 0.1 s to import: a payload without sightings never pays for it.
    from netpolwatch.aws.clients import dynamodb  # noqa: PLC0415
    from netpolwatch.aws.ledger import DynamoLedger  # noqa: PLC0415

    table = _environment.findings_table
    return DynamoLedger(dynamodb(), table, retention_days=_settings.retention_days)


def _learn(batch: Batch, cluster: str | None, now_ms: int, remaining_seconds: float) -> None:
    """Learn what an audit payload teaches in the time that is left; what is lost is counted."""
    lost = 0
    if batch.facts:
        within = min(_LEARNING_SECONDS, remaining_seconds - _SPARE_SECONDS)
        lost = _learner().learn(cluster, batch.facts, now_ms, within_seconds=within).lost
    if lost:
        oldest_us = min(fact.at_us for fact in batch.facts)
        _hearing().lose(cluster, oldest_us // 1000, now_ms)
    elif batch.newest is not None:
        # Not before the facts, nor without them: whoever knows how far the log was heard relies
        # on them.
        teaches = bool(batch.facts)
        _hearing().hear(cluster, batch.log_stream, batch.newest, now_ms, teaches=teaches)
    if lost:
        dimensions = {"Cluster": cluster or UNKNOWN_CLUSTER}
        write_metrics([count_point("FactsNotLearned", lost, dimensions, now_ms)])


@cache
def _learner() -> "KnowledgeLearner":
    from netpolwatch.aws.clients import hasty_dynamodb  # noqa: PLC0415  # as above
    from netpolwatch.aws.knowledge.learning import KnowledgeLearner  # noqa: PLC0415  # as above

    return KnowledgeLearner(hasty_dynamodb(), _environment.knowledge_table)


@cache
def _hearing() -> "Hearing":
    from netpolwatch.aws.clients import hasty_dynamodb  # noqa: PLC0415  # as above
    from netpolwatch.aws.knowledge.hearing import Hearing  # noqa: PLC0415  # as above

    return Hearing(hasty_dynamodb(), _environment.knowledge_table)


@cache
def _queue() -> "SettlingQueue":
    from netpolwatch.aws.clients import sqs  # noqa: PLC0415  # as above
    from netpolwatch.aws.settling_queue import SettlingQueue  # noqa: PLC0415  # as above

    return SettlingQueue(sqs(), _environment.settling_queue_url)
