"""A run as tables of text, for the terminal and for docs/performance.md alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.catalogue_size import SIZES, name_of
from benchmarks.designs import BASELINE, ENGINE, designs
from benchmarks.result import Result
from benchmarks.shapes import SHAPES
from benchmarks.timing import Cell

_COMPARED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; `note` is a paragraph below the title, `words` how many columns are text."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def tables(result: Result) -> list[Table]:
    """Make the tables of a run; empty ones are left out."""
    made = (
        _goals, _inputs, _engine, _sized, _compared, _attribution, _memory, _cold_starts,
        _catalogue, _write_units, _latency,
    )  # fmt: skip
    return [table for make in made if (table := make(result)).rows]


def _goals(result: Result) -> Table:
    rows = tuple(
        (goal.title, goal.verdict, goal.where, goal.asked, f"{goal.worst:g} {goal.unit}")
        for goal in result.goals
    )
    note = (
        "Speed is judged at 1,000 events and more, by the median, on the worst shape and size of"
        " those that a goal is about."
    )
    return Table("Goals", note, ("goal", "verdict", "worst on", "asked", "worst"), rows, 3)


def _inputs(_result: Result) -> Table:
    rows = tuple((shape.name, shape.title) for shape in SHAPES)
    return Table("Inputs", "", ("input", "what it is"), rows, 2)


def _engine(result: Result) -> Table:
    cells = {(cell.shape, cell.events): cell for cell in result.cells if cell.design == ENGINE}
    baseline = {(cell.shape, cell.events): cell for cell in result.cells if cell.design == BASELINE}
    rows = tuple(
        (
            shape.name,
            *_numbers(cells[shape.name, events]),
            f"{baseline[shape.name, events].ns_per_event:,.0f}",
        )
        for shape in SHAPES
        for events in sorted(events for name, events in cells if name == shape.name)
    )
    columns = ("input", "events", "events/s", "MB/s", "ratio", "quartiles", "found")
    note = (
        "`Analyzer.analyze`, base64 text in, `Batch` out, every signature on. F is the standard"
        " library's base64, zlib and json.loads of the same payload, ns an event beside it. MB are"
        " 10^6 bytes of message text. Found is the part of the"
        " flows that was found. Events are those of a payload before it is split: a log"
        " group's streams and what passes 6 MB come in several payloads."
    )
    return Table("The engine", note, (*columns, "F, ns"), rows)


def _numbers(cell: Cell) -> tuple[str, ...]:
    return (
        f"{cell.events:,}",
        f"{cell.events_per_second:,}",
        f"{cell.mb_per_second:,.0f}",
        f"{cell.ratio:.2f}",
        f"{cell.ratio_low:.2f} to {cell.ratio_high:.2f}",
        "" if cell.found is None else f"{cell.found:.0%}",
    )


def _compared(result: Result) -> Table:
    sizes = sorted({cell.events for cell in result.cells})
    at = _COMPARED_AT if _COMPARED_AT in sizes else max(sizes, default=0)
    cells = {(cell.shape, cell.design): cell for cell in result.cells if cell.events == at}
    names = [design.name for design in designs()]
    rows = tuple(
        (shape.name, *(_ratio(cells.get((shape.name, name))) for name in names))
        for shape in SHAPES
        if (shape.name, BASELINE) in cells
    )
    described = "; ".join(f"*{design.name}* is {design.title}" for design in designs()[1:])
    note = f"Ratios to F at {at:,} events, and thousand events a second: {described}."
    return Table("Beside other designs", note, ("input", *names), rows)


def _ratio(cell: Cell | None) -> str:
    return "" if cell is None else f"{cell.ratio:.2f} ({cell.events_per_second / 1e3:,.0f} k/s)"


def _attribution(result: Result) -> Table:
    rows = tuple(
        (
            f"{one.denies:,}",
            f"{one.pods:,}",
            f"{one.policies:,}",
            f"{one.median_ms:.0f}",
            f"{one.low_ms:.0f} to {one.high_ms:.0f}",
            f"{one.named:.0%}",
        )
        for one in result.attribution
    )
    note = (
        "Who was denied, and by which policy: `Explainer.explain` of DENYs between pods of twelve"
        " namespaces, in a cluster that is learned anew in each round; CPU time, median and"
        " quartiles. Named is the part whose two ends were both named."
    )
    columns = ("DENYs", "pods", "policies", "ms", "quartiles", "named")
    return Table("Attribution", note, columns, rows, 0)


def _memory(result: Result) -> Table:
    rows = tuple(
        (
            one.shape,
            f"{one.events:,}",
            f"{one.ready:.0f}",
            f"{one.peak:.0f}",
            f"{one.added:.0f}",
        )
        for one in result.memory
    )
    note = (
        "Peak resident memory of a process of its own, MB: ready to work with the payload at hand,"
        " after one `analyze`, and the difference, which understates the analysis where the imports"
        " themselves had a peak. A checkout's imports hold pydantic and YAML, which a bundle does"
        " not. Of knowledge the number is one of pods: all are learned, with their bindings and"
        " addresses and 1,000 policies, and each is asked for."
    )
    return Table("Memory", note, ("input", "events", "ready", "peak", "added"), rows)


def _cold_starts(result: Result) -> Table:
    rows = tuple(
        (
            one.handler,
            "with" if one.bytecode else "without",
            f"{one.imports:.0f}",
            f"{one.imports_wall:.0f}",
            f"{one.interpreter:.0f}",
        )
        for one in result.cold_starts
    )
    note = (
        "What importing a function's handler from its bundle (profile `local`) adds to Python's own"
        " start, ms: CPU time, by which it is judged, and time on the clock, which is the same on"
        " an idle machine. Medians of whole processes with a warm file cache."
    )
    columns = ("function", "bytecode", "imports", "on the clock", "Python's own start")
    return Table("Cold start", note, columns, rows, 2)


def _sized(result: Result) -> Table:
    cells = {(cell.shape, cell.design): cell for cell in result.sized}
    shapes = dict.fromkeys(cell.shape for cell in result.sized)
    names = [name_of(size) for size in SIZES]
    rows = tuple((shape, *(_ratio(cells.get((shape, name))) for name in names)) for shape in shapes)
    note = (
        "The engine's ratio to F, and thousand events a second, with catalogues of several sizes;"
        " beyond our own entries these are copies whose anchors stand in no line."
    )
    return Table("The catalogue's size", note, ("input", *names), rows)


def _catalogue(result: Result) -> Table:
    one = result.catalogue
    note = (
        "What the compiled catalogue adds to a cold start of the bundle with bytecode, ms of CPU"
        " time: decoding its entries, and compiling their anchors and patterns."
    )
    rows = () if one is None else ((f"{one.entries:g}", f"{one.matcher:g}", f"{one.whole:g}"),)
    return Table("The catalogue's cold start", note, ("entries", "matcher", "together"), rows, 0)


def _write_units(result: Result) -> Table:
    rows = tuple(
        (
            one.title,
            f"{one.times:,} {one.per}s",
            f"{one.writes:.2f}",
            f"{one.table:.2f}",
            f"{one.index:.2f}",
            f"{one.reads:.2f}",
            f"{one.requests:.2f}",
        )
        for one in result.write_units
    )
    note = (
        "What one of them uses in a deployment, on average: the analyzer's and the judge's own"
        " handlers on moto, their requests counted as DynamoDB bills them (whole items in KB,"
        " twice in a transaction, indexes beside). A batch of the judge is what a minute brings."
        " Requests are those to any service; of learning, writes are those to what is known."
    )
    columns = ("payload", "measured", "write units", "of tables", "of indexes", "read units",
               "requests")  # fmt: skip
    return Table("Write units", note, columns, rows, 2)


def _latency(result: Result) -> Table:
    note = (
        "From `put_log_events` to the message in a subscribed queue, in the warm deployment of"
        " `make demo` on an emulator. The real service adds its own delivery time."
    )
    return Table(
        "End to end", note, ("median", "slowest", "probes"), tuple(_latency_rows(result)), 0
    )


def _latency_rows(result: Result) -> Iterator[tuple[str, ...]]:
    if result.latency is not None:
        one = result.latency
        yield f"{one.median * 1e3:.0f} ms", f"{one.slowest * 1e3:.0f} ms", str(one.probes)
