"""An explained verdict as a row: for scripts, and as a finding's identities."""

from typing import Any

import msgspec

from netpolwatch.flows.model import Since
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.identity import Identity
from netpolwatch.reporting.printable import printable
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.since_sentence import changed_at, since_sentence


def explanation_row(line: int, told: Explanation) -> dict[str, Any]:
    """Describe an explained verdict as `explain --format jsonl` prints it."""
    flow, miss = told.flow, told.nearest_miss
    return {
        "line": line,
        "source": {"ip": None, "port": flow.source_port, **end_row(told.source)},
        "destination": {"ip": None, "port": flow.destination_port, **end_row(told.destination)},
        "direction": told.direction,
        "isolating": list(told.isolating),
        "allowing": list(told.allowing),
        "nearest_miss": None if miss is None else {"policy": miss.policy, "why": miss.why},
        "disposition": told.disposition,
        "confidence": told.confidence,
        "as_of": rfc3339(told.as_of),
        "sentence": printable(told.sentence),
        "protocol": flow.protocol,
        "verdict": flow.verdict,
        "tier": flow.tier,
        "since": None if told.since is None else _change(told.since, told.as_of or 0),
    }


def _change(since: Since, at_ms: int) -> dict[str, Any]:
    """Describe the change since which policies decide so."""
    change = since.change
    return {
        "effect": since.effect,
        "at": changed_at(since),
        "kind": change.kind,
        "name": change.name,
        "actor": change.actor,
        "allowed_before_by": list(since.allowing),
        "sentence": printable(since_sentence(since, at_ms)),
    }


def end_row(identity: Identity) -> dict[str, Any]:
    """Describe who had an address."""
    workload = identity.workload
    return {
        "ip": identity.address,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
        "workload": None if workload is None else msgspec.structs.asdict(workload),
        "confidence": identity.confidence,
        "evidence": identity.evidence,
    }
