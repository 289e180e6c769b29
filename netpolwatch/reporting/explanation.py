"""An explained verdict, drawn for a person."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from netpolwatch.flows.model import Disposition
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.policy.suggest import NoSuggestion
from netpolwatch.reporting.crowds import Crowd
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice
from netpolwatch.verdicts.attribution.deviations import Deviation
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.sentence import named

_NAME_WIDTH = 12
_MIN_WIDTH = 40
_SUGGESTED = "cyan"
_STYLES: dict[Disposition, str] = {
    "violation": "bold red",
    "agent-state": "bold yellow",
    "unknown": "magenta",
    "reply": "cyan",
    "noise": "dim",
}


def render_explanation(
    console: Console,
    crowd: Crowd,
    deviations: Sequence[Deviation] = (),
    advice: Advice | NoSuggestion | None = None,
) -> None:
    """Draw who asked whom, which policies decided, what is missing, and what would mend it."""
    told, flow = crowd.first, crowd.first.flow
    when = rfc3339(told.as_of) or "no time: by what was known last"
    head = f"{flow.verdict}  {flow.protocol} {flow.destination_port}  line {crowd.line}, {when}"
    if crowd.more:
        head += f"; {crowd.more:,} more alike, until line {crowd.last_line}"
    console.print(Text(printable(head), style=_STYLES.get(told.disposition or "noise", "")))
    console.print(Text(f"  {printable(named(told.source))}"))
    console.print(Text(f"    --> {printable(named(told.destination))}"))
    for name, value in _facts(told):
        _print_fact(console, name, printable(value))
    for number, deviation in enumerate(deviations):
        _print_fact(console, "" if number else "deviations", deviation.sentence)
    _render_advice(console, advice)
    console.print()


def _render_advice(console: Console, advice: Advice | NoSuggestion | None) -> None:
    if isinstance(advice, NoSuggestion):
        _print_fact(console, "suggestion", f"none: {printable(advice.why)}")
    elif advice is not None:
        _print_fact(console, "suggestion", "to review before it is applied:")
        for line in suggestion_yaml(advice).splitlines():
            # A policy must be copied whole: it is never wrapped.
            console.print(Text(f"    {line}", style=_SUGGESTED), soft_wrap=True)


def _print_fact(console: Console, name: str, value: str) -> None:
    """Print a fact behind its name; what does not fit on the line goes on below its beginning."""
    lines = wrap(
        value,
        max(console.width, _MIN_WIDTH),
        initial_indent=f"  {name:<{_NAME_WIDTH}}",
        subsequent_indent=" " * (2 + _NAME_WIDTH),
        break_on_hyphens=False,
    )
    console.print(Text("\n".join(lines)), soft_wrap=True)


def _facts(told: Explanation) -> Iterator[tuple[str, str]]:
    yield "direction", told.direction or "not known"
    if told.direction is not None:
        yield "isolated by", ", ".join(told.isolating) or "no policy that is known"
    if told.isolating:
        yield "allowed by", ", ".join(told.allowing) or "none of them"
    if told.nearest_miss is not None:
        yield "nearest", f"{told.nearest_miss.policy} {told.nearest_miss.why}"
    if told.disposition is not None:
        why = f": {told.why}" if told.why else ""
        yield "judged", f"{told.disposition} ({told.confidence} confidence){why}"
    elif told.why:
        yield "passed", told.why
    yield "known by", f"{told.source.evidence}; {told.destination.evidence}"
