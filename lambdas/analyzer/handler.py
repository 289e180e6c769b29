"""A payload of log events becomes findings and metrics.

An undecodable payload raises: the asynchronous invoke is retried and then kept in the failure
queue. Findings come first, then metrics, which are written once everything that can fail and be
tried again has not. What a cluster's audit events teach is learned last, and may fail.
"""

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from netpolwatch import Analyzer, AnalyzerConfig, Batch
from netpolwatch.findings.fingerprint import batch_key
from netpolwatch.findings.observation import Place, observe
from netpolwatch.findings.recording import Recorded, end, record
from netpolwatch.ingest.origin import cluster_of
from netpolwatch.reporting.metrics import count_point, metric_points

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from netpolwatch.aws.knowledge.learning import KnowledgeLearner
    from netpolwatch.aws.ledger import DynamoLedger

UNKNOWN_CLUSTER = "unknown"

_LEARNING_SECONDS = 20.0
_SPARE_SECONDS = 10.0
"""Left when learning ends: a request that hangs takes six."""


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str
    knowledge_table: str


class UndecodablePayloadError(ValueError):
    """The payload is no subscription envelope."""


_settings = load_settings()
_environment = read_environment(Environment)
_analyzer = Analyzer(AnalyzerConfig(learn=True, groups=_settings.kinds))


def handle(event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:
    """Analyze one payload; returns how many events were read and findings opened."""
    now_ms = time.time_ns() // 1_000_000
    batch = _analyzer.analyze(event["awslogs"]["data"], now_ms=now_ms)
    if batch.error is not None:
        raise UndecodablePayloadError(batch.error)
    cluster = _settings.clusters.get(batch.log_group) or cluster_of(batch.log_group)
    recorded = _record(batch, cluster, now_ms)
    name = cluster or UNKNOWN_CLUSTER
    opened = count_point("FindingsOpened", recorded.opened, {"Cluster": name}, now_ms)
    write_metrics([*metric_points(batch, name, now_ms), opened])
    if batch.facts:
        _learn(batch, cluster, now_ms, context.get_remaining_time_in_millis() / 1000)
    return {"events": batch.events, "opened": recorded.opened}


def _record(batch: Batch, cluster: str | None, now_ms: int) -> Recorded:
    if not (batch.issues or batch.endings or batch.hints):
        return Recorded()
    place = Place(cluster, batch.log_group, batch.log_stream)
    observations = observe([*batch.sightings, *batch.hints], _analyzer.entries, place)
    key = batch_key(batch.log_group, batch.log_stream, batch.event_ids)
    rules = _settings.rules
    entries = _analyzer.entries
    recorded = record(_ledger(), observations, entries, key, now_ms=now_ms, rules=rules)
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
    """Learn what a batch teaches in the time that is left; what is lost is counted."""
    within = min(_LEARNING_SECONDS, remaining_seconds - _SPARE_SECONDS)
    learned = _learner().learn(cluster, batch.facts, now_ms, within_seconds=within)
    if learned.lost:
        dimensions = {"Cluster": cluster or UNKNOWN_CLUSTER}
        write_metrics([count_point("FactsNotLearned", learned.lost, dimensions, now_ms)])


@cache
def _learner() -> "KnowledgeLearner":
    from netpolwatch.aws.clients import hasty_dynamodb  # noqa: PLC0415  # as above
    from netpolwatch.aws.knowledge.learning import KnowledgeLearner  # noqa: PLC0415  # as above

    return KnowledgeLearner(hasty_dynamodb(), _environment.knowledge_table)
