"""A diagnosis as text and as JSON: a plan where something is wrong, one screen where nothing is."""

from typing import Any, Final

from rich.text import Text

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.check import Result, Status
from netpolwatch.doctor.diagnosis import Diagnosis
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.printable import printable

SCHEMA: Final = "netpolwatch/diagnosis/v1"
_MARKS: Final[dict[Status, tuple[str, str]]] = {
    "fail": ("FAIL", "bold red"),
    "warn": ("WARN", "yellow"),
    "unknown": ("????", "magenta"),
    "pass": ("ok", "green"),
}
_COUNTED: Final[dict[Status, str]] = {
    "fail": "to mend", "warn": "to look at", "unknown": "unknown", "pass": "well",
}  # fmt: skip
_MAX_EVIDENCE: Final = 600


def diagnosis_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as `doctor --format json` prints it."""
    setup = diagnosis.setup
    return {
        "schema": SCHEMA,
        "cluster": setup.name,
        "region": setup.region,
        "read_at": rfc3339(setup.at_ms),
        "verdicts_can_be_seen": diagnosis.verdicts_can_be_seen,
        "counts": {status: diagnosis.counts[status] for status in _MARKS},
        "checks": [_check(result) for result in diagnosis.results],
    }


def diagnosis_lines(diagnosis: Diagnosis) -> list[Text]:
    """Return a diagnosis as lines of text: what to mend, in order, then what is well."""
    lines = [_head(diagnosis), Text("")]
    problems = diagnosis.of("fail") + diagnosis.of("warn") + diagnosis.of("unknown")
    shown: set[str] = set()
    for number, result in enumerate(problems, start=1):
        lines += _problem(number, result, shown)
    for result in diagnosis.of("pass"):
        lines.append(_line(result, indent=""))
    return lines


def _head(diagnosis: Diagnosis) -> Text:
    setup, counts = diagnosis.setup, diagnosis.counts
    answer = {
        True: "its verdicts can be seen",
        False: "its verdicts cannot be seen",
        None: "whether its verdicts can be seen is not known",
    }[diagnosis.verdicts_can_be_seen]
    counted = ", ".join(
        f"{counts[status]} {word}" for status, word in _COUNTED.items() if counts[status]
    )
    return Text.assemble((setup.name, "bold"), f" ({setup.region}): {answer}; {counted}")


def _problem(number: int, result: Result, shown: set[str]) -> list[Text]:
    """Return one problem; a command that stands above is not repeated."""
    lines = [_line(result, indent=f"{number}. "), _indented(f"Why: {result.check.why}", "dim")]
    for step in result.answer.fix:
        if step.run is not None and step.run in shown:
            lines.append(_indented("The command above mends this, too."))
            continue
        shown |= {step.run} if step.run else set()
        lines += _step(step)
    return [*lines, Text("")]


def _step(step: Command) -> list[Text]:
    lines = [_indented(printable(step.say))]
    if step.run is not None:
        # Never folded: it is made to be pasted.
        lines.append(Text(f"       {printable(step.run)}", style="cyan"))
    return lines


def _line(result: Result, indent: str) -> Text:
    mark, style = _MARKS[result.answer.status]
    evidence = printable(result.answer.evidence, _MAX_EVIDENCE)
    return Text.assemble(
        indent, (f"{mark:<5}", style), (result.check.title, "bold" if indent else ""),
        f"  [{result.check.id}]\n" if indent else "  ",
        f"     {evidence}" if indent else (evidence, "dim"),
    )  # fmt: skip


def _indented(text: str, style: str = "") -> Text:
    return Text(f"     {text}", style=style)


def _check(result: Result) -> dict[str, Any]:
    check, answer = result.check, result.answer
    return {
        "id": check.id,
        "status": answer.status,
        "title": check.title,
        "why": check.why,
        "decided_by": check.decided_by,
        "evidence": printable(answer.evidence, _MAX_EVIDENCE),
        "fix": [{"say": step.say, "run": step.run} for step in answer.fix],
    }
