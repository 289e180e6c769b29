"""A finding in two lines, printed while its log still runs; log text is shown as printable text."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from netpolwatch.findings.model import Finding
from netpolwatch.reporting.email import subject_line
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.severities import severity_text

_INDENT = (0, 0, 0, 2)


def render_news(console: Console, finding: Finding) -> None:
    """Print that a finding is there, or graver."""
    why = f" ({printable(finding.escalated)})" if finding.escalated else ""
    title = (printable(finding.title), "bold")
    console.print(Text.assemble(severity_text(finding.severity), why, "  ", title))
    seen = f"since {finding.first_seen}" if finding.first_seen else "now"
    line = Text(f"{finding.issue}: {subject_line(finding)}, {seen}", style="dim")
    console.print(Padding(line, _INDENT, expand=False))
