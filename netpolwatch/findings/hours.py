"""A finding against its own last hours: whether this one stands out."""

from collections import Counter
from collections.abc import Iterable
from statistics import median
from typing import Final

HOUR_MS: Final = 3_600_000
MAX_HOURS: Final = 25

Hours = tuple[tuple[int, int], ...]
"""Sightings by hour of event time (ms since 1970, UTC), the newest `MAX_HOURS`, in order."""

_FRESH_MS: Final = 2 * HOUR_MS
_LEAST: Final = 50
_TIMES: Final = 10
_KNOWN_HOURS: Final = 3
"""With less of a past, nothing is known of what is usual."""


def with_sightings(hours: Hours, seen: Iterable[tuple[int | None, int]]) -> Hours:
    """Add sightings (time in ms or `None`, how many) to their hours."""
    counted = Counter(dict(hours))
    for time, count in seen:
        if time is not None:
            counted[time - time % HOUR_MS] += count
    return tuple(sorted(counted.items())[-MAX_HOURS:])


def surges(hours: Hours, now_ms: int) -> bool:
    """Tell whether the newest hour has far more than the ones before: ten times their median.

    Logs that come late come in any order: an hour that is long over may look like the newest, and
    those before it empty. It is no alarm by then, either.
    """
    if not hours or now_ms - hours[-1][0] >= _FRESH_MS:
        return False
    (first, _), (newest, count) = hours[0], hours[-1]
    before = min((newest - first) // HOUR_MS, MAX_HOURS - 1)
    if before < _KNOWN_HOURS:
        return False
    counts = [each for _, each in hours[:-1]][-before:]
    counts += [0] * (before - len(counts))
    return count > max(_LEAST, _TIMES * median(counts))
