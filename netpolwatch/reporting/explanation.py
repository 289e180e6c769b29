"""An explained verdict, drawn for a person."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from netpolwatch.flows.model import Disposition
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.printable import printable
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.sentence import named

_NAME_WIDTH = 12
_STYLES: dict[Disposition, str] = {
    "violation": "bold red",
    "agent-state": "bold yellow",
    "unknown": "magenta",
    "reply": "cyan",
    "noise": "dim",
}


def render_explanation(console: Console, line: int, told: Explanation) -> None:
    """Draw who asked whom, which policies decided, and what is missing."""
    flow = told.flow
    when = rfc3339(told.as_of) or "no time: by what was known last"
    head = f"{flow.verdict}  {flow.protocol} {flow.destination_port}  line {line}, {when}"
    console.print(Text(printable(head), style=_STYLES.get(told.disposition or "noise", "")))
    console.print(Text(f"  {printable(named(told.source))}"))
    console.print(Text(f"    --> {printable(named(told.destination))}"))
    for name, value in _facts(told):
        console.print(Text(f"  {name:<{_NAME_WIDTH}}{printable(value)}"))
    console.print()


def _facts(told: Explanation) -> Iterator[tuple[str, str]]:
    yield "direction", told.direction or "not known"
    yield "isolated by", ", ".join(told.isolating) or "no policy that is known"
    if told.isolating:
        yield "allowed by", ", ".join(told.allowing) or "none of them"
    if told.nearest_miss is not None:
        yield "nearest", f"{told.nearest_miss.policy} {told.nearest_miss.why}"
    if told.disposition is not None:
        yield "judged", f"{told.disposition} ({told.confidence} confidence)"
    yield "known by", f"{told.source.evidence}; {told.destination.evidence}"
