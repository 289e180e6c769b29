"""What a finding's sightings add up to, by each threshold that counts them.

It adds up to the same in whatever order batches come, and is bounded: see `threshold` (how many
lines), `alike` (how often, or how long, one thing) and `spread` (how many things).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from netpolwatch.catalogue.model import Entry, Threshold
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.alike import alike_of, is_repeated, joined
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.spread import Spread, is_wide, kept, merged, stepped
from netpolwatch.findings.threshold import UNTIMED, Weights, is_met, together, weights_of

Thresholds = Mapping[str, Threshold]
"""Thresholds by what names their amounts."""


class Amounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What sightings add up to, by the names of thresholds.

    Attributes
    ----------
    weights
        Lines; those of one window count together.
    alike
        Lines by the thing that they are about.
    spreads
        Different things.
    """

    weights: dict[str, Weights] = {}
    alike: dict[str, dict[str, Weights]] = {}
    spreads: dict[str, Spread] = {}


NOTHING = Amounts()
ENOUGH = Amounts(weights={"": UNTIMED})
"""One sighting that counts as a fault by itself."""


def raising(entry: Entry) -> dict[str, Threshold]:
    """Give the thresholds of which one is enough for a finding to count as a fault."""
    repeated = [entry.repeated] if entry.repeated else []
    return {_name(each): each for each in (*entry.thresholds.values(), *repeated)}


def raising_amounts(entry: Entry, sightings: Iterable[Sighting]) -> Amounts:
    """Count sightings, each by its rule's threshold (or the entry's) and by `repeated`."""
    thresholds = entry.thresholds
    counted: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        own = thresholds.get(sighting.rule, entry.threshold)
        for each in (own, entry.repeated) if entry.repeated else (own,):
            counted[_name(each)].append(sighting)
    return amounts_of(raising(entry), counted)


def amounts_of(thresholds: Thresholds, counted: Mapping[str, Sequence[Sighting]]) -> Amounts:
    """Count for each threshold the sightings that are its own."""
    weights: dict[str, Weights] = {}
    alike: dict[str, dict[str, Weights]] = {}
    spreads: dict[str, Spread] = {}
    for name, seen in counted.items():
        threshold = thresholds[name]
        if threshold.distinct:
            things = stepped(_things(threshold.distinct, seen), threshold.within_ms)
            spreads[name] = merged((), things, threshold.count)
        elif threshold.counts_lines:
            timed = ((each.timestamp, each.weight) for each in seen)
            weights[name] = weights_of(timed, threshold.within_ms)
        else:
            alike[name] = alike_of(threshold, _named(threshold.same, seen))
    return Amounts(weights, alike, spreads)


def added(thresholds: Thresholds, one: Amounts, other: Amounts) -> Amounts:
    """Add two up; what no threshold asks for any more is forgotten."""
    weights, alike, spreads = (
        [name for name in dict.fromkeys((*mine, *others)) if name in thresholds]
        for mine, others in (
            (one.weights, other.weights), (one.alike, other.alike), (one.spreads, other.spreads),
        )
    )  # fmt: skip
    return Amounts(
        {
            name: together(
                one.weights.get(name, ()), other.weights.get(name, ()), thresholds[name].within_ms
            )
            for name in weights
        },
        {
            name: joined(thresholds[name], one.alike.get(name, {}), other.alike.get(name, {}))
            for name in alike
        },
        {
            name: _spread(thresholds[name], one.spreads.get(name, ()), other.spreads.get(name, ()))
            for name in spreads
        },
    )


def is_enough(thresholds: Thresholds, amounts: Amounts) -> bool:
    """Tell whether one of some thresholds is met."""
    return any(True for _ in met(thresholds, amounts))


def met(thresholds: Thresholds, amounts: Amounts) -> Iterator[str]:
    """Name the thresholds that are met."""
    for name, weights in amounts.weights.items():
        if is_met(weights, thresholds[name].within_ms if name in thresholds else 0):
            yield name
    for name, alike in amounts.alike.items():
        if name in thresholds and is_repeated(thresholds[name], alike):
            yield name
    for name, spread in amounts.spreads.items():
        asked = thresholds.get(name)
        if asked and is_wide(spread, asked.count, asked.within_ms, around=spread):
            yield name


def _name(threshold: Threshold) -> str:
    """Name what a threshold counts: lines count together whose window is the same."""
    return str(threshold.within_ms) if threshold.counts_lines else threshold.text


def _spread(threshold: Threshold, one: Spread, other: Spread) -> Spread:
    return kept(merged(one, other, threshold.count), threshold.within_ms)


def _named(fields: Sequence[str], seen: Iterable[Sighting]) -> Iterator[tuple[int | None, str]]:
    for sighting in seen:
        about = _about(fields, sighting)
        if about is not None:
            yield sighting.timestamp, about


def _things(fields: Sequence[str], seen: Iterable[Sighting]) -> Iterator[tuple[int | None, str]]:
    for sighting in seen:
        # What names nothing may be about any thing: each such line counts for itself.
        itself = digest_of([sighting.timestamp, sighting.text])
        yield sighting.timestamp, _about(fields, sighting) or itself


def _about(fields: Sequence[str], sighting: Sighting) -> str | None:
    if not fields:
        return ""
    value = next((value for value in map(sighting.fields.get, fields) if value), None)
    return None if value is None else digest_of([value])
