"""Whether one and the same thing shows a fault again and again.

A race around the end of a pod is a line about another interface each time; a pod that cannot be
enforced is the same interface over and over. An entry's `repeated` names the fields that tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.threshold import Weights, is_met, together, weights_of

Alike = Mapping[str, Weights]
"""What the sightings of one value weigh, by a digest of it: it comes from a log."""

MAX_VALUES = 20
"""Values told apart; those that were seen last are kept."""


def alike_of(entry: Entry, sightings: Iterable[Sighting]) -> dict[str, Weights]:
    """Weigh a batch's sightings by what each is about."""
    repeated = entry.repeated
    if repeated is None:
        return {}
    seen: defaultdict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for sighting in sightings:
        about = next(filter(None, map(sighting.fields.get, repeated.of)), None)
        if about is not None:
            seen[digest_of([about])].append((sighting.timestamp, repeated.threshold.weight))
    window_ms = repeated.threshold.within_ms
    return _newest({value: weights_of(times, window_ms) for value, times in seen.items()})


def joined(entry: Entry, one: Alike, other: Alike) -> dict[str, Weights]:
    """Add two counts up."""
    if entry.repeated is None:
        return {}
    window_ms = entry.repeated.threshold.within_ms
    values = dict.fromkeys((*one, *other))
    return _newest(
        {value: together(one.get(value, ()), other.get(value, ()), window_ms) for value in values}
    )


def is_repeated(entry: Entry, alike: Alike) -> bool:
    """Tell whether one thing was seen as often as the entry asks."""
    if entry.repeated is None:
        return False
    window_ms = entry.repeated.threshold.within_ms
    return any(is_met(weights, window_ms) for weights in alike.values())


def _newest(alike: dict[str, Weights]) -> dict[str, Weights]:
    if len(alike) <= MAX_VALUES:
        return alike
    # By the value where the time is the same: what is kept must not hang on the order of batches.
    newest = sorted(alike, key=lambda value: (alike[value][-1][0] or 0, value))[-MAX_VALUES:]
    return {value: alike[value] for value in sorted(newest)}
