"""A report as a JSON document, for scripts: the same model, times as RFC 3339."""

from collections.abc import Iterable
from typing import Any

from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.report.model import AgentDrops, Cause, Denial, End, Fault, Report


def report_document(report: Report) -> dict[str, Any]:
    """Return the object that stands under `report` in `analyze --format json`."""
    return {
        "generated_at": rfc3339(report.origin.made_ms),
        "version": report.origin.version,
        "inputs": list(report.origin.inputs),
        "filters": list(report.origin.filters),
        "going_on": [_fault(fault) for fault in report.going_on],
        "over": [_fault(fault) for fault in report.over],
        "recorded": [_fault(fault) for fault in report.recorded],
        "causes": [_cause(cause) for cause in report.causes],
        "agent_drops": [_drops(drops) for drops in report.agent_drops],
        "set_aside": [
            {"disposition": each.name, "packets": each.packets, "meaning": each.sentence}
            for each in report.set_aside
        ],
        "not_understood": list(report.not_understood),
        "not_known": [{"what": gap.what, "remedy": gap.remedy} for gap in report.not_known],
        "recognised": report.is_recognised,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "issue": fault.issue,
        "title": fault.title,
        "severity": fault.severity,
        "over": fault.is_over,
        "not_notified": fault.mark,
        "count": fault.count,
        **_span(fault.first_ms, fault.last_ms),
        "findings": [finding.id for finding in fault.subjects],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    change = cause.change
    return {
        "policy": cause.policy,
        "label": cause.label,
        "severity": cause.severity,
        "graver": cause.graver,
        "packets": cause.packets,
        "clients": cause.clients,
        **_span(cause.first_ms, cause.last_ms),
        "since": None if change is None else rfc3339(change.at_ms),
        "changed_by": None if change is None else change.by,
        "change": None if change is None else change.what,
        "beside": list(cause.beside),
        "missing": [
            {
                "direction": rule.direction,
                "workload": rule.decider,
                "peer": rule.peer,
                "ports": list(rule.ports),
                "packets": rule.packets,
            }
            for rule in cause.missing
        ],
        "conversations": _denials(cause.denials),
    }


def _drops(drops: AgentDrops) -> dict[str, Any]:
    return {
        "why": drops.why,
        "packets": drops.packets,
        **_span(drops.first_ms, drops.last_ms),
        "conversations": _denials(drops.denials),
    }


def _denials(denials: Iterable[Denial]) -> list[dict[str, Any]]:
    return [
        {
            "source": _end(denial.source),
            "destination": _end(denial.destination),
            "port": denial.port,
            "protocol": denial.protocol,
            "direction": denial.direction,
            "policies": list(denial.policies),
            "packets": denial.packets,
            **_span(denial.first_ms, denial.last_ms),
        }
        for denial in denials
    ]


def _end(end: End) -> dict[str, Any]:
    return {"name": end.name, "kind": end.kind, "addresses": list(end.addresses)}


def _span(first_ms: int | None, last_ms: int | None) -> dict[str, str | None]:
    return {"first_seen": rfc3339(first_ms), "last_seen": rfc3339(last_ms)}
