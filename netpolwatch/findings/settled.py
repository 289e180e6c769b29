"""Messages that were judged together become findings: one write for what they show together.

A message counts once, however often it comes and with whichever others: a marker of each stretch of
time holds the keys of its messages, and is written with the findings. So the cost goes with the
findings and the time that messages span, not with the number of messages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.items import Changes, FindingItem, Items, Marker, finding_key, settled_key
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import Recorded, Recorder, is_new, keys_around, record
from netpolwatch.findings.rules import Rules

MAX_TOGETHER: Final = 30
"""Findings of one write, each with two places at most: a transaction takes 100 items and 4 MB."""

_KEY_CHARS: Final = 12
_ATTEMPTS: Final = 8

Messages = Mapping[str, int]
"""A message's key → when its last packet was dropped (ms since 1970, UTC)."""

Observe = Callable[[Sequence[str]], Sequence[Observation]]
"""Returns what some messages show together."""


class _RecordedMeanwhileError(Exception):
    """Another run recorded one of the messages since they were looked up."""


def record_settled(
    ledger: Ledger,
    messages: Messages,
    observe: Observe,
    entries: Mapping[str, Entry],
    cluster: str | None,
    *,
    now_ms: int,
    rules: Rules,
) -> Recorded:
    """Record what messages show, each once; raises what the ledger raises."""
    opened, duplicate = 0, False
    recorder = Recorder(entries, now_ms, rules)
    for together in _fitting(messages, observe):
        if len(together) == 1 and len(observe(together)) > MAX_TOGETHER:
            observations = observe(together)
            key = f"settled-{together[0]}"
            recorded = record(ledger, observations, entries, key, now_ms=now_ms, rules=rules)
        else:
            markers = {key: settled_key(cluster, messages[key]) for key in together}
            recorded = _record(ledger, recorder, markers, observe, now_ms)
        opened, duplicate = opened + recorded.opened, duplicate or recorded.duplicate
    return Recorded(opened, duplicate)


def unrecorded(ledger: Ledger, messages: Messages, cluster: str | None) -> list[str]:
    """Return the keys of the messages that no marker holds, each once."""
    markers = {key: settled_key(cluster, last_ms) for key, last_ms in messages.items()}
    return _fresh(ledger.read(list(dict.fromkeys(markers.values()))), markers)


def _fitting(messages: Messages, observe: Observe) -> Iterator[list[str]]:
    """Part messages so that what some show fits into one write."""
    together: list[str] = []
    shown: set[str] = set()
    for key in sorted(messages, key=lambda each: (messages[each], each)):
        own = {each.id for each in observe([key])}
        if together and len(shown | own) > MAX_TOGETHER:
            yield together
            together, shown = [], set()
        together.append(key)
        shown |= own
    if shown:
        yield together


def _record(
    ledger: Ledger, recorder: Recorder, markers: Mapping[str, str], observe: Observe, now_ms: int
) -> Recorded:
    marker_keys = list(dict.fromkeys(markers.values()))
    for _ in range(_ATTEMPTS):
        fresh = _fresh(ledger.read(marker_keys), markers)
        observations = observe(fresh) if fresh else ()
        if not observations:
            return Recorded(duplicate=len(fresh) < len(markers))

        def decide(
            items: Items,
            fresh: Sequence[str] = fresh,
            observations: Sequence[Observation] = observations,
        ) -> Changes:
            if _fresh(items, {key: markers[key] for key in fresh}) != fresh:
                raise _RecordedMeanwhileError
            return recorder.recorded(items, observations, _marked(items, fresh, markers))

        keys = [*marker_keys, *(finding_key(each.id) for each in observations),
                *keys_around(observations, recorder.entries)]  # fmt: skip
        try:
            changes = ledger.change(list(dict.fromkeys(keys)), decide, now_ms)
        except _RecordedMeanwhileError:
            continue
        opened = sum(is_new(item) for item in changes.values() if isinstance(item, FindingItem))
        return Recorded(opened, duplicate=len(fresh) < len(markers))
    return Recorded(duplicate=True)


def _fresh(items: Items, markers: Mapping[str, str]) -> list[str]:
    return [key for key, marker in markers.items() if _short(key) not in _held(items, marker)]


def _held(items: Items, marker: str) -> tuple[str, ...]:
    item = items.get(marker)
    return item.messages if isinstance(item, Marker) else ()


def _marked(items: Items, fresh: Sequence[str], markers: Mapping[str, str]) -> dict[str, Marker]:
    added: dict[str, list[str]] = {}
    for key in fresh:
        added.setdefault(markers[key], []).append(_short(key))
    return {
        marker: Marker(messages=(*_held(items, marker), *keys)) for marker, keys in added.items()
    }


def _short(key: str) -> str:
    return digest_of([key])[:_KEY_CHARS]
