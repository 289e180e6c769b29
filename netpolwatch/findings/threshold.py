"""Whether a fault was seen often enough, in event time, to count as one.

A sighting weighs a share of its rule's threshold; a finding counts once sightings of full weight
lie within the window. Weights are kept by minute, or by a sixtieth of a long window, for two
windows: late and unordered batches add up to the same.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from netpolwatch.catalogue.model import FULL_WEIGHT

Weights = tuple[tuple[int | None, int], ...]
"""Weight by the begin of its step (ms since 1970, UTC), in order; `None`: events without time."""

UNTIMED: Weights = ((None, FULL_WEIGHT),)
MAX_STEPS = 122
"""Two windows of sixty steps, and the steps in which they begin."""

_STEPS_A_WINDOW = 60
_MINUTE_MS = 60_000


def weights_of(sightings: Iterable[tuple[int | None, int]], window_ms: int) -> Weights:
    """Add up sightings' weights (time in ms since 1970, weight) by step."""
    step = max(_MINUTE_MS, window_ms // _STEPS_A_WINDOW)
    counted: Counter[int | None] = Counter()
    for time, weight in sightings:
        counted[None if time is None else time - time % step] += weight
    return _bounded(counted, window_ms)


def together(one: Weights, other: Weights, window_ms: int) -> Weights:
    """Add two counts up."""
    counted = Counter(dict(one))
    counted.update(dict(other))
    return _bounded(counted, window_ms)


def is_met(weights: Weights, window_ms: int) -> bool:
    """Tell whether sightings of full weight lie within one window.

    Events without a time count for every window: their order is all that is known.
    """
    untimed = sum(weight for minute, weight in weights if minute is None)
    timed = [(minute, weight) for minute, weight in weights if minute is not None]
    return untimed + _heaviest(timed, window_ms) >= FULL_WEIGHT


def _heaviest(timed: Sequence[tuple[int, int]], window_ms: int) -> int:
    heaviest = sum_ = first = 0
    for minute, weight in timed:
        sum_ += weight
        while timed[first][0] < minute - window_ms:
            sum_ -= timed[first][1]
            first += 1
        heaviest = max(heaviest, sum_)
    return heaviest


def _bounded(counted: Counter[int | None], window_ms: int) -> Weights:
    timed = sorted((minute, weight) for minute, weight in counted.items() if minute is not None)
    if timed and not is_met(tuple(timed), window_ms):
        oldest = timed[-1][0] - window_ms
        # What lies before the newest window can still be joined by something late.
        timed = [part for part in timed if part[0] >= oldest - window_ms]
    untimed = [(None, counted[None])] if None in counted else []
    return (*untimed, *timed[-MAX_STEPS:])
