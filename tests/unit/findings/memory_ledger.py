"""A ledger in memory that fails as a table can: throttled, contended, and crashing around a write.

It encodes every item, so that nothing lives that the table could not hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from netpolwatch.findings.items import Changes, Item, Items
from netpolwatch.findings.lanes import due_lane, timer_lane
from netpolwatch.findings.ledger import ContentionError, Decide

_decoder = msgspec.json.Decoder(Item)


class CrashError(Exception):
    """The process died here."""


@dataclass(slots=True)
class MemoryLedger:
    """Items by key with versions; `fault` is asked before and after each write."""

    fault: Callable[[str], bool] = lambda _where: False
    stored: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    dues: dict[str, tuple[str, int]] = field(default_factory=dict)
    timed: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The two indexes: an item's lane and time by its key."""

    writes: int = 0
    woken: list[tuple[str, str]] = field(default_factory=list)
    """Keys and lanes of items written with something to send: what the table's stream tells."""

    def read(self, keys: Sequence[str]) -> Items:
        if self.fault("throttled"):
            raise ContentionError("throttled")
        found = {key: self.stored[key] for key in keys if key in self.stored}
        return {key: _decoder.decode(body) for key, (_, body) in found.items()}

    def change(self, keys: Sequence[str], decide: Decide, now_ms: int) -> Changes:
        del now_ms
        assert len(keys) == len(set(keys))
        items = self.read(keys)
        changes = decide(items)
        if self.fault("contended"):
            # Another writer won meanwhile: what was decided first must not be half kept.
            changes = decide(self.read(keys))
        if not changes:
            return changes
        assert len(changes) <= 100
        assert changes.keys() <= set(keys)
        if self.fault("crash before a write"):
            raise CrashError
        for key, item in changes.items():
            self._put(key, item)
        self.writes += 1
        if self.fault("crash after a write"):
            raise CrashError
        return changes

    def due(self, lane: str, now_ms: int, limit: int) -> list[str]:
        due = sorted((at, key) for key, (in_lane, at) in self.dues.items() if in_lane == lane)
        return [key for at, key in due if at <= now_ms][:limit]

    def timers(self, lane: str, now_ms: int, limit: int) -> list[str]:
        timed = sorted((at, key) for key, (in_lane, at) in self.timed.items() if in_lane == lane)
        return [key for at, key in timed if at <= now_ms][:limit]

    def oldest_timer(self) -> int | None:
        return min((at for _, at in self.timed.values()), default=None)

    def items(self) -> dict[str, Item]:
        return {key: _decoder.decode(body) for key, (_, body) in self.stored.items()}

    def _put(self, key: str, item: Item | None) -> None:
        self.dues.pop(key, None)
        self.timed.pop(key, None)
        if item is None:
            self.stored.pop(key, None)
            return
        body = msgspec.json.encode(item)
        assert len(body) < 400_000
        version = self.stored[key][0] + 1 if key in self.stored else 1
        self.stored[key] = (version, body)
        if item.timer_at is not None:
            self.timed[key] = (timer_lane(key, item), item.timer_at)
        if item.outbox:
            due_at = min(outgoing.due_at for outgoing in item.outbox)
            self.dues[key] = (due_lane(item), due_at)
            self.woken.append((key, due_lane(item)))
