"""`python -m benchmarks` measures, prints tables and writes build/bench.json; see `make bench`."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from benchmarks import attribution, catalogue_size, cold_start, memory, report, write_units
from benchmarks.attribution import Attribution
from benchmarks.cold_start import HANDLERS
from benchmarks.designs import BASELINE, concerns, designs
from benchmarks.machine import this_machine
from benchmarks.result import Result, read_latency
from benchmarks.shapes import SHAPES, Shape
from benchmarks.timing import Budget, Cell, measure
from benchmarks.write_units import WriteUnits

_BUILD = Path(__file__).resolve().parent.parent / "build"
PARTS = ("speed", "catalogue", "attribution", "memory", "cold", "units")


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    sizes: tuple[int, ...]
    budget: Budget
    memory_shapes: tuple[Shape, ...]
    memory_events: int
    cold_runs: int
    handlers: tuple[str, ...]
    known_pods: int
    explained: tuple[int, int, int, int]
    """DENYs, pods, policies, rounds."""


_FULL = Effort(
    (10, 100, 1_000, 10_000),
    Budget(3.0, 5, 60, 1_000),
    SHAPES,
    10_000,
    15,
    HANDLERS,
    20_000,
    (1_000, 2_000, 300, 25),
)
_QUICK = Effort(
    (10, 100), Budget(0.0, 2, 2, 100), SHAPES[:1], 100, 1, HANDLERS[:1], 200, (10, 20, 30, 2)
)


def main(arguments: list[str] | None = None) -> int:
    """Measure and write what was asked for."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True)
    effort = _QUICK if options.quick else _FULL
    if options.seconds is not None:
        effort = replace(effort, budget=replace(effort.budget, seconds=options.seconds))
    result = Result(
        date=options.date,
        quick=options.quick,
        machine=this_machine(),
        cells=list(_speed(console, effort, options)) if "speed" in options.part else [],
        memory=_memory(console, effort) if "memory" in options.part else [],
        cold_starts=_cold(console, effort) if "cold" in options.part else [],
        sized=_sized(console, effort) if "catalogue" in options.part else [],
        catalogue=_catalogue(effort) if "cold" in options.part else None,
        attribution=_explained(console, effort) if "attribution" in options.part else [],
        latency=read_latency(_BUILD / "demo.json"),
        write_units=_units(console) if "units" in options.part else [],
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result.as_json(), indent=2) + "\n", encoding="utf-8")
    report.show(Console(), result)
    if options.docs is not None:
        options.docs.write_text(report.markdown(result), encoding="utf-8")
    return 0


def _speed(console: Console, effort: Effort, options: argparse.Namespace) -> Iterator[Cell]:
    chosen = [one for one in designs() if one.name == BASELINE or one.name in options.design]
    for shape in SHAPES:
        if shape.name in options.shape:
            for events in effort.sizes if options.events is None else [options.events]:
                mine = [one for one in chosen if concerns(one, shape.family)]
                with console.status(f"{shape.title}, {events:,} events"):
                    yield from measure(shape, events, mine, effort.budget)


def _memory(console: Console, effort: Effort) -> list[memory.Memory]:
    with console.status("peak memory"):
        payloads = memory.measure(effort.memory_shapes, effort.memory_events, _BUILD / "bench")
        return [*payloads, memory.measure_knowledge(effort.known_pods)]


def _explained(console: Console, effort: Effort) -> list[Attribution]:
    with console.status("attribution"):
        return [attribution.measure(*effort.explained)]


def _units(console: Console) -> list[WriteUnits]:
    with console.status("write units"):
        return write_units.measure()


def _cold(console: Console, effort: Effort) -> list[cold_start.ColdStart]:
    with console.status("cold starts: a bundle, then its imports"):
        return cold_start.measure(_BUILD / "bench" / "bundle", effort.cold_runs, effort.handlers)


def _sized(console: Console, effort: Effort) -> list[Cell]:
    with console.status("catalogues of several sizes"):
        return list(catalogue_size.measured(min(1_000, effort.sizes[-1]), effort.budget))


def _catalogue(effort: Effort) -> cold_start.CatalogueStart:
    return cold_start.measure_catalogue(_BUILD / "bench" / "bundle", effort.cold_runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    shapes, names = [shape.name for shape in SHAPES], [design.name for design in designs()]
    parser.add_argument("--quick", action="store_true", help="a short run that proves nothing")
    parser.add_argument("--date", help="day of the run, for the report (YYYY-MM-DD)")
    parser.add_argument("--docs", type=Path, help="write the report to this Markdown file")
    parser.add_argument("--out", type=Path, default=_BUILD / "bench.json")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--shape", nargs="+", choices=shapes, default=shapes)
    parser.add_argument("--design", nargs="+", choices=names, default=names)
    parser.add_argument("--events", type=int, help="one size instead of all")
    parser.add_argument("--seconds", type=float, help="CPU time for one input of one size")
    return parser


if __name__ == "__main__":
    sys.exit(main())
