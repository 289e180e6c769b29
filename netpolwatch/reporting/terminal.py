"""A run's report for a terminal; log text is shown as printable text, never as markup."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from netpolwatch.catalogue.model import Severity
from netpolwatch.findings.model import Finding
from netpolwatch.reporting.email import subject_line
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
    _render_findings(console, findings)


def _read(summary: Summary, cluster: str | None, findings: list[Finding]) -> Text:
    counts = f"{summary.events:,} events, {summary.by_verdict.total():,} flows"
    text = Text.assemble(
        (printable(cluster or "cluster unknown"), "bold"), f"  {counts}, {summary.files} file(s)"
    )
    if summary.unparsed or summary.dropped:
        text.append(f"  {summary.unparsed:,} unparsed, {summary.dropped:,} dropped", style="yellow")
    if summary.members:
        others = sum(summary.unknown_members.values())
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
    return Text(f"verdicts  {verdicts or 'none'}\ndenies    {dispositions or 'none'}")


def _render_denied(console: Console, summary: Summary) -> None:
    denied = summary.top_denied()[:_SHOWN_CONVERSATIONS]
    if not denied:
        return
    table = Table(title="Most denied", title_justify="left", box=None, pad_edge=False)
    table.add_column("count", justify="right")
    for name in ("source", "destination", "port", "protocol", "judged"):
        table.add_column(name, overflow="fold")
    for row in denied:
        table.add_row(
            f"{row['count']:,}",
            *(
                Text(printable(str(row[key])) if row[key] is not None else "redacted")
                for key in ("source", "destination", "port", "protocol", "disposition")
            ),
        )
    console.print()
    console.print(table)


def _render_findings(console: Console, findings: list[Finding]) -> None:
    console.print()
    if not findings:
        console.print(Text("No findings.", style="green"))
        return
    table = Table(
        title=f"{len(findings)} finding(s)", title_justify="left", box=None, pad_edge=False
    )
    table.add_column("severity")
    table.add_column("count", justify="right")
    table.add_column("issue and subject", overflow="fold")
    for finding in findings[:_SHOWN_FINDINGS]:
        table.add_row(
            severity_text(finding.severity),
            f"{finding.count:,}",
            Text.assemble(finding.issue, "\n", (subject_line(finding), "dim")),
        )
    console.print(table)
    if len(findings) > _SHOWN_FINDINGS:
        rest = len(findings) - _SHOWN_FINDINGS
        console.print(Text(f"and {rest:,} more, none graver: `--format json` lists all"))
    console.print(Text("`netpolwatch issues ID` says what to do.", style="dim"))
