"""Explained verdicts as text: totals, a table, then blocks by policy with merged suggestions."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from netpolwatch.flows.model import Disposition
from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.reporting.report.explained import Explained, ExplainedReport, PolicyBlock
from netpolwatch.reporting.report.lines import Cell, Lines
from netpolwatch.reporting.report.text import denial_text
from netpolwatch.reporting.report.words import counted, listed
from netpolwatch.reporting.severities import STYLES
from netpolwatch.reporting.suggestion import suggestion_yaml
from netpolwatch.verdicts.attribution.advice import Advice

_STYLES: Final[dict[str, str]] = {
    "violation": "bold red",
    "agent-state": "bold yellow",
    "unknown": "magenta",
    "reply": "cyan",
    "noise": "dim",
}
_MEANING: Final[dict[Disposition, str]] = {
    "violation": "denied by a policy",
    "agent-state": "policies do not deny it: the agent has no state or a stale one",
    "unknown": "what decided is not known",
    "reply": "an answer within a connection that policies allow: nothing to change",
    "noise": "multicast, broadcast, link-local: nothing to change",
}
_INDENT: Final = 2
_FACTS: Final = 6


def render_explained(report: ExplainedReport, width: int | None, top: int) -> list[Text]:
    """Return the lines; `top` is how many rows the table and each block show."""
    lines = Lines(width)
    totals = [f"{count:,} {name}" for name, count in report.packets.items()]
    lines.paragraph_of([Cell(counted(report.packets.total(), "verdict"), "bold"),
                        Cell(f"  {', '.join(totals)}")])  # fmt: skip
    rows = report.rows
    lines.table([_row(each) for each in rows[:top]], _INDENT)
    _left_out(lines, len(rows) - top)
    for block in report.blocks:
        _block(lines, block, top)
    _suggestions(lines, report.advice)
    for name, members in report.rest:
        lines.blank()
        lines.heading(name.upper(), _MEANING[name])
        _members(lines, members, top)
    if report.passed:
        lines.blank()
        lines.heading("PASSED")
        _members(lines, report.passed, top)
    return lines.written


def _suggestions(lines: Lines, advice: Sequence[Advice]) -> None:
    if advice:
        lines.blank()
        lines.heading("SUGGESTED POLICIES", f"{len(advice):,}, to review before they are applied")
    for number, each in enumerate(advice):
        if number:
            lines.verbatim("---", 0, "cyan")
        lines.verbatim(suggestion_yaml(each), 0, "cyan")


def _row(each: Explained) -> list[Cell]:
    explanation = each.explanation
    judged = explanation.disposition or explanation.flow.verdict
    sure = explanation.confidence or ""
    return [
        Cell(f"{each.denial.packets:,}x"),
        Cell(judged, _STYLES.get(judged, "")),
        Cell(sure, "dim"),
        Cell(denial_text(each.denial)),
        Cell(listed(explanation.isolating, 2), "dim"),
    ]


def _block(lines: Lines, block: PolicyBlock, top: int) -> None:
    cause = block.cause
    graver = f" ({cause.graver})" if cause.graver else ""
    lines.blank()
    lines.paragraph_of(
        [Cell(cause.severity, STYLES[cause.severity]), Cell(f"  {cause.label}", "bold"),
         Cell(graver)]
    )  # fmt: skip
    about = f"{counted(cause.packets, 'packet')}, {counted(len(block.members), 'conversation')}"
    lines.paragraph(f"{about} of {counted(cause.clients, 'client')}", _INDENT, "dim")
    _members(lines, block.members, top)


def _members(lines: Lines, members: Sequence[Explained], top: int) -> None:
    for each in members[:top]:
        _member(lines, each)
    _left_out(lines, len(members) - top)


def _member(lines: Lines, each: Explained) -> None:
    explanation = each.explanation
    first, last = each.lines
    when = rfc3339(explanation.as_of) or "no time, by what is known last"
    place = f"line {first}" if first == last else f"lines {first} to {last}"
    lines.paragraph_of(
        [Cell(f"  {each.denial.packets:,}x ", "bold"), Cell(f" {denial_text(each.denial)}", "bold"),
         Cell(f"  {place}, {when}", "dim")]
    )  # fmt: skip
    for name, value in _facts(each):
        lines.paragraph(f"{name:<12}{value}", _FACTS, hanging=12)


def _facts(each: Explained) -> list[tuple[str, str]]:
    explanation = each.explanation
    direction = explanation.direction or "direction not known"
    decided = f"{direction}, isolated by {listed(explanation.isolating, 4) or 'no known policy'}"
    facts = [("decided by", decided if explanation.direction else direction)]
    if explanation.allowing:
        facts.append(("allowed by", listed(explanation.allowing, 4)))
    if explanation.nearest_miss is not None:
        facts.append(
            ("nearest", f"{explanation.nearest_miss.policy} {explanation.nearest_miss.why}")
        )
    if explanation.disposition is not None:
        sure = f"{explanation.disposition} ({explanation.confidence} confidence)"
        facts.append(("judged", f"{sure}: {explanation.why}" if explanation.why else sure))
    elif explanation.why:
        facts.append(("passed", explanation.why))
    facts.append(("known by", each.known_by))
    facts.extend(("deviation", sentence) for sentence in each.deviations)
    return facts


def _left_out(lines: Lines, count: int) -> None:
    if count > 0:
        lines.paragraph(f"and {count:,} more: see --top", _INDENT, "dim")
