"""In which partition of an index an item waits: a flood of one kind must not delay another.

What waits to be sent is parted by severity. What waits for its time is parted in tables (groups,
digests, budgets) and findings; findings are spread over shards, since one partition of an index
takes a thousand writes a second.
"""

from typing import Final
from zlib import crc32

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.findings.items import FindingItem, Item

DUE_LANES: Final = ("due#critical", "due#high", "due#medium", "due")
"""Of what waits to be sent, the gravest first; the last one holds the rest."""

WAYS: Final = {"grave": DUE_LANES[:2], "other": DUE_LANES[2:]}
"""Ways to the notifier: critical and high notices have one that no flood of others is before."""

TABLES_LANE: Final = "timers"
FINDING_LANES: Final = tuple(f"timers#{number}" for number in range(8))
TIMER_LANES: Final = (TABLES_LANE, *FINDING_LANES)


def due_lane(item: Item) -> str:
    """Return the lane of an item with something to send: that of its gravest notice."""
    return lane_of(gravest_waiting(item))


def lane_of(severity: Severity) -> str:
    """Return the lane of a notice."""
    lane = f"due#{severity}"
    return lane if lane in DUE_LANES else DUE_LANES[-1]


def beside(lane: str) -> tuple[str, ...]:
    """Return all lanes of a lane's way: what one waker sends of an item, the other leaves."""
    return next((lanes for lanes in WAYS.values() if lane in lanes), DUE_LANES)


def gravest_waiting(item: Item) -> Severity:
    """Return the gravest severity in an item's outbox, `info` where it is empty."""
    waiting = (outgoing.notice.severity for outgoing in item.outbox)
    return max(waiting, key=SEVERITIES.index, default="info")


def timer_lane(key: str, item: Item) -> str:
    """Return the lane of an item that time will change."""
    if not isinstance(item, FindingItem):
        return TABLES_LANE
    return FINDING_LANES[crc32(key.encode()) % len(FINDING_LANES)]
