"""Whether one and the same thing shows a fault again and again, or for long.

A race around the end of a pod is a line about another interface each time; a pod that cannot be
enforced is the same interface over and over. A threshold's `same` names the fields that tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netpolwatch.catalogue.model import Threshold
from netpolwatch.findings.threshold import Weights, is_met, together, weights_of

Alike = Mapping[str, Weights]
"""What the sightings of one value weigh, by a digest of it: it comes from a log."""

MAX_VALUES = 20
"""Values told apart; those that were seen last are kept."""


def alike_of(threshold: Threshold, seen: Iterable[tuple[int | None, str]]) -> dict[str, Weights]:
    """Weigh sightings (time in ms since 1970, digest) by what each is about."""
    times: defaultdict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for time, about in seen:
        times[about].append((time, threshold.share))
    return _newest({about: weights_of(of, threshold.within_ms) for about, of in times.items()})


def joined(threshold: Threshold, one: Alike, other: Alike) -> dict[str, Weights]:
    """Add two counts up."""
    window_ms = threshold.within_ms
    values = dict.fromkeys((*one, *other))
    return _newest(
        {value: together(one.get(value, ()), other.get(value, ()), window_ms) for value in values}
    )


def is_repeated(threshold: Threshold, alike: Alike) -> bool:
    """Tell whether one thing was seen as often, or as long, as is asked."""
    holds = _lasts if threshold.lasting else is_met
    return any(holds(weights, threshold.within_ms) for weights in alike.values())


def _lasts(weights: Weights, span_ms: int) -> bool:
    """Tell whether two sightings lie so long apart; further apart, it may have been away."""
    steps = [step for step, _ in weights if step is not None]
    return any(span_ms <= later - step <= 2 * span_ms for step in steps for later in steps)


def _newest(alike: dict[str, Weights]) -> dict[str, Weights]:
    if len(alike) <= MAX_VALUES:
        return alike
    # By the value where the time is the same: what is kept must not hang on the order of batches.
    newest = sorted(alike, key=lambda value: (alike[value][-1][0] or 0, value))[-MAX_VALUES:]
    return {value: alike[value] for value in sorted(newest)}
