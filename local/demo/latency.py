"""How long lines take to become a message, in a deployment that is warm.

Each line is a fault of a node that nobody has seen; between two of them the sweeper closes the
groups, in which the second would wait for ten minutes.
"""

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.demo import feed
from local.demo.clockwork import MINUTE_MS, settle, tick
from local.demo.inbox import Inbox
from local.emulator import Emulator
from samples.cluster import DATAPLANE_GROUP
from samples.generate import Event

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_PROBES = 10
_PATIENCE_SECONDS = 20
_LINES = 3
_LINE = (
    '{"level":"error","caller":"tc/tc.go:161",'
    '"msg":"failed to find device by name eni9ea69618bf0: Link not found"}'
)


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from `put_log_events` to the message in the subscribed queue."""

    median: float
    slowest: float
    probes: int


def measure(emulator: Emulator, inbox: Inbox, after_ms: int) -> Latency:
    """Send faults, one at a time, and wait for each one's message; `after_ms` is the time now."""
    seconds = []
    for number in range(_PROBES):
        # The last one ends and says so, which opens its group anew: that, too, is closed.
        for minutes in (31, 45):
            tick(emulator, after_ms + (60 * number + minutes) * MINUTE_MS)
            settle(inbox, quiet_seconds=1.0)
        seconds.append(_probe(emulator.client("logs"), inbox, f"ip-10-0-9-{number}.ec2.internal"))
    return Latency(statistics.median(seconds), max(seconds), len(seconds))


def _probe(logs: "CloudWatchLogsClient", inbox: Inbox, node: str) -> float:
    stream = f"{node}-dataplane.tail.var.log.aws-routed-eni.ebpf-sdk.log"
    logs.create_log_stream(logGroupName=DATAPLANE_GROUP, logStreamName=stream)
    started = time.monotonic()
    now = time.time_ns() // 1_000_000
    # As often as the fault counts from, in one batch: once, it is told to nobody.
    feed.put(logs, [Event("", now, DATAPLANE_GROUP, stream, _LINE)] * _LINES)
    end = started + _PATIENCE_SECONDS
    while time.monotonic() < end:
        for message in inbox.poll():
            if message.document.get("subject") == {"node": node}:
                return message.received_at - started
    return float(_PATIENCE_SECONDS)
