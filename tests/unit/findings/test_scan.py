"""One pod scans for an hour: nothing graver waits for it, and people get a handful of messages.

`SCAN_MINUTES=60` scans for the whole hour (`make test-faults`).
"""

import os

from netpolwatch.findings.state import finding_of
from tests.unit.findings.making import NOON
from tests.unit.findings.scanning import CONVERSATIONS, ENTRIES, SCANNER, scan
from tests.unit.findings.world import MINUTE_MS, World

MINUTES = int(os.environ.get("SCAN_MINUTES", "4"))


def test_a_scan_delays_nothing_graver_and_is_a_handful_of_messages() -> None:
    # given a payload of 500 new conversations each second, and a critical fault half-way
    world = World(entries=ENTRIES)
    # when
    scanned = scan(world, MINUTES)
    # then the critical fault is told within a minute, and no pass falls behind
    assert scanned.critical_after_ms is not None
    assert scanned.critical_after_ms <= MINUTE_MS
    assert scanned.messages <= 12
    assert scanned.behind_ms <= 2 * MINUTE_MS
    assert scanned.ended_late_ms <= 5 * MINUTE_MS
    # and all of it is there: a hundred conversations by name, and the scan with its extent
    assert scanned.open <= 102
    assert sum(state.count for state in scanned.findings) == MINUTES * 60 * CONVERSATIONS + 1
    (found,) = [state for state in scanned.findings if state.issue == "denied-scan"]
    told = finding_of(found, ENTRIES["denied-scan"])
    assert told.subject == {"source": SCANNER}
    assert told.extent is not None
    assert abs(told.extent["destination"] / (MINUTES * 60 * CONVERSATIONS) - 1) < 0.15
    assert abs(told.extent["port"] - 31) <= 3
    assert world.now > NOON
