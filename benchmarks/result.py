"""One run: what was measured, where, and what it comes to."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.attribution import Attribution
from benchmarks.cold_start import CatalogueStart, ColdStart
from benchmarks.goals import Goal, judge
from benchmarks.machine import Machine
from benchmarks.memory import Memory
from benchmarks.timing import Cell
from benchmarks.write_units import WriteUnits

SCHEMA = "netpolwatch/bench/v1"


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a written log event to its message, in the demo's deployment."""

    median: float
    slowest: float
    probes: int


@dataclass(frozen=True, slots=True)
class Result:
    """One run; `date` as it was given (YYYY-MM-DD).

    Attributes
    ----------
    sized
        The engine with catalogues of several sizes.
    catalogue
        What the catalogue adds to a cold start.
    """

    date: str | None
    quick: bool
    machine: Machine
    cells: Sequence[Cell]
    memory: Sequence[Memory]
    cold_starts: Sequence[ColdStart]
    attribution: Sequence[Attribution]
    latency: Latency | None
    sized: Sequence[Cell] = ()
    catalogue: CatalogueStart | None = None
    write_units: Sequence[WriteUnits] = ()

    @property
    def goals(self) -> list[Goal]:
        """The goals that this run measured something for."""
        return judge(
            self.cells,
            self.memory,
            self.cold_starts,
            self.catalogue,
            self.attribution,
            self.write_units,
        )

    def as_json(self) -> dict[str, Any]:
        """Give the run as plain values, judged."""
        goals = [
            asdict(goal) | {"holds": goal.holds, "verdict": goal.verdict} for goal in self.goals
        ]
        return {"schema": SCHEMA} | asdict(self) | {"goals": goals}


def read_latency(demo: Path) -> Latency | None:
    """Read what `make demo` measured; `None` where it has not run."""
    if not demo.exists():
        return None
    measured = json.loads(demo.read_text(encoding="utf-8"))["seconds"]["line_to_message"]
    return Latency(**measured)
