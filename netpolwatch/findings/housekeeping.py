"""What is done every minute: what is due is swept, and what could not be sent is tried again.

No kind of item delays another: tables, digests and findings wait in lanes of their own, each with
its share of a pass, and what waits to be sent is woken strictly by severity. An item that fails is
logged and left to the next pass.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from netpolwatch.findings.items import Changes, DigestItem, FindingItem, GroupItem, Item, Items
from netpolwatch.findings.lanes import DUE_LANES, FINDING_LANES, TABLES_LANE
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.sweeping import SetAside, Sweep

_logger = logging.getLogger(__name__)

_READ_AT_ONCE: Final = 100
_OVERDUE_MS: Final = 60_000
"""Younger than that, the table's stream has just woken the notifier for it."""

HasTime = Callable[[], bool]
"""Whether there is time left in a pass."""


@dataclass(slots=True)
class Swept:
    """What a pass did.

    Attributes
    ----------
    items
        Items that were due and tried.
    resolved
        Findings that it ended, by cluster.
    failed
        Items that could not be swept: they are due in the next pass.
    """

    items: int = 0
    resolved: Counter[str | None] = field(default_factory=Counter)
    failed: int = 0


def sweep_due(
    ledger: Ledger,
    sweep: Sweep,
    *,
    now_ms: int,
    limit: int,
    set_aside: SetAside,
    has_time: HasTime = lambda: True,
) -> Swept:
    """Sweep what is due while there is time: at most `limit` tables, and as many findings.

    Tables go first, and of them a node's: it may give its rows to the tables of their issues.
    """
    swept = Swept()
    tables = list(_read(ledger, ledger.timers(TABLES_LANE, now_ms, limit)))
    _sweep_each(ledger, sweep, swept, sorted(tables, key=_turn), now_ms, set_aside, has_time)
    share = -(-limit // len(FINDING_LANES))
    for lane in FINDING_LANES:
        findings = _read(ledger, ledger.timers(lane, now_ms, share))
        _sweep_each(ledger, sweep, swept, findings, now_ms, set_aside, has_time)
    return swept


def _sweep_each(
    ledger: Ledger,
    sweep: Sweep,
    swept: Swept,
    due: Iterator[tuple[str, Item]] | Sequence[tuple[str, Item]],
    now_ms: int,
    set_aside: SetAside,
    has_time: HasTime,
) -> None:
    for key, item in due:
        if not has_time():
            return
        swept.items += 1
        try:
            changes = _swept(ledger, sweep, key, item, now_ms, set_aside)
        except Exception:
            # Whatever is wrong with it, those behind it are due, too.
            _logger.exception("item %s could not be swept", key)
            swept.failed += 1
            continue
        if isinstance(item, FindingItem) and _ended(item, changes.get(key)):
            swept.resolved[item.state.cluster] += 1


def _swept(
    ledger: Ledger, sweep: Sweep, key: str, item: Item, now_ms: int, set_aside: SetAside
) -> Changes:
    aside = None
    if isinstance(item, DigestItem) and not item.outbox:
        aside = set_aside(item.cluster, item.since, now_ms)

    def decide(items: Items) -> Changes:
        return sweep.sweep(key, items, aside)

    return ledger.change(sweep.keys(key, {key: item}), decide, now_ms)


def rearm(ledger: Ledger, *, now_ms: int, limit: int, has_time: HasTime = lambda: True) -> int:
    """Wake the notifier for what is overdue, strictly by severity; returns how many items.

    An item is written as it is: that is what the table's stream tells.
    """
    woken = 0
    for lane in DUE_LANES:
        for key in ledger.due(lane, now_ms - _OVERDUE_MS, limit - woken) if woken < limit else ():
            if not has_time():
                return woken
            woken += 1
            _wake(ledger, key, now_ms)
    return woken


def _wake(ledger: Ledger, key: str, now_ms: int) -> None:
    def decide(items: Items) -> Changes:
        item = items.get(key)
        return {key: item} if item is not None and item.outbox else {}

    try:
        ledger.change([key], decide, now_ms)
    except Exception:
        _logger.exception("the notifier could not be woken for item %s", key)


def _read(ledger: Ledger, keys: Sequence[str]) -> Iterator[tuple[str, Item]]:
    for start in range(0, len(keys), _READ_AT_ONCE):
        some = keys[start : start + _READ_AT_ONCE]
        items = ledger.read(some)
        yield from ((key, items[key]) for key in some if key in items)


def _turn(due: tuple[str, Item]) -> int:
    return 0 if isinstance(due[1], GroupItem) and due[1].kind == "node" else 1


def _ended(before: FindingItem, after: Item | None) -> bool:
    return (
        isinstance(after, FindingItem)
        and after.state.status == "resolved"
        and before.state.status != "resolved"
    )
