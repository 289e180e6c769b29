"""What the catalogue's own size costs: the engine with a few, some and many entries.

Of more entries than we have, the rest are copies whose anchors stand in no line: what a user's own
entries cost a log that does not show them.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, count, islice

import msgspec

from benchmarks.designs import BASELINE, Design, designs
from benchmarks.shapes import SHAPES
from benchmarks.timing import Budget, Cell, measure
from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry, Rule

SIZES = (6, 50, 200)
_SHAPES = ("mixed", "file-kv", "audit")


def entries_of(size: int) -> tuple[Entry, ...]:
    """Give so many entries that can be seen: ours, then copies."""
    active = [entry for entry in default_entries() if entry.maturity != "planned"]
    return tuple(islice(chain(active, _copies(active)), size))


def measured(events: int, budget: Budget) -> Iterator[Cell]:
    """Time each size of the catalogue on some inputs, beside the baseline."""
    baseline = next(design for design in designs() if design.name == BASELINE)
    sized = [baseline, *map(_design, SIZES)]
    for shape in SHAPES:
        if shape.name in _SHAPES:
            cells = measure(shape, events, sized, budget)
            yield from (cell for cell in cells if cell.design != BASELINE)


def name_of(size: int) -> str:
    """Name a size in the table."""
    return f"{size} entries"


def _design(size: int) -> Design:
    analyzer = Analyzer(AnalyzerConfig(entries=entries_of(size)))
    return Design(name_of(size), f"the engine with {size} entries", analyzer.analyze)


def _copies(entries: Sequence[Entry]) -> Iterator[Entry]:
    for number in count(1):
        for entry in entries:
            rules = tuple(_elsewhere(rule, number) for rule in entry.rules if rule.flow is None)
            if rules:
                yield msgspec.structs.replace(entry, id=f"{entry.id}-{number}", rules=rules)


def _elsewhere(rule: Rule, number: int) -> Rule:
    anchors = tuple(f"{anchor} of copy {number}" for anchor in rule.anchors)
    return msgspec.structs.replace(rule, anchors=anchors)
