"""A run's report as one HTML page: the terminal's report, escaped, without a script.

rich writes it: what the terminal shows and what the page shows cannot come apart.
"""

from html import escape
from io import StringIO
from typing import Final

from rich.console import Console

from netpolwatch.findings.model import Finding
from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.summary import Summary
from netpolwatch.reporting.terminal import render_report

_WIDTH: Final = 120
_TITLE: Final = "netpolwatch-title"
_PAGE: Final = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{_TITLE}</title>
<style>
body {{{{ margin: 2rem; background: {{background}}; color: {{foreground}}; }}}}
pre {{{{ font: 14px/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }}}}
</style>
</head>
<body>
<pre>{{code}}</pre>
</body>
</html>
"""


def report_page(summary: Summary, cluster: str | None, findings: list[Finding]) -> str:
    """Write the page; `cluster` names it where it is known."""
    console = Console(
        record=True, file=StringIO(), width=_WIDTH, force_terminal=True, color_system="truecolor"
    )
    render_report(console, summary, cluster, findings)
    page = console.export_html(inline_styles=True, code_format=_PAGE)
    title = f"netpolwatch: {printable(cluster or 'cluster unknown', 100)}"
    return page.replace(_TITLE, escape(title), 1)
