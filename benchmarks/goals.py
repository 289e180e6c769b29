"""The goals, and whether a run reaches them: computed, never typed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.attribution import Attribution
from benchmarks.cold_start import CatalogueStart, ColdStart
from benchmarks.designs import ENGINE, FORWARDER, LEARNER
from benchmarks.memory import KNOWLEDGE, Memory
from benchmarks.shapes import SHAPES, Family
from benchmarks.timing import Cell
from benchmarks.write_units import WriteUnits

_JUDGED_FROM_EVENTS = 1_000
_MOST_F: dict[Family, float] = {
    "flows": 1.0,
    "denies": 2.0,
    "node-file": 0.8,
    "audit": 0.6,
    "learning": 1.5,
}
_TITLES: dict[Family, str] = {
    "flows": "mixed flow payloads",
    "denies": "payloads in which every line is a DENY",
    "node-file": "node-file JSON",
    "audit": "audit payloads where under 1 % matter",
    "learning": "learning from audit payloads",
}
_LEAST_FORWARDER = 3.0
_MOST_IMPORT_MS = 250.0
_MOST_CATALOGUE_MS = 15.0
_MOST_MEMORY_MB = 128.0
_MOST_KNOWLEDGE_MB = 200.0
_MOST_ATTRIBUTION_MS = 100.0
_MOST_UNITS = {
    "accepts": 0.0,
    "known": 0.5,
    "new-of-one-pod": 40.0,
    "new-of-many-pods": 40.0,
    "learning": 0.5,
}
_FAMILIES = {shape.name: shape.family for shape in SHAPES}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound and the worst of what was measured for it.

    Attributes
    ----------
    kind
        Whether `bound` is the most or the least that is allowed.
    where
        What the worst value was measured on.
    found
        The smallest part of the flows that was found meanwhile: fast and blind is no goal.
    """

    title: str
    kind: Literal["most", "least"]
    bound: float
    unit: str
    worst: float
    where: str
    found: float = 1.0

    @property
    def holds(self) -> bool:
        """Whether the worst value keeps the bound, and nothing was overlooked."""
        return self._kept and self.found == 1

    @property
    def verdict(self) -> str:
        """`holds`, or by how much it does not."""
        if self.holds:
            return "holds"
        short = [] if self._kept else [f"misses by {abs(self.worst - self.bound):.2f} {self.unit}"]
        blind = [f"misses {1 - self.found:.0%} of one input's flows"] if self.found < 1 else []
        return ", ".join(short + blind)

    @property
    def _kept(self) -> bool:
        return self.worst <= self.bound if self.kind == "most" else self.worst >= self.bound

    @property
    def asked(self) -> str:
        """The bound in words."""
        sign = "≤" if self.kind == "most" else "≥"
        return f"{sign} {self.bound:g} {self.unit}"


def judge(
    cells: Iterable[Cell],
    memory: Iterable[Memory],
    cold_starts: Iterable[ColdStart],
    catalogue: CatalogueStart | None = None,
    attributions: Iterable[Attribution] = (),
    units: Iterable[WriteUnits] = (),
) -> list[Goal]:
    """Judge what was measured; a goal that nothing was measured for is left out."""
    judged = [cell for cell in cells if cell.events >= _JUDGED_FROM_EVENTS]
    goals = [*_speed(judged), *_against_forwarder(judged)]
    goals += [*_attribution(attributions), *_memory(list(memory))]
    if imports := {one.handler: one.imports for one in cold_starts if one.bytecode}:
        goals.append(_most("imports at a cold start", _MOST_IMPORT_MS, "ms", imports))
    if catalogue is not None:
        whole = {"entries and matcher": catalogue.whole}
        goals.append(
            _most("the compiled catalogue at a cold start", _MOST_CATALOGUE_MS, "ms", whole)
        )
    return [*goals, *_write_units(units)]


def _write_units(measured: Iterable[WriteUnits]) -> Iterator[Goal]:
    """Judge by what is billed: tables and their indexes."""
    for one in measured:
        title = f"write units: {one.title}"
        if one.name in _MOST_UNITS:
            where = f"{one.times:,} {one.per}s"
            yield Goal(title, "most", _MOST_UNITS[one.name], "units", one.writes, where)


def _attribution(attributions: Iterable[Attribution]) -> Iterator[Goal]:
    for one in attributions:
        title = f"attribution of {one.denies:,} DENYs"
        where = f"{one.pods:,} pods, {one.policies:,} policies"
        yield Goal(title, "most", _MOST_ATTRIBUTION_MS, "ms", one.median_ms, where, one.named)


def _memory(measured: list[Memory]) -> Iterator[Goal]:
    peaks = {f"{m.shape}, {m.events:,} events": m.peak for m in measured if m.shape != KNOWLEDGE}
    if peaks:
        yield _most("peak memory of a whole process", _MOST_MEMORY_MB, "MB", peaks)
    known = {f"{m.events:,} pods": m.peak for m in measured if m.shape == KNOWLEDGE}
    if known:
        yield _most("peak memory with a cluster known", _MOST_KNOWLEDGE_MB, "MB", known)


def _speed(cells: list[Cell]) -> Iterator[Goal]:
    for family, bound in _MOST_F.items():
        judged = LEARNER if family == "learning" else ENGINE
        mine = [c for c in cells if c.design == judged and _FAMILIES[c.shape] == family]
        if mine:
            found = min(1.0 if cell.found is None else cell.found for cell in mine)
            goal = _most(_TITLES[family], bound, "F", {_place(cell): cell.ratio for cell in mine})
            yield replace(goal, found=found)


def _against_forwarder(cells: list[Cell]) -> Iterator[Goal]:
    flows = [cell for cell in cells if _FAMILIES[cell.shape] == "flows"]
    forwarder = {_place(cell): cell.ratio for cell in flows if cell.design == FORWARDER}
    faster = {
        _place(cell): round(forwarder[_place(cell)] / cell.ratio, 3)
        for cell in flows
        if cell.design == ENGINE and _place(cell) in forwarder
    }
    if faster:
        where = min(faster, key=lambda place: faster[place])
        title = "speed against the plain forwarder, on mixed flows"
        yield Goal(title, "least", _LEAST_FORWARDER, "times", faster[where], where)


def _most(title: str, bound: float, unit: str, values: dict[str, float]) -> Goal:
    where = max(values, key=lambda place: values[place])
    return Goal(title, "most", bound, unit, round(values[where], 3), where)


def _place(cell: Cell) -> str:
    return f"{cell.shape}, {cell.events:,} events"
