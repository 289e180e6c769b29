"""The obvious design, written fairly: what a good tutorial would lead to.

Powertools unpacks, a named-group regex takes a flow line apart, pydantic checks it, and every line
is searched for every signature of the same catalogue, one compiled regex each. It judges no DENY
and bounds nothing.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent
from pydantic import BaseModel

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Rule

_FLOW = re.compile(
    r"Node: (?P<node>[^;]*);SIP: (?P<source_ip>[^;]*);SPORT: (?P<source_port>\d+)"
    r";DIP: (?P<destination_ip>[^;]*);DPORT: (?P<destination_port>\d+)"
    r";PROTOCOL: (?P<protocol>[^;]+);PolicyVerdict: (?P<verdict>[^;]+)(?:;Tier: (?P<tier>\w+))?"
)
_SENTENCE = re.compile(
    r"Flow Info: Src IP: (?P<source_ip>\S*) Src Port: (?P<source_port>\d+)"
    r" Dest IP: (?P<destination_ip>\S*) Dest Port: (?P<destination_port>\d+)"
    r" Proto:? (?P<protocol>.+?) Verdict:? (?P<verdict>\S+)"
    r" Direction:? (?P<direction>\w+)(?:,? Tier:? (?P<tier>\w+))?"
)
_KEYS = {
    "Src IP": "source_ip",
    "Src Port": "source_port",
    "Dest IP": "destination_ip",
    "Dest Port": "destination_port",
    "Proto": "protocol",
    "Verdict": "verdict",
}


class FlowRecord(BaseModel):
    """One flow; addresses as they are written."""

    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int
    protocol: str
    verdict: str
    timestamp: int
    node: str | None = None
    direction: str | None = None
    tier: str | None = None


@dataclass
class Report:
    """What one payload came to."""

    by_verdict: Counter[str] = field(default_factory=Counter)
    denies: list[FlowRecord] = field(default_factory=list)
    top_denied: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    signatures: Counter[str] = field(default_factory=Counter)

    @property
    def flows(self) -> int:
        """Flows of every verdict."""
        return self.by_verdict.total()


class Obvious:
    """Reads payloads, line by line, regex by regex."""

    def __init__(self) -> None:
        rules = [(entry.id, rule) for entry in default_entries() for rule in entry.rules]
        self._signatures = [(issue, _pattern(rule)) for issue, rule in rules if rule.flow is None]

    def read(self, data: str) -> Report:
        """Read one payload's base64 text."""
        decoded = CloudWatchLogsEvent({"awslogs": {"data": data}}).parse_logs_data()
        report = Report()
        for event in decoded.log_events:
            self._take(report, event.message, event.timestamp)
        return report

    def _take(self, report: Report, message: str, timestamp: int) -> None:
        flow = _flow(message, timestamp)
        if flow is not None:
            report.by_verdict[flow.verdict] += 1
            if flow.verdict == "DENY":
                report.denies.append(flow)
                report.top_denied[flow.source_ip, flow.destination_ip, flow.destination_port] += 1
        for issue, pattern in self._signatures:
            if pattern.search(message):
                report.signatures[issue] += 1


def _flow(message: str, timestamp: int) -> FlowRecord | None:
    found = _FLOW.search(message)
    fields = found.groupdict() if found else _from_json(message)
    return FlowRecord(**fields, timestamp=timestamp) if fields else None


def _from_json(message: str) -> dict[str, Any] | None:
    if not message.startswith("{") or "Flow Info" not in message:
        return None
    line = json.loads(message)
    if "log" in line:
        line = json.loads(line["log"])
    if "Src IP" in line:
        return {field: line[key] for key, field in _KEYS.items()}
    found = _SENTENCE.search(line["msg"])
    return found.groupdict() if found else None


def _pattern(rule: Rule) -> re.Pattern[str]:
    # What has no regex of its own (JSON conditions, detectors) is searched by its literals.
    return re.compile(rule.regex or "|".join(map(re.escape, rule.anchors)))
