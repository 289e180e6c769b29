"""What time alone does to an item: a finding falls silent, a table or a digest is told."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.ceilings import home_keys
from netpolwatch.findings.fingerprint import notification_id
from netpolwatch.findings.items import (
    SILENCES_KEY,
    BudgetItem,
    Changes,
    DigestItem,
    FindingItem,
    GroupItem,
    Items,
    Outgoing,
    SilencesItem,
    UnlistedItem,
    group_key,
    unlisted_key,
)
from netpolwatch.findings.lifecycle import tick
from netpolwatch.findings.notices import BudgetNotice, DigestNotice, GroupNotice, Notice, Row
from netpolwatch.findings.recording import left_by, stored
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.silences import in_force

SetAside = Callable[[str | None, int, int], dict[str, int] | None]
"""Counts a cluster's DENYs that are no violations between two times (ms), by disposition."""


TableT = TypeVar("TableT", GroupItem, DigestItem, BudgetItem)


class Sweep:
    """One pass over what is due, at one time; doing it again changes nothing."""

    def __init__(self, entries: Mapping[str, Entry], rules: Rules, now_ms: int) -> None:
        self._entries, self._rules, self._now = entries, rules, now_ms

    def keys(self, key: str, items: Items) -> list[str]:
        """Name what must be read to sweep an item, the item first."""
        item = items.get(key)
        if isinstance(item, GroupItem) and item.kind == "node":
            groups = {group_key(item.cluster, "issue", row.issue) for row in item.rows}
            return [key, unlisted_key(key), *sorted(groups)]
        if isinstance(item, FindingItem) and item.state.issue in self._entries:
            return [key, *home_keys(self._entries[item.state.issue], item.state)]
        if isinstance(item, GroupItem):
            return [key, unlisted_key(key)]
        return [key, SILENCES_KEY, unlisted_key(key)] if isinstance(item, DigestItem) else [key]

    def sweep(self, key: str, items: Items, set_aside: dict[str, int] | None = None) -> Changes:
        """Decide what becomes of an item; nothing where its time has not come."""
        item = items.get(key)
        if item is None or item.timer_at is None or item.timer_at > self._now:
            return {}
        if isinstance(item, FindingItem):
            return self._finding(key, item, items)
        if isinstance(item, GroupItem):
            return self._group(key, item, items)
        if isinstance(item, DigestItem):
            return self._digest(key, item, items, set_aside)
        return self._budget(key, item) if isinstance(item, BudgetItem) else {}

    def _finding(self, key: str, item: FindingItem, items: Items) -> Changes:
        entry = self._entries.get(item.state.issue)
        if entry is None:
            # The entry is gone from the catalogue: nobody can say when its findings end.
            return {key: msgspec.structs.replace(item, timer_at=None)}
        transition = tick(
            item.state, entry, now_ms=self._now, rules=self._rules, waiting=bool(item.outbox)
        )
        after = stored(item, transition, entry, self._now, self._rules)
        if after.timer_at is not None and after.timer_at <= self._now:
            # Its telling still waits: it is looked at again, and not every minute.
            later = self._now + self._rules.group_interval_ms
            after = msgspec.structs.replace(after, timer_at=later)
        return {key: after, **left_by(after, self._entries, items)}

    def _group(self, key: str, item: GroupItem, items: Items) -> Changes:
        if item.outbox:
            return {key: self._later(item)}
        moved, rows = self._moved(item, items)
        unlisted, emptied = _unlisted(key, items)
        more = item.more + unlisted
        if not rows and not more:
            return {**moved, key: None}
        number = item.number + 1
        notice = GroupNotice(
            cluster=item.cluster, kind=item.kind, key=item.key, rows=rows, more=more,
            since=item.since, until=self._now,
        )  # fmt: skip
        after = msgspec.structs.replace(
            item,
            rows=(),
            more=0,
            number=number,
            since=self._now,
            timer_at=self._now + self._rules.group_interval_ms,
            outbox=(self._outgoing(key, item.since, number, notice),),
        )
        return {**moved, **emptied, key: after}

    def _moved(self, item: GroupItem, items: Items) -> tuple[Changes, tuple[Row, ...]]:
        """Give a node's rows to the groups that their issues have by now: one table less."""
        if item.kind != "node":
            return {}, item.rows
        changes: Changes = {}
        left: list[Row] = []
        for row in item.rows:
            key = group_key(item.cluster, "issue", row.issue)
            group = changes.get(key, items.get(key))
            if isinstance(group, GroupItem) and group.timer_at is not None:
                changes[key] = group.with_row(row)
            else:
                left.append(row)
        return changes, tuple(left)

    def _digest(
        self, key: str, item: DigestItem, items: Items, set_aside: dict[str, int] | None
    ) -> Changes:
        if item.outbox:
            return {key: self._later(item)}
        silences = items.get(SILENCES_KEY)
        listed = silences.silences if isinstance(silences, SilencesItem) else ()
        number = item.number + 1
        unlisted, emptied = _unlisted(key, items)
        notice = DigestNotice(
            cluster=item.cluster, rows=item.rows, more=item.more + unlisted, since=item.since,
            until=self._now, set_aside=set_aside,
            silences=tuple(silence.text() for silence in in_force(listed, self._now)),
        )  # fmt: skip
        outgoing = self._outgoing(key, item.since, number, notice)
        after = msgspec.structs.replace(
            item, rows=(), more=0, number=number, timer_at=None, outbox=(outgoing,)
        )
        return {**emptied, key: after}

    def _budget(self, key: str, item: BudgetItem) -> Changes:
        if item.outbox:
            return {key: self._later(item)}
        notice = BudgetNotice(
            suppressed=item.suppressed, rows=item.rows, more=item.more, since=item.hour,
            gravest=item.gravest,
        )  # fmt: skip
        # A notifier whose clock is behind may still hold something back in an hour that is told.
        number = item.number + 1
        outgoing = self._outgoing(key, item.hour, number, notice)
        told = BudgetItem(
            hour=item.hour, timer_at=None, sent=item.sent, number=number, outbox=(outgoing,)
        )
        return {key: told}

    def _later(self, item: TableT) -> TableT:
        # The last table still waits: the next one waits with it, so that an outbox holds one.
        timer = self._now + self._rules.group_interval_ms
        return msgspec.structs.replace(item, timer_at=timer)

    def _outgoing(self, key: str, since: int, number: int, notice: Notice) -> Outgoing:
        identity = notification_id(f"{key}@{since}", number, 1)
        return Outgoing(id=identity, notice=notice, at=self._now, due_at=self._now)


def _unlisted(table: str, items: Items) -> tuple[int, Changes]:
    """Return how many findings a table counts beside its rows, and what sets that to nothing."""
    key = unlisted_key(table)
    had = items.get(key)
    return (had.count, {key: None}) if isinstance(had, UnlistedItem) else (0, {})
