"""How long a line takes to become a message, in a deployment that is warm."""

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.demo import feed
from local.demo.inbox import Inbox
from netpolwatch.flows.line import render_flow
from netpolwatch.flows.model import Flow
from samples.cluster import EDGE
from samples.generate import Event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_PROBES = 15
_FIRST_PORT = 20_000
_PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from `put_log_events` to the message in the subscribed queue."""

    median: float
    slowest: float
    probes: int


def measure(logs: "CloudWatchLogsClient", inbox: Inbox) -> Latency:
    """Send lines that nobody has seen before, one at a time, and wait for each one's message."""
    seconds = [_probe(logs, inbox, _FIRST_PORT + number) for number in range(_PROBES)]
    return Latency(statistics.median(seconds), max(seconds), len(seconds))


def _probe(logs: "CloudWatchLogsClient", inbox: Inbox, port: int) -> float:
    flow = Flow("cloudwatch", "10.0.1.44", 40_000, "10.0.9.9", port, "TCP", "DENY", node=EDGE.name)
    stream = EDGE.flows
    event = Event("", time.time_ns() // 1_000_000, stream.log_group, stream.log_stream,
                  render_flow(flow))  # fmt: skip
    started = time.monotonic()
    feed.put(logs, [event])
    end = started + _PATIENCE_SECONDS
    while time.monotonic() < end:
        for message in inbox.poll():
            if message.finding["subject"].get("port") == port:
                return message.received_at - started
    return float(_PATIENCE_SECONDS)
