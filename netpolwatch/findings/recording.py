"""A batch's observations become findings, once however often the batch is delivered."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from netpolwatch.catalogue.model import Entry, Escalation
from netpolwatch.findings.ceilings import Ceilings, home_keys, keys_to_place
from netpolwatch.findings.escalation import Spreads
from netpolwatch.findings.items import (
    Changes,
    FindingItem,
    Item,
    Items,
    Marker,
    Outbox,
    Outgoing,
    SpreadItem,
    finding_key,
    marker_key,
    spread_key,
)
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.lifecycle import Transition, advance, ended_by, next_tick, opens, raises
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.state import State
from netpolwatch.findings.surroundings import (
    IssueKey,
    Surroundings,
    ids_beside,
    in_turn,
    issue_key,
)

CHUNK = 24
"""Findings written together, each with a marker: a transaction takes 100 items and 4 MB."""

_MAX_OUTBOX = 4


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch changed.

    Attributes
    ----------
    opened
        Findings that this batch opened.
    duplicate
        Whether some or all of the batch had been recorded before.
    """

    opened: int = 0
    duplicate: bool = False


def record(
    ledger: Ledger,
    observations: Sequence[Observation],
    entries: Mapping[str, Entry],
    batch: str,
    *,
    now_ms: int,
    rules: Rules,
) -> Recorded:
    """Take a batch's observations in; `batch` names it.

    A batch that fits is written as one. Of a larger one each finding has its own marker: judged
    beside other neighbours, a repeated delivery may show other findings, and those count. Raises
    `ContentionError`, or what the ledger raises.
    """
    alone = len(observations) <= CHUNK
    opened, duplicate = 0, False
    recorder = Recorder(entries, now_ms, rules)
    for chunk in chunks(observations, entries):
        markers = {one.id: marker_key(batch, "" if alone else one.id) for one in chunk}
        keys = [*markers.values(), *(finding_key(one.id) for one in chunk)]
        keys = list(dict.fromkeys([*keys, *keys_around(chunk, entries)]))

        def decide(
            items: Items,
            chunk: Sequence[Observation] = chunk,
            markers: Mapping[str, str] = markers,
        ) -> Changes:
            return recorder.decide(items, chunk, markers)

        changes = ledger.change(keys, decide, now_ms)
        opened += sum(isinstance(item, FindingItem) and is_new(item) for item in changes.values())
        fresh = sum(isinstance(item, Marker) for item in changes.values())
        duplicate = duplicate or fresh < len(set(markers.values()))
    return Recorded(opened, duplicate)


def chunks(
    observations: Sequence[Observation], entries: Mapping[str, Entry]
) -> Iterator[Sequence[Observation]]:
    """Part a batch in what is recorded together, what others stand beside first."""
    ordered = in_turn(observations, entries)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def end(
    ledger: Ledger,
    endings: Sequence[Observation],
    entries: Mapping[str, Entry],
    *,
    now_ms: int,
    rules: Rules,
) -> None:
    """End the findings whose end a batch shows; doing it again changes nothing.

    Raises what `record` raises.
    """
    for ending in endings:
        key, entry = finding_key(ending.id), entries[ending.issue]

        def decide(
            items: Items, key: str = key, entry: Entry = entry, ending: Observation = ending
        ) -> Changes:
            item = items.get(key)
            if not isinstance(item, FindingItem) or item.state.status == "resolved":
                return {}
            over = ended_by(item.state, ending, entry, now_ms=now_ms, rules=rules)
            after = stored(item, over, entry, now_ms, rules)
            return {key: after, **left_by(after, entries, items)}

        ledger.change([key, *home_keys(entry, ending)], decide, now_ms)


def outbox_with(outbox: Outbox, transition: Transition, now_ms: int) -> Outbox:
    """Put what a transition tells behind what waits; beyond the bound, the last one's place."""
    told = transition.notification
    if told is None:
        return outbox
    notice = FindingNotice(reason=told.reason, finding=told.finding)
    outgoing = Outgoing(id=told.id, notice=notice, at=now_ms, due_at=now_ms)
    return (*outbox[: _MAX_OUTBOX - 1], outgoing)


def stored(
    item: FindingItem, transition: Transition, entry: Entry, now_ms: int, rules: Rules
) -> FindingItem:
    """Give a finding's item after a transition."""
    return FindingItem(
        state=transition.state,
        outbox=outbox_with(item.outbox, transition, now_ms),
        timer_at=next_tick(transition.state, entry, rules),
        references=item.references,
    )


def left_by(item: FindingItem, entries: Mapping[str, Entry], items: Items) -> Changes:
    """Return what becomes of the places of a finding: given back where it is over."""
    if item.state.status != "resolved":
        return {}
    ceilings = Ceilings(entries, items)
    ceilings.leave(item.state)
    return ceilings.changes


def keeping_timer(after: FindingItem, before: FindingItem) -> FindingItem:
    """Keep a timer that runs out sooner: the sweeper moves it once, not each sighting.

    A timer that stays where it was costs no write of its index.
    """
    had, following = before.timer_at, after.timer_at
    if had is None or following is None or following <= had:
        return after
    return msgspec.structs.replace(after, timer_at=had)


@dataclass(frozen=True, slots=True)
class Recorder:
    """What observations change, in a ledger's items."""

    entries: Mapping[str, Entry]
    now_ms: int
    rules: Rules

    def decide(
        self, items: Items, chunk: Sequence[Observation], markers: Mapping[str, str]
    ) -> Changes:
        """Record what was not recorded before; `markers` name that by finding."""
        fresh = [one for one in chunk if markers[one.id] not in items]
        return self.recorded(items, fresh, {markers[one.id]: Marker() for one in fresh})

    def recorded(
        self, items: Items, fresh: Sequence[Observation], markers: Mapping[str, Marker]
    ) -> Changes:
        """Record observations, with the markers that say so."""
        changes: Changes = dict(markers)
        now: Mapping[str, Item | None] = ChainMap(changes, dict(items))
        ceilings = Ceilings(self.entries, items)
        surroundings = Surroundings(
            self.entries, _spreads(items, fresh), lambda identity, *_: _is_open(now, identity)
        )
        # What is seen together counts for each of them.
        surroundings.see(one for one in fresh if one.spreads and self._raises(items, one))
        for one in fresh:
            placed = ceilings.placed(one, lambda each: opens(_state(now, each.id), each))
            around = surroundings.around(placed)
            changes[finding_key(placed.id)] = self._recorded(now, placed, around)
        spreads = _spread_items(items, surroundings.remembered())
        return {**changes, **ceilings.changes, **spreads}

    def _raises(self, items: Items, observation: Observation) -> bool:
        had = _state(items, observation.id)
        return raises(had, observation, self.entries[observation.issue])

    def _recorded(
        self,
        items: Mapping[str, Item | None],
        observation: Observation,
        around: Iterable[Escalation],
    ) -> FindingItem:
        had, entry = _finding(items, observation.id), self.entries[observation.issue]
        transition = advance(
            had.state if had else None,
            observation,
            entry,
            now_ms=self.now_ms,
            rules=self.rules,
            waiting=bool(had and had.outbox),
            around=around,
        )
        base = had or FindingItem(state=transition.state)
        return keeping_timer(stored(base, transition, entry, self.now_ms, self.rules), base)


def keys_around(chunk: Sequence[Observation], entries: Mapping[str, Entry]) -> Iterator[str]:
    """Yield the keys of what observations stand beside."""
    for one in chunk:
        yield from keys_to_place(one, entries)
        if one.spreads:
            yield spread_key(*issue_key(one))
        for _, _, identity in ids_beside(one, entries):
            yield finding_key(identity)


def _spreads(items: Items, fresh: Iterable[Observation]) -> dict[IssueKey, Spreads]:
    return {issue_key(one): _stored_spreads(items, issue_key(one)) for one in fresh if one.spreads}


def _stored_spreads(items: Items, key: IssueKey) -> Spreads:
    item = items.get(spread_key(*key))
    return item.spreads if isinstance(item, SpreadItem) else {}


def _spread_items(items: Items, remembered: Mapping[IssueKey, Spreads]) -> Changes:
    """Write only what has changed: a node more in a step that has room for it."""
    return {
        spread_key(*key): SpreadItem(spreads=spreads)
        for key, spreads in remembered.items()
        if spreads != _stored_spreads(items, key)
    }


def _finding(items: Mapping[str, Item | None], identity: str) -> FindingItem | None:
    item = items.get(finding_key(identity))
    return item if isinstance(item, FindingItem) else None


def _state(items: Mapping[str, Item | None], identity: str) -> State | None:
    item = _finding(items, identity)
    return item.state if item else None


def _is_open(items: Mapping[str, Item | None], identity: str) -> bool:
    item = _finding(items, identity)
    return item is not None and item.state.is_open


def is_new(item: FindingItem) -> bool:
    """Whether a finding was opened by the write that gave this item."""
    state = item.state
    return state.status == "open" and state.episode == 1 and state.is_finding
