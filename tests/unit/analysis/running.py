"""The engine as `netpolwatch parse` runs it, and a subscription's payloads for `Analyzer`."""

import base64
import gzip
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from netpolwatch import Analyzer
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.ingest.records import read_records
from netpolwatch.reporting.contract import reading_objects

ROOT = Path(__file__).resolve().parents[3]
GROUP = "/aws/eks/demo/cluster"
STREAM = "aws-network-policy-agent-audit-0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
NOW_MS = 1_780_995_660_000
DENY = (
    "Node: ip-10-0-1-9.ec2.internal;SIP: 10.0.1.44;SPORT: 43322;DIP: 172.20.0.10;DPORT: 53"
    ";PROTOCOL: UDP;PolicyVerdict: DENY;Tier: DEFAULT"
)

Object = dict[str, Any]


def parsed(lines: Iterable[bytes], analyzer: Analyzer) -> list[Object]:
    """Parse lines as the command does: objects as a reader of its output gets them."""
    found: list[Object] = []
    for record, reading in read_records_with(analyzer, read_records(lines)):
        objects = msgspec.json.Encoder().encode_lines(reading_objects(record.line, reading))
        found.extend(msgspec.json.decode(line) for line in objects.splitlines())
    return found


def canonical(message: str, group: str, stream: str, timestamp: int = NOW_MS) -> bytes:
    """Write a line of a canonical event file."""
    event = {
        "id": "1",
        "timestamp": timestamp,
        "logGroup": group,
        "logStream": stream,
        "message": message,
    }
    return msgspec.json.encode(event) + b"\n"


def event(message: str = DENY, timestamp: int = NOW_MS, identity: str = "1") -> Object:
    """Make a log event as an envelope holds it."""
    return {"id": identity, "timestamp": timestamp, "message": message}


def envelope(events: Sequence[object], **fields: object) -> bytes:
    """Make the JSON of a payload."""
    whole = {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": GROUP,
        "logStream": STREAM,
        "subscriptionFilters": ["netpolwatch-demo"],
    }
    return msgspec.json.encode(whole | fields | {"logEvents": events})


def payload(inflated: bytes) -> str:
    """Pack a payload as CloudWatch Logs does."""
    return base64.b64encode(gzip.compress(inflated, 6)).decode()


def run_python(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run this interpreter in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment,
        timeout=120,
    )
