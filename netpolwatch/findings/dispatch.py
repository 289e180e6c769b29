"""An item's outbox is emptied: each notice routed, sent on every channel, and taken out."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from netpolwatch.findings.channels import Channel, Delivered, Outcome, Refused, Retry
from netpolwatch.findings.items import (
    Changes,
    FindingItem,
    Item,
    Items,
    Outgoing,
    finding_key,
    outgoing_in,
    with_outgoing,
    without,
)
from netpolwatch.findings.lanes import DUE_LANES, lane_of
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import DigestNotice, FindingNotice, Notice, Row, refreshed
from netpolwatch.findings.routing import Fate, Router

_logger = logging.getLogger(__name__)

GIVE_UP_AFTER_MS: Final = 24 * 3_600_000
_FIRST_PAUSE_MS: Final = 60_000
_MAX_PAUSE_MS: Final = 30 * 60_000

_MAX_NAMED: Final = 40
"""Rows of a digest that are named: what a mail shows; each may cost some 50 questions."""

Refuse = Callable[[Outgoing, str, str], None]
"""Keeps a notice that a channel will never take: the notice, the channel's name, why."""

Name = Callable[[Finding], Finding]
"""Adds to a finding who its ends are, where that is known."""

Jitter = Callable[[int], int]
"""Spreads a pause (ms): many that failed together must not come back together."""


@dataclass(slots=True)
class Dispatched:
    """What became of notices: by channel, and by the reason for which they were not sent."""

    sent: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[Fate] = field(default_factory=Counter)


class Dispatcher:
    """Sends what waits. A crash at any point repeats a message at most on the channel it was at."""

    def __init__(
        self,
        ledger: Ledger,
        router: Router,
        channels: Sequence[Channel],
        refuse: Refuse,
        jitter: Jitter = lambda pause: pause,
        name: Name = lambda finding: finding,
    ) -> None:
        self._ledger, self._router, self._name = ledger, router, name
        self._channels, self._refuse, self._jitter = channels, refuse, jitter

    def dispatch(self, key: str, now_ms: int, lanes: Sequence[str] = DUE_LANES) -> Dispatched:
        """Send what is due of some lanes in one item's outbox.

        Two that are woken for the same item do not send the same notice where their lanes differ.
        Raises what the ledger or `refuse` raises.
        """
        dispatched = Dispatched()
        item = self._ledger.read([key]).get(key)
        for outgoing in item.outbox if item is not None else ():
            if lane_of(outgoing.notice.severity) not in lanes:
                continue
            # What was never tried is due whatever the clocks say of who queued it.
            if outgoing.tries and outgoing.due_at > now_ms:
                continue
            fate = self._route(key, item, outgoing.id, now_ms)
            if fate == "sent":
                self._send(key, outgoing.id, now_ms, dispatched)
            elif fate != "gone":
                dispatched.suppressed[fate] += 1
        return dispatched

    def _route(self, key: str, item: Item | None, notice: str, now_ms: int) -> Fate:
        if item is None:
            return "gone"
        fates: list[Fate] = []
        outgoing = outgoing_in(item, notice)
        named = None if outgoing is None or outgoing.routed else self._named(outgoing)

        def decide(found: Items) -> Changes:
            items = found
            if named is not None and outgoing_in(found.get(key), notice) is not None:
                items = {**found, key: with_outgoing(found[key], named)}
            route = self._router.route(key, notice, items, now_ms)
            fates.append(route.fate)
            return route.changes

        self._ledger.change(self._router.keys(key, item, now_ms), decide, now_ms)
        return fates[-1]

    def _named(self, outgoing: Outgoing) -> Outgoing:
        """Give findings the names of their ends before they are routed: tables show them, too."""
        notice = outgoing.notice
        if isinstance(notice, FindingNotice) and not self._router.digests(notice):
            finding = self._with_names(notice.finding)
            return _telling(outgoing, msgspec.structs.replace(notice, finding=finding))
        if isinstance(notice, DigestNotice):
            # Named when it is told, not when it was held: more is known by then, and more was seen.
            return _telling(outgoing, msgspec.structs.replace(notice, rows=self._rows(notice)))
        return outgoing

    def _rows(self, notice: DigestNotice) -> tuple[Row, ...]:
        named, left = notice.rows[:_MAX_NAMED], notice.rows[_MAX_NAMED:]
        items = self._ledger.read([finding_key(row.finding) for row in named])
        rows = (self._row(row, items.get(finding_key(row.finding))) for row in named)
        return (*rows, *left)

    def _row(self, row: Row, item: Item | None) -> Row:
        found = self._router.finding(item) if isinstance(item, FindingItem) else None
        return row if found is None else refreshed(row, self._with_names(found))

    def _with_names(self, finding: Finding) -> Finding:
        """Name a finding's ends where that can be known now: to send it does not wait for it."""
        try:
            return self._name(finding)
        except Exception:
            _logger.exception("the ends of finding %s could not be named", finding.id)
            return finding

    def _send(self, key: str, notice: str, now_ms: int, dispatched: Dispatched) -> None:
        item = self._ledger.read([key]).get(key)
        outgoing = outgoing_in(item, notice)
        if outgoing is None:
            return
        pauses: list[int] = []
        for channel in self._channels:
            if channel.name in outgoing.sent:
                continue
            outcome = self._try(channel, outgoing, item, now_ms)
            if isinstance(outcome, Retry):
                dispatched.failed[channel.name] += 1
                pauses.append(outcome.after_ms or 0)
                continue
            if isinstance(outcome, Refused):
                self._refuse(outgoing, channel.name, outcome.why)
                dispatched.failed[channel.name] += 1
            else:
                dispatched.sent[channel.name] += 1
            self._mark(key, notice, channel.name, outcome, now_ms)
        self._finish(key, notice, pauses, now_ms)

    def _try(self, channel: Channel, outgoing: Outgoing, item: Item | None, now_ms: int) -> Outcome:
        known = item.references.get(channel.name) if isinstance(item, FindingItem) else None
        outcome = channel.send(outgoing.notice, outgoing.id, known)
        if isinstance(outcome, Retry) and now_ms - outgoing.at >= GIVE_UP_AFTER_MS:
            return Refused(f"given up after a day: {outcome.why}")
        return outcome

    def _mark(
        self, key: str, notice: str, channel: str, outcome: Delivered | Refused, now_ms: int
    ) -> None:
        reference = outcome.reference if isinstance(outcome, Delivered) else ""

        def decide(items: Items) -> Changes:
            item = items.get(key)
            outgoing = outgoing_in(item, notice)
            if item is None or outgoing is None:
                return {}
            sent = msgspec.structs.replace(outgoing, sent={**outgoing.sent, channel: reference})
            marked = with_outgoing(item, sent)
            if reference and isinstance(marked, FindingItem):
                references = {**marked.references, channel: reference}
                marked = msgspec.structs.replace(marked, references=references)
            return {key: marked}

        self._ledger.change([key], decide, now_ms)

    def _finish(self, key: str, notice: str, pauses: Sequence[int], now_ms: int) -> None:
        """Take out what every channel has; what one has not is due again later."""

        def decide(items: Items) -> Changes:
            item = items.get(key)
            outgoing = outgoing_in(item, notice)
            if item is None or outgoing is None:
                return {}
            if not pauses:
                return {key: without(item, notice)}
            pause = min(_MAX_PAUSE_MS, _FIRST_PAUSE_MS * 2**outgoing.tries)
            due_at = now_ms + max(self._jitter(pause), *pauses)
            later = msgspec.structs.replace(outgoing, due_at=due_at, tries=outgoing.tries + 1)
            return {key: with_outgoing(item, later)}

        self._ledger.change([key], decide, now_ms)


def _telling(outgoing: Outgoing, notice: Notice) -> Outgoing:
    return msgspec.structs.replace(outgoing, notice=notice)
