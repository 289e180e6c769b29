"""What a line may mean, for a terminal and for a script; log text is never markup."""

from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from netpolwatch.analysis.meaning import Answer, Meaning
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.severities import severity_text

_LINE_CHARS: Final = 240
_STEPS: Final = 2
_INDENT: Final = (0, 0, 0, 3)


def answer_row(answer: Answer) -> dict[str, Any]:
    """Return an answer for a script."""
    return {
        "line": printable(answer.text),
        "verdict": answer.flow and answer.flow.verdict,
        "disposition": answer.flow and answer.flow.disposition,
        "meanings": [
            {
                "issue": meaning.entry.id,
                "title": meaning.entry.title,
                "severity": meaning.severity,
                "certainty": meaning.certainty,
                "writers": list(meaning.writers),
                "signal": meaning.signal,
                "condition": meaning.condition,
                "fields": meaning.fields or {},
                "next": meaning.entry.remedy[:_STEPS],
            }
            for meaning in answer.meanings
        ],
    }


def render_answer(console: Console, answer: Answer) -> None:
    """Print what a line may mean: each issue with its condition and its next steps."""
    console.print(Text(printable(answer.text, _LINE_CHARS), style="dim"))
    if answer.flow is not None:
        judged = f", judged {answer.flow.disposition}" if answer.flow.disposition else ""
        console.print(Text(f"a verdict: {printable(answer.flow.verdict)}{judged}"))
    if not answer.meanings:
        console.print(Text(_nothing(answer), style="yellow"))
    for number, meaning in enumerate(answer.meanings, start=1):
        _render(console, number, meaning)


def _nothing(answer: Answer) -> str:
    if answer.flow is not None:
        return "No known issue: see netpolwatch explain for who, and by which policy."
    return (
        "No known issue has these words. If it repeats, look at the lines around it: analyze FILE."
    )


def _render(console: Console, number: int, meaning: Meaning) -> None:
    entry = meaning.entry
    console.print()
    title = (entry.title, "bold")
    severity = severity_text(meaning.severity)
    console.print(Text.assemble(f"{number}. ", severity, "  ", title, (f"  {entry.id}", "dim")))
    console.print(Padding(Text(meaning.condition), _INDENT, expand=False))
    for step in entry.remedy[:_STEPS]:
        console.print(Padding(Text(f"Next: {step.say}"), _INDENT, expand=False))
        if step.run:
            # A command must be copied whole: it is never wrapped.
            console.print(Text(f"      $ {step.run}", style="cyan"), soft_wrap=True)
    console.print(Padding(Text(f"More: netpolwatch issues {entry.id}", "dim"), _INDENT))
