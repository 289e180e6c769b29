"""Designs timed against the baseline: paired and interleaved in one process.

Every round's new payloads are read by every design, in turning order. CPU time is taken, not wall
time, so that other work on the machine counts little; a ratio is formed within a round, and the
median over the rounds is what is told.
"""

import gc
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from benchmarks.designs import BASELINE, Design
from benchmarks.payloads import Round, rounds
from benchmarks.shapes import Shape

_SEED = 20_260_609


@dataclass(frozen=True, slots=True)
class Budget:
    """How long one cell of the table is measured.

    Attributes
    ----------
    seconds
        CPU time after which it is enough, given `least` rounds; `most` rounds are always enough.
    round_events
        Events of a round, at least.
    """

    seconds: float
    least: int
    most: int
    round_events: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One design on one shape at one size.

    Attributes
    ----------
    ns_per_event, mb_per_second
        Medians; MB (10^6 bytes) of message text.
    ratio, ratio_low, ratio_high
        To F within a round: the median and the quartiles.
    found
        The part of the flows that the design found; `None` where it looks for none.
    """

    shape: str
    events: int
    design: str
    rounds: int
    ns_per_event: float
    events_per_second: float
    mb_per_second: float
    ratio: float
    ratio_low: float
    ratio_high: float
    found: float | None


def measure(
    shape: Shape, events: int, designs: Sequence[Design], budget: Budget, seed: int = _SEED
) -> list[Cell]:
    """Time designs, the baseline first among them, on payloads of one shape and size."""
    made = rounds(shape, events, seed, budget.round_events)
    warm_up = next(made)
    found = {design.name: _found(design, warm_up) for design in designs}
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {design.name: [] for design in designs}
    sizes: list[float] = []
    spent = 0.0
    for number, one in enumerate(islice(made, budget.most)):
        for design in _turned(designs, number):
            times[design.name].append(_nanoseconds(design, one) / one.events)
        sizes.append(one.text_bytes / one.events)
        spent += sum(series[-1] for series in times.values()) * one.events / 1e9
        if spent > budget.seconds and number + 1 >= budget.least:
            break
    gc.unfreeze()
    return [
        _cell(shape, events, name, series, times[BASELINE], sizes, found[name])
        for name, series in times.items()
    ]


def _turned(designs: Sequence[Design], number: int) -> list[Design]:
    start = number % len(designs)
    return [*designs[start:], *designs[:start]]


def _nanoseconds(design: Design, one: Round) -> int:
    # The collector is on, as in a function, and starts from the same state for each design.
    gc.collect()
    read = design.read
    started = time.process_time_ns()
    for payload in one.payloads:
        read(payload.data)
    return time.process_time_ns() - started


def _found(design: Design, one: Round) -> float | None:
    readings = [design.read(payload.data) for payload in one.payloads]
    flows = sum(payload.flows for payload in one.payloads)
    if design.flows is None or not flows:
        return None
    return sum(design.flows(reading) for reading in readings) / flows


def _cell(
    shape: Shape,
    events: int,
    name: str,
    series: list[float],
    baseline: list[float],
    sizes: list[float],
    found: float | None,
) -> Cell:
    ratios = [mine / base for mine, base in zip(series, baseline, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    pace = [size / mine * 1e3 for size, mine in zip(sizes, series, strict=True)]
    typical = statistics.median(series)
    return Cell(
        shape=shape.name,
        events=events,
        design=name,
        rounds=len(series),
        ns_per_event=round(typical, 1),
        events_per_second=round(1e9 / typical),
        mb_per_second=round(statistics.median(pace), 1),
        ratio=round(middle, 3),
        ratio_low=round(low, 3),
        ratio_high=round(high, 3),
        found=found,
    )
