"""A pod scans for some minutes, with the table in the emulator: the rules against real requests.

`SCAN_MINUTES=60` scans for an hour.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from local.emulator import Emulator
from netpolwatch.aws.ledger import DynamoLedger
from tests.unit.aws.findings_store import TABLE, make_table
from tests.unit.findings.memory_ledger import MemoryLedger
from tests.unit.findings.scanning import CONVERSATIONS, ENTRIES, scan
from tests.unit.findings.world import MINUTE_MS, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netpolwatch.findings.items import Changes, Items
    from netpolwatch.findings.ledger import Decide

pytestmark = pytest.mark.e2e

MINUTES = int(os.environ.get("SCAN_MINUTES", "4"))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator.started(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@dataclass(slots=True)
class TableLedger(MemoryLedger):
    """The table of the emulator, with a copy in memory that shows what was written."""

    table: DynamoLedger | None = None

    @property
    def behind(self) -> DynamoLedger:
        assert self.table is not None
        return self.table

    def read(self, keys: Sequence[str]) -> Items:
        return self.behind.read(keys)

    def change(self, keys: Sequence[str], decide: Decide, now_ms: int) -> Changes:
        changes = self.behind.change(keys, decide, now_ms)
        for key, item in changes.items():
            self._put(key, item)
        self.writes += bool(changes)
        return changes

    def due(self, lane: str, now_ms: int, limit: int) -> list[str]:
        return self.behind.due(lane, now_ms, limit)

    def timers(self, lane: str, now_ms: int, limit: int) -> list[str]:
        return self.behind.timers(lane, now_ms, limit)

    def oldest_timer(self) -> int | None:
        return self.behind.oldest_timer()


def test_a_scan_delays_nothing_graver_in_the_table_either(emulator: Emulator) -> None:
    # given the table, and a payload of 500 new conversations each second
    world = World(entries=ENTRIES)
    client = make_table(emulator.client("dynamodb"))
    world.ledger = TableLedger(table=DynamoLedger(client, TABLE))
    # when something critical is seen half-way
    scanned = scan(world, MINUTES)
    # then
    assert scanned.critical_after_ms is not None
    assert scanned.critical_after_ms <= MINUTE_MS
    assert scanned.messages <= 12
    assert scanned.behind_ms <= 2 * MINUTE_MS
    assert scanned.ended_late_ms <= 5 * MINUTE_MS
    assert scanned.open <= 102
    counted = sum(state.count for state in scanned.findings)
    assert counted == MINUTES * 60 * CONVERSATIONS + 1
    # and the table holds what was written: nothing more, nothing less
    keys = list(world.ledger.stored)
    assert world.ledger.behind.read(keys) == world.ledger.items()
