"""Examines each cluster's set-up, daily and when it changes: what is wrong becomes a finding.

Only reads of the clusters. What it may not read is unknown: it neither opens nor ends a finding.
One cluster that cannot be examined keeps no other from it; the invoke fails at the end, and is
repeated.
"""

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from lambdas.environment import read_environment
from lambdas.metrics import write_metrics
from lambdas.settings import load_settings
from netpolwatch.aws.clients import dynamodb
from netpolwatch.aws.inspection import inspect_setup
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.aws.place import Place
from netpolwatch.catalogue.default import default_entries
from netpolwatch.doctor.diagnosis import Diagnosis, diagnose
from netpolwatch.doctor.sightings import seen_in
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.observation import Place as Origin
from netpolwatch.findings.observation import observe
from netpolwatch.findings.recording import end, record
from netpolwatch.reporting.metrics import gauge_point

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Environment(msgspec.Struct, frozen=True, rename="upper"):
    """Variables of this function."""

    findings_table: str


class UnexaminedError(RuntimeError):
    """Some clusters could not be examined."""


_logger = logging.getLogger(__name__)
_environment = read_environment(Environment)
_settings = load_settings()
_entries = {entry.id: entry for entry in default_entries()}


def handle(_event: dict[str, Any], _context: "LambdaContext") -> dict[str, int]:
    """Examine every configured cluster; returns how many findings were opened.

    Raises `UnexaminedError` at the end where some could not be examined.
    """
    opened, failed = 0, []
    for cluster in sorted(set(_settings.clusters.values())):
        try:
            opened += _examine(cluster, time.time_ns() // 1_000_000)
        except Exception:
            _logger.exception("cluster %s could not be examined", cluster)
            failed.append(cluster)
    if failed:
        raise UnexaminedError(", ".join(failed))
    return {"opened": opened}


def _examine(cluster: str, now_ms: int) -> int:
    setup = inspect_setup(Place.current(), cluster, stack=_settings.stack_name, now_ms=now_ms)
    diagnosis = diagnose(setup, list(_entries.values()))
    _log(diagnosis)
    origin = Origin(cluster, f"/aws/eks/{cluster}/cluster", "")
    seen = seen_in(diagnosis, list(_entries.values()))
    observations = observe(seen.sightings, _entries, origin)
    rules = _settings.rules
    key = digest_of(["doctor", cluster, now_ms])
    recorded = record(_ledger(), observations, _entries, key, now_ms=now_ms, rules=rules)
    endings = observe(seen.endings, _entries, origin)
    end(_ledger(), endings, _entries, now_ms=now_ms, rules=rules)
    failing = diagnosis.counts["fail"]
    write_metrics([gauge_point("SetupProblems", failing, {"Cluster": cluster}, now_ms, "Count")])
    return recorded.opened


def _log(diagnosis: Diagnosis) -> None:
    for result in diagnosis.of("fail", "warn", "unknown"):
        answer = result.answer
        _logger.warning("%s: %s: %s", result.check.id, answer.status, answer.evidence)


@cache
def _ledger() -> DynamoLedger:
    table = _environment.findings_table
    return DynamoLedger(dynamodb(), table, retention_days=_settings.retention_days)
