"""Time passes: the sweeper is called with times to come, as the schedule would call it then."""

import json
import time
from datetime import UTC, datetime
from typing import Final

from local.demo.inbox import Inbox
from local.emulator import Emulator

_SWEEPER: Final = "netpolwatch-sweeper"
_QUIET_SECONDS = 3.0
_PATIENCE_SECONDS = 30.0

MINUTE_MS: Final = 60_000
A_QUARTER: Final = (11 * MINUTE_MS, 16 * MINUTE_MS)
"""Groups are told after ten minutes, digests after fifteen."""

A_DAY: Final = (25 * 60 * MINUTE_MS, 25 * 60 * MINUTE_MS + 11 * MINUTE_MS)
"""By then nearly everything fell silent, and the table of what did is told."""


def tick(emulator: Emulator, at_ms: int) -> dict[str, int]:
    """Let the schedule's tick of a time come; gives what the sweeper did."""
    moment = datetime.fromtimestamp(at_ms // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = emulator.client("lambda").invoke(
        FunctionName=_SWEEPER, Payload=json.dumps({"time": moment}).encode()
    )
    done: dict[str, int] = json.loads(answer["Payload"].read())
    return done


def settle(inbox: Inbox, quiet_seconds: float = _QUIET_SECONDS) -> None:
    """Wait until no more messages come."""
    end = time.monotonic() + _PATIENCE_SECONDS
    quiet_since = time.monotonic()
    while time.monotonic() < min(end, quiet_since + quiet_seconds):
        if inbox.poll():
            quiet_since = time.monotonic()
