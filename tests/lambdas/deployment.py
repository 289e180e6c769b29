"""A deployed function in this process: its bundle's settings, its variables, its payloads."""

import base64
import gzip
import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lambdas.settings
from netpolwatch.aws import clients
from tests.unit.aws.findings_store import REGION

LOG_GROUP = "/aws/eks/retail-prod/cluster"
AGENT_STREAM = "aws-network-policy-agent-audit-ed840232-8c1e-49fb-b133-a4fed61377bc"
SETTINGS: dict[str, Any] = {
    "clusters": {LOG_GROUP: "retail-prod", "/shipped/by/fluent-bit": "shipped"},
    "rules": {"repeat_interval_ms": 86_400_000},
    "retention_days": 30,
}


def deploy(
    name: str,
    variables: Mapping[str, str],
    folder: Path,
    patch: pytest.MonkeyPatch,
    changed: Mapping[str, object] | None = None,
) -> ModuleType:
    """Import a function's handler as a new container does."""
    settings = folder / "settings.json"
    settings.write_text(json.dumps({**SETTINGS, **(changed or {})}))
    patch.setattr(lambdas.settings, "_SETTINGS_FILE", settings)
    patch.setenv("AWS_DEFAULT_REGION", REGION)
    for variable, value in variables.items():
        patch.setenv(variable, value)
    for client in (
        clients.dynamodb,
        clients.hasty_dynamodb,
        clients.sns,
        clients.sqs,
        clients.events,
        clients.cloudwatch,
    ):
        client.cache_clear()
    module = f"lambdas.{name}.handler"
    patch.delitem(sys.modules, module, raising=False)
    imported = importlib.import_module(module)
    patch.setitem(sys.modules, module, imported)
    return imported


def payload(
    *messages: str | tuple[int, str],
    at: int = 0,
    group: str = LOG_GROUP,
    stream: str = AGENT_STREAM,
) -> dict[str, Any]:
    """Give the event that CloudWatch Logs invokes a function with."""
    events = []
    for number, message in enumerate(messages):
        time, text = (at, message) if isinstance(message, str) else message
        events.append({"id": f"{number:056d}", "timestamp": time, "message": text})
    return envelope({
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["netpolwatch-test"],
        "logEvents": events,
    })  # fmt: skip


def envelope(document: object) -> dict[str, Any]:
    """Wrap a document as CloudWatch Logs does: JSON, gzip, base64."""
    data = gzip.compress(json.dumps(document).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def flow(
    verdict: str = "ACCEPT",
    source: str = "10.0.1.44:43322",
    destination: str = "172.20.7.21:8125",
    tier: str | None = None,
) -> str:
    """Return a flow line as an agent writes it to CloudWatch Logs: from v1.3.0 on with a tier."""
    (sip, sport), (dip, dport) = source.split(":"), destination.split(":")
    return (
        f"Node: ip-10-0-1-9.ec2.internal;SIP: {sip};SPORT: {sport};DIP: {dip};DPORT: {dport};"
        f"PROTOCOL: UDP;PolicyVerdict: {verdict}" + (f";Tier: {tier}" if tier else "")
    )


class Context:
    """What a function knows of its invocation: how long it may still run."""

    def __init__(self, remaining_ms: int = 60_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        """Return for how long the function may run, in ms."""
        return self._remaining_ms
