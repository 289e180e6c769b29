"""Messages that were judged together become findings: one write for what they show together.

A message counts once, however often it comes and with whichever others: a marker of each stretch of
time holds the keys of its messages, and is written with the findings. So the cost goes with the
findings and the time that messages span, not with the number of messages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.items import Changes, FindingItem, Items, Marker, finding_key, settled_key
from netpolwatch.findings.ledger import ContentionError, Ledger
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import Recorder, is_new, keys_around, record
from netpolwatch.findings.rules import Rules

MAX_TOGETHER: Final = 30
"""Findings of one write, each with two places at most: a transaction takes 100 items and 4 MB."""

MAX_STRETCHES: Final = 20
"""Markers of one write: after an outage, messages of hours come together."""

_KEY_CHARS: Final = 12
_ATTEMPTS: Final = 8

Messages = Mapping[str, int]
"""A message's key → when its last packet was dropped (ms since 1970, UTC)."""

Observe = Callable[[Sequence[str]], Sequence[Observation]]
"""Returns what some messages show together."""


class Written(NamedTuple):
    """Messages that are recorded.

    Attributes
    ----------
    messages
        Their keys.
    fresh
        The keys of those that were not recorded before: each is fresh once, whoever records it.
    opened
        Findings that they opened.
    """

    messages: Sequence[str]
    fresh: Sequence[str]
    opened: int = 0


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
) -> Iterator[Written]:
    """Record what messages show, and yield what each write recorded.

    What was yielded stands, whatever comes after. Raises what the ledger raises.
    """
    recorder = Recorder(entries, now_ms, rules)
    markers = {key: settled_key(cluster, last_ms) for key, last_ms in messages.items()}
    for together in _fitting(messages, markers, observe):
        if len(together) == 1 and len(observe(together)) > MAX_TOGETHER:
            yield _record_large(ledger, recorder, together[0], markers, observe)
        else:
            yield _record(ledger, recorder, {key: markers[key] for key in together}, observe)


def unrecorded(ledger: Ledger, messages: Messages, cluster: str | None) -> list[str]:
    """Return the keys of the messages that no marker holds, each once."""
    markers = {key: settled_key(cluster, last_ms) for key, last_ms in messages.items()}
    return _fresh(ledger.read(list(dict.fromkeys(markers.values()))), markers)


def _fitting(
    messages: Messages, markers: Mapping[str, str], observe: Observe
) -> Iterator[list[str]]:
    """Part messages so that what some show, and their markers, fit into one write."""
    together: list[str] = []
    shown: set[str] = set()
    stretches: set[str] = set()
    for key in sorted(messages, key=lambda each: (messages[each], each)):
        own = {each.id for each in observe([key])}
        shown |= own
        stretches.add(markers[key])
        if together and (len(shown) > MAX_TOGETHER or len(stretches) > MAX_STRETCHES):
            yield together
            together, shown, stretches = [], own, {markers[key]}
        together.append(key)
    if together:
        yield together


def _record(
    ledger: Ledger, recorder: Recorder, markers: Mapping[str, str], observe: Observe
) -> Written:
    marker_keys, messages = list(dict.fromkeys(markers.values())), list(markers)
    for _ in range(_ATTEMPTS):
        fresh = _fresh(ledger.read(marker_keys), markers)
        if not fresh:
            return Written(messages, fresh)
        # Messages that show nothing are marked, too: their metrics count once.
        observations = observe(fresh)

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
            changes = ledger.change(list(dict.fromkeys(keys)), decide, recorder.now_ms)
        except _RecordedMeanwhileError:
            continue
        opened = sum(is_new(item) for item in changes.values() if isinstance(item, FindingItem))
        return Written(messages, fresh, opened)
    raise ContentionError(f"{len(messages)} messages after {_ATTEMPTS} attempts")


def _record_large(
    ledger: Ledger, recorder: Recorder, key: str, markers: Mapping[str, str], observe: Observe
) -> Written:
    """Record a message in several writes, each with a marker of its own; its own comes last."""
    recorded = record(
        ledger,
        observe([key]),
        recorder.entries,
        f"settled-{key}",
        now_ms=recorder.now_ms,
        rules=recorder.rules,
    )

    def decide(items: Items) -> Changes:
        fresh = _fresh(items, {key: markers[key]})
        return {**_marked(items, fresh, markers)}

    is_fresh = bool(ledger.change([markers[key]], decide, recorder.now_ms))
    return Written([key], [key] if is_fresh else [], recorded.opened)


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
