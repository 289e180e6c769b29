"""What becomes of a notice before it is sent: sent now, held for a table, or not told at all.

In this order: a silence, then whatever explains the finding, then its cluster's digest, then an
open group of its issue or of its node, then the hour's budget. What is sent opens its groups. What
is graver than all that a group has told does not wait for it, and critical findings have messages
of the hour that nothing else may use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from netpolwatch.catalogue.model import Entry, Severity
from netpolwatch.findings.fingerprint import id_on_subject
from netpolwatch.findings.hours import HOUR_MS
from netpolwatch.findings.items import (
    SILENCES_KEY,
    BudgetItem,
    Changes,
    DigestItem,
    FindingItem,
    GroupItem,
    GroupKind,
    Item,
    Items,
    Outgoing,
    SilencesItem,
    UnlistedItem,
    budget_key,
    digest_key,
    finding_key,
    group_key,
    is_full,
    outgoing_in,
    unlisted_key,
    with_outgoing,
    with_row,
    without,
)
from netpolwatch.findings.lifecycle import muted, next_tick
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import (
    BudgetNotice,
    FindingNotice,
    Row,
    TestNotice,
    row_of,
    successors,
)
from netpolwatch.findings.observation import graver, is_graver
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.silences import silenced_until
from netpolwatch.findings.state import State, finding_of

Fate = Literal["sent", "held", "digested", "silenced", "inhibited", "over-budget", "gone"]


@dataclass(frozen=True, slots=True)
class Route:
    """What was decided of one notice, and the items that say so."""

    fate: Fate
    changes: Changes


class Router:
    """Decides by the catalogue and the rules of the deployment; knows no clock and no store."""

    def __init__(self, entries: Mapping[str, Entry], rules: Rules) -> None:
        self._entries, self._rules = entries, rules
        self._inhibitors: dict[str, list[Entry]] = {}
        for entry in entries.values():
            for issue in entry.inhibits:
                self._inhibitors.setdefault(issue, []).append(entry)

    def keys(self, key: str, item: Item, now_ms: int) -> list[str]:
        """Name what must be read to decide about an item's notices, the item first."""
        if not isinstance(item, FindingItem):
            return list(dict.fromkeys([key, budget_key(now_ms)]))
        state = item.state
        tables = [digest_key(state.cluster), *(group_key(*group) for group in _groups(state))]
        unlisted = [unlisted_key(table) for table in tables]
        asked = [key, SILENCES_KEY, budget_key(now_ms), *tables, *unlisted]
        return list(dict.fromkeys([*asked, *self._explaining(state)]))

    def digests(self, notice: FindingNotice) -> bool:
        """Tell whether a finding waits for its cluster's digest, if nothing keeps it back."""
        entry = self._entries.get(notice.finding.issue)
        return entry is not None and entry.digest and notice.reason == "opened"

    def finding(self, item: FindingItem) -> Finding | None:
        """Describe a finding as it is now; `None` where its entry is gone from the catalogue."""
        entry = self._entries.get(item.state.issue)
        return None if entry is None else finding_of(item.state, entry)

    def route(self, key: str, notice: str, items: Items, now_ms: int) -> Route:
        """Decide about one notice in an item's outbox."""
        item = items.get(key)
        outgoing = outgoing_in(item, notice)
        if item is None or outgoing is None:
            return Route("gone", {})
        if outgoing.routed:
            return Route("sent", {})
        if isinstance(item, FindingItem) and isinstance(outgoing.notice, FindingNotice):
            return self._finding(key, item, outgoing, outgoing.notice, items, now_ms)
        return self._table(key, item, outgoing, items, now_ms)

    def _finding(
        self,
        key: str,
        item: FindingItem,
        outgoing: Outgoing,
        notice: FindingNotice,
        items: Items,
        now_ms: int,
    ) -> Route:
        state = item.state
        silences = items.get(SILENCES_KEY)
        if isinstance(silences, SilencesItem):
            until = silenced_until(silences.silences, notice.finding, now_ms)
            if until is not None:
                # Asked again before its end: it may be expired by hand.
                until = min(until, now_ms + self._rules.group_interval_ms)
                return Route("silenced", {key: self._muted(item, outgoing, until)})
        if any(_is_open(items.get(one)) for one in self._explaining(state)):
            until = now_ms + self._rules.group_interval_ms
            return Route("inhibited", {key: self._muted(item, outgoing, until)})
        row = row_of(notice.finding)
        if self.digests(notice) or notice.reason == "reassigned":
            left = without(item, outgoing.id)
            return self._digested(key, left, state, notice, items, now_ms)
        held = _held(items, state, row)
        if held:
            return Route("held", {key: without(item, outgoing.id), **held})
        route = self._charged(key, item, outgoing, (row,), items, now_ms)
        if route.fate != "sent":
            return route
        opened = self._groups_opened(items, state, row.severity, now_ms)
        return replace(route, changes={**route.changes, **opened})

    def _digested(
        self,
        key: str,
        left: Item,
        state: State,
        notice: FindingNotice,
        items: Items,
        now_ms: int,
    ) -> Route:
        if notice.reason == "reassigned" and not successors(notice.finding):
            # It was only asked: its ends are whose they were when it was told.
            return Route("gone", {key: left})
        digest = self._digest(items, state, row_of(notice.finding), now_ms)
        return Route("digested", {key: left, **digest})

    def _table(self, key: str, item: Item, outgoing: Outgoing, items: Items, now_ms: int) -> Route:
        notice = outgoing.notice
        if isinstance(notice, BudgetNotice | TestNotice | FindingNotice):
            return Route("sent", {key: _routed(item, outgoing)})
        return self._charged(key, item, outgoing, notice.rows, items, now_ms)

    def _charged(
        self,
        key: str,
        item: Item,
        outgoing: Outgoing,
        rows: Sequence[Row],
        items: Items,
        now_ms: int,
    ) -> Route:
        """Take a message out of the hour's budget, or put its rows to what was held back."""
        hour = budget_key(now_ms)
        found = items.get(hour)
        begins = now_ms - now_ms % HOUR_MS
        budget = found if isinstance(found, BudgetItem) else BudgetItem(hour=begins, timer_at=None)
        gravest = outgoing.notice.severity
        if budget.sent < self._ceiling(gravest):
            spent = msgspec.structs.replace(budget, sent=budget.sent + 1)
            return Route("sent", {key: _routed(item, outgoing), hour: spent})
        held, more = budget.rows, budget.more
        for row in rows:
            held, more = with_row(held, more, row)
        full = msgspec.structs.replace(
            budget,
            suppressed=budget.suppressed + 1,
            rows=held,
            more=more,
            gravest=graver(budget.gravest, gravest),
            timer_at=budget.hour + HOUR_MS,
        )
        return Route("over-budget", {key: without(item, outgoing.id), hour: full})

    def _ceiling(self, severity: Severity) -> int:
        reserve = self._rules.critical_an_hour if severity == "critical" else 0
        return self._rules.messages_an_hour + reserve

    def _muted(self, item: FindingItem, outgoing: Outgoing, until: int) -> FindingItem:
        notice = outgoing.notice
        left = without(item, outgoing.id)
        # What is only asked or told once is not kept for the silence's end.
        once = ("resolved", "reassigned")
        if not isinstance(notice, FindingNotice) or notice.reason in once:
            return left
        state = muted(item.state, notice.reason, until)
        timer = next_tick(state, self._entries[state.issue], self._rules)
        return msgspec.structs.replace(left, state=state, timer_at=timer)

    def _digest(self, items: Items, state: State, row: Row, now_ms: int) -> Changes:
        key = digest_key(state.cluster)
        found = items.get(key)
        digest = found if isinstance(found, DigestItem) else None
        if digest is None:
            digest = DigestItem(cluster=state.cluster, since=now_ms, timer_at=None)
        if digest.timer_at is None:
            due = now_ms + self._rules.digest_interval_ms
            digest = msgspec.structs.replace(digest, since=now_ms, timer_at=due)
        if is_full(digest, row):
            return _counted_beside(items, key)
        rows, more = with_row(digest.rows, digest.more, row)
        return {key: msgspec.structs.replace(digest, rows=rows, more=more)}

    def _groups_opened(
        self, items: Items, state: State, severity: Severity, now_ms: int
    ) -> Changes:
        due = now_ms + self._rules.group_interval_ms
        changes: Changes = {}
        for group in _groups(state):
            key, (cluster, kind, name) = group_key(*group), group
            had = items.get(key)
            if not isinstance(had, GroupItem):
                changes[key] = GroupItem(
                    cluster=cluster, kind=kind, key=name, since=now_ms, timer_at=due, told=severity
                )
            elif is_graver(severity, had.told):
                changes[key] = msgspec.structs.replace(had, told=severity)
        return changes

    def _explaining(self, state: State) -> list[str]:
        """Name the findings that would explain this one: same cluster, same subject."""
        keys = []
        for entry in self._inhibitors.get(state.issue, ()):
            identity = id_on_subject(entry.id, entry.group_by, state.cluster, state.subject)
            if identity is not None:
                keys.append(finding_key(identity))
        return keys


def _groups(state: State) -> list[tuple[str | None, GroupKind, str]]:
    groups: list[tuple[str | None, GroupKind, str]] = [(state.cluster, "issue", state.issue)]
    node = state.subject.get("node")
    if isinstance(node, str) and node != "other":
        groups.append((state.cluster, "node", node))
    return groups


def _held(items: Items, state: State, row: Row) -> Changes:
    """Put a row to an open group that told something as grave; nothing where none did."""
    for group in _groups(state):
        key = group_key(*group)
        found = items.get(key)
        if isinstance(found, GroupItem) and not is_graver(row.severity, found.told):
            full = is_full(found, row)
            return _counted_beside(items, key) if full else {key: found.with_row(row)}
    return {}


def _counted_beside(items: Items, table: str) -> Changes:
    """Count what a full table does not list, without writing the table."""
    key = unlisted_key(table)
    had = items.get(key)
    return {key: UnlistedItem(count=1 + (had.count if isinstance(had, UnlistedItem) else 0))}


def _is_open(item: Item | None) -> bool:
    return isinstance(item, FindingItem) and item.state.is_open


def _routed(item: Item, outgoing: Outgoing) -> Item:
    return with_outgoing(item, msgspec.structs.replace(outgoing, routed=True))
