"""What is done every minute: what is due is swept, and what could not be sent is tried again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from netpolwatch.catalogue.model import SEVERITIES
from netpolwatch.findings.items import Changes, DigestItem, FindingItem, GroupItem, Item, Items
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.sweeping import SetAside, Sweep

_READ_AT_ONCE: Final = 100
_LOOKED_AT: Final = 5
"""Times as many are looked at as are woken: the oldest are not the gravest."""

_OVERDUE_MS: Final = 60_000
"""Younger than that, the table's stream has just woken the notifier for it."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a pass did; `resolved` are the findings that it ended, by cluster."""

    items: int
    resolved: dict[str | None, int]


def sweep_due(
    ledger: Ledger, sweep: Sweep, *, now_ms: int, limit: int, set_aside: SetAside
) -> Swept:
    """Sweep what is due, at most `limit` items; the rest is due in the next pass.

    A node's table goes first: it may give its rows to the tables of their issues.
    """
    resolved: dict[str | None, int] = {}
    due = list(_read(ledger, ledger.timers(now_ms, limit)))
    for key, item in sorted(due, key=lambda one: _turn(one[1])):
        aside = None
        if isinstance(item, DigestItem) and not item.outbox:
            aside = set_aside(item.cluster, item.since, now_ms)

        def decide(items: Items, key: str = key, aside: dict[str, int] | None = aside) -> Changes:
            return sweep.sweep(key, items, aside)

        changes = ledger.change(sweep.keys(key, {key: item}), decide, now_ms)
        if isinstance(item, FindingItem) and _ended(item, changes.get(key)):
            resolved[item.state.cluster] = resolved.get(item.state.cluster, 0) + 1
    return Swept(len(due), resolved)


def rearm(ledger: Ledger, *, now_ms: int, limit: int) -> int:
    """Wake the notifier for what is overdue, the gravest first; gives how many items.

    An item is written as it is: that is what the table's stream tells.
    """
    overdue = list(_read(ledger, ledger.due(now_ms - _OVERDUE_MS, _LOOKED_AT * limit)))
    gravest = sorted(overdue, key=lambda one: -_gravity(one[1]))[:limit]
    for key, _ in gravest:

        def decide(items: Items, key: str = key) -> Changes:
            item = items.get(key)
            return {key: item} if item is not None and item.outbox else {}

        ledger.change([key], decide, now_ms)
    return len(gravest)


def _read(ledger: Ledger, keys: Sequence[str]) -> Iterator[tuple[str, Item]]:
    for start in range(0, len(keys), _READ_AT_ONCE):
        some = keys[start : start + _READ_AT_ONCE]
        items = ledger.read(some)
        yield from ((key, items[key]) for key in some if key in items)


def _turn(item: Item) -> int:
    return 0 if isinstance(item, GroupItem) and item.kind == "node" else 1


def _gravity(item: Item) -> int:
    return max((SEVERITIES.index(each.notice.severity) for each in item.outbox), default=0)


def _ended(before: FindingItem, after: Item | None) -> bool:
    return (
        isinstance(after, FindingItem)
        and after.state.status == "resolved"
        and before.state.status != "resolved"
    )
