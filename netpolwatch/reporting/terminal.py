"""A run's report for a terminal; log text is shown as printable text, never as markup."""

from collections import Counter

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import CONVERSATION, end_names, subject_text
from netpolwatch.reporting.email import named_ends, subject_line
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.summary import Summary

_STYLES: dict[Severity, str] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
_SHOWN_CONVERSATIONS = 10
_SHOWN_FINDINGS = 30
_TOLD_FINDINGS = 12
_SHOWN_EVIDENCE = 1
_EVIDENCE_CHARS = 240
_BY_LINES = "by lines and their neighbours; policies are asked with --snapshot FILE"
_INDENT = (0, 0, 0, 2)


def severity_text(severity: Severity) -> Text:
    """Write a severity in its colour."""
    return Text(severity, style=_STYLES[severity])


def render_report(
    console: Console, summary: Summary, cluster: str | None, findings: list[Finding]
) -> None:
    """Print a run: what was read, what was denied and why, what was found."""
    console.print(_read(summary, cluster, findings))
    console.print(_verdicts(summary))
    _render_denied(console, summary)
    _render_findings(console, summary, findings)


def _read(summary: Summary, cluster: str | None, findings: list[Finding]) -> Text:
    counts = f"{summary.events:,} events, {summary.by_verdict.total():,} flows"
    text = Text.assemble(
        (printable(cluster or "cluster unknown"), "bold"), f"  {counts}, {summary.files} file(s)"
    )
    if summary.unparsed or summary.dropped:
        text.append(f"  {summary.unparsed:,} unparsed, {summary.dropped:,} dropped", style="yellow")
    others = sum(summary.unknown_members.values())
    if others or summary.members > summary.files:
        text.append(f"\nbundles   {summary.members:,} logs read, {others:,} other files left alone")
    if summary.events and not summary.by_verdict.total() and not findings:
        text.append(
            "\nnothing here was recognised as a verdict or a known fault: is it the right log,"
            " compressed, or in a wrapper that docs/inputs.md does not list?",
            style="yellow",
        )
    for note in summary.told_notes():
        text.append(f"\nleft out  {note}", style="yellow")
    return text


def _verdicts(summary: Summary) -> Text:
    verdicts = ", ".join(
        f"{count:,} {printable(verdict)}" for verdict, count in summary.by_verdict.most_common()
    )
    dispositions = ", ".join(
        f"{count:,} {disposition}" for disposition, count in summary.by_disposition.most_common()
    )
    text = Text(f"verdicts  {verdicts or 'none'}\ndenies    {dispositions or 'none'}")
    if dispositions and not summary.by_policies:
        text.append(f"\n          {_BY_LINES}", style="dim")
    return text


def _render_denied(console: Console, summary: Summary) -> None:
    denied = summary.top_denied()[:_SHOWN_CONVERSATIONS]
    if not denied:
        return
    table = Table(title="Most denied", title_justify="left", box=None, pad_edge=False)
    table.add_column("count", justify="right")
    for name in ("judged", "source and destination"):
        table.add_column(name, overflow="fold")
    for row, (source, destination) in zip(denied, summary.top_denied_ends(), strict=False):
        port = f"port {row['port']} {row['protocol']}"
        arrow = "\n-> " if " (" in source + destination else " -> "
        told = Text(printable(source) + arrow + printable(f"{destination} {port}"))
        table.add_row(f"{row['count']:,}", Text(row["disposition"]), told)
    console.print()
    console.print(table)


def _render_findings(console: Console, summary: Summary, findings: list[Finding]) -> None:
    console.print()
    if not findings:
        console.print(Text("No findings.", style="green"))
        if not summary.events:
            console.print(Text("Nothing was read: the input is empty.", style="yellow"))
        return
    told = [finding for finding in findings if finding.severity != "info"]
    console.print(Text(f"{len(findings)} finding(s)", style="bold"))
    for finding in told[:_TOLD_FINDINGS]:
        console.print()
        render_finding(console, finding)
    rest = [*told[_TOLD_FINDINGS:], *(each for each in findings if each.severity == "info")]
    if rest:
        console.print()
        console.print(_brief(rest[:_SHOWN_FINDINGS]))
    if len(rest) > _SHOWN_FINDINGS:
        more = len(rest) - _SHOWN_FINDINGS
        console.print(Text(f"and {more:,} more, none graver: `--format json` lists all"))
    console.print()
    console.print(_bottom_line(findings))


def render_finding(console: Console, finding: Finding) -> None:
    """Print one finding: what, where, since when, what shows it, and what to do."""
    why = f" ({printable(finding.escalated)})" if finding.escalated else ""
    title = Text.assemble(
        severity_text(finding.severity), why, "  ", (printable(finding.title), "bold")
    )
    console.print(title)
    seen = f"{finding.count:,} time{'s' * (finding.count != 1)}, {finding.status}"
    if finding.first_seen:
        seen += f", {finding.first_seen} to {finding.last_seen}"
    for line in (f"{finding.issue}: {subject_line(finding)}", seen):
        console.print(Padding(Text(line, style="dim"), _INDENT, expand=False))
    for name, value in named_ends(finding).items():
        told = Text(printable(f"{name.lower()}: {value}"))
        console.print(Padding(told, _INDENT, expand=False))
    if finding.version_note:
        # Node names come from logs.
        note = Text(printable(finding.version_note))
        console.print(Padding(note, _INDENT, expand=False))
    for evidence in finding.evidence[:_SHOWN_EVIDENCE]:
        text = printable(evidence.text, _EVIDENCE_CHARS)
        console.print(Padding(Text(text, overflow="fold"), _INDENT, expand=False))
    for number, command in enumerate(finding.remedy, start=1):
        console.print(Padding(Text(f"{number}. {command.say}"), _INDENT, expand=False))
        if command.run:
            # A command must be copied whole: it is never wrapped.
            console.print(Text(f"     $ {command.run}", style="cyan"), soft_wrap=True)


def render_news(console: Console, finding: Finding) -> None:
    """Print in two lines that a finding is there, or graver, while its log still runs."""
    why = f" ({printable(finding.escalated)})" if finding.escalated else ""
    title = (printable(finding.title), "bold")
    console.print(Text.assemble(severity_text(finding.severity), why, "  ", title))
    seen = f"since {finding.first_seen}" if finding.first_seen else "now"
    line = Text(f"{finding.issue}: {subject_line(finding)}, {seen}", style="dim")
    console.print(Padding(line, _INDENT, expand=False))


def _brief(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, title="Recorded, too", title_justify="left")
    table.add_column("severity")
    table.add_column("count", justify="right")
    table.add_column("issue and subject", overflow="fold")
    for finding in findings:
        table.add_row(
            severity_text(finding.severity),
            f"{finding.count:,}",
            Text.assemble(finding.issue, "\n", (_subject(finding), "dim")),
        )
    return table


def _subject(finding: Finding) -> str:
    if finding.subject.keys() == CONVERSATION and any(end_names(finding)):
        return printable(subject_text(finding))
    return subject_line(finding)


def _bottom_line(findings: list[Finding]) -> Text:
    open_now = Counter(found.severity for found in findings if found.status != "resolved")
    counts = [f"{open_now[severity]} {severity}" for severity in reversed(SEVERITIES)]
    shown = ", ".join(count for count in counts if not count.startswith("0 "))
    over = sum(found.status == "resolved" for found in findings)
    going_on = f"Not silent for long enough to be over: {shown or 'nothing'}."
    return Text(f"{going_on} Resolved by then: {over}.")
