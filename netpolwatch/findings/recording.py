"""A batch's observations become findings, once however often the batch is delivered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.items import (
    Changes,
    FindingItem,
    Items,
    Marker,
    Outbox,
    Outgoing,
    finding_key,
    marker_key,
)
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.lifecycle import Transition, advance, ended_by, next_tick
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.rules import Rules

CHUNK = 20
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
    for chunk in _chunks(observations):
        markers = {one.id: marker_key(batch, "" if alone else one.id) for one in chunk}
        keys = [*dict.fromkeys(markers.values()), *(finding_key(one.id) for one in chunk)]

        def decide(
            items: Items,
            chunk: Sequence[Observation] = chunk,
            markers: Mapping[str, str] = markers,
        ) -> Changes:
            fresh = [one for one in chunk if markers[one.id] not in items]
            changes: Changes = {markers[one.id]: Marker() for one in fresh}
            for one in fresh:
                key = finding_key(one.id)
                changes[key] = _recorded(items, one, entries[one.issue], now_ms, rules)
            return changes

        changes = ledger.change(keys, decide, now_ms)
        written = [item for item in changes.values() if isinstance(item, FindingItem)]
        opened += sum(_is_new(item) for item in written)
        duplicate = duplicate or len(written) < len(chunk)
    return Recorded(opened, duplicate)


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
            return {key: stored(item, over, entry, now_ms, rules)}

        ledger.change([key], decide, now_ms)


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


def _recorded(
    items: Items, observation: Observation, entry: Entry, now_ms: int, rules: Rules
) -> FindingItem:
    item = items.get(finding_key(observation.id))
    had = item if isinstance(item, FindingItem) else None
    transition = advance(
        had.state if had else None,
        observation,
        entry,
        now_ms=now_ms,
        rules=rules,
        waiting=bool(had and had.outbox),
    )
    base = had or FindingItem(state=transition.state)
    return stored(base, transition, entry, now_ms, rules)


def _is_new(item: FindingItem) -> bool:
    return item.state.status == "open" and item.state.episode == 1


def _chunks(observations: Sequence[Observation]) -> Iterator[Sequence[Observation]]:
    for start in range(0, len(observations), CHUNK):
        yield observations[start : start + CHUNK]
