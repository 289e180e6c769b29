"""A run's report as one HTML page: the terminal's report, escaped, without a script.

rich writes it: what the terminal shows and what the page shows cannot come apart.
"""

from html import escape
from io import StringIO
from typing import Final

from rich.console import Console

from netpolwatch.reporting.printable import printable
from netpolwatch.reporting.report.model import Report
from netpolwatch.reporting.report.text import TextOptions, render_text

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


def report_page(report: Report) -> str:
    """Return the page."""
    console = Console(
        record=True, file=StringIO(), width=_WIDTH, force_terminal=True, color_system="truecolor"
    )
    for line in render_text(report, TextOptions(_WIDTH)):
        console.print(line, soft_wrap=True, highlight=False)
    page = console.export_html(inline_styles=True, code_format=_PAGE)
    title = f"netpolwatch: {printable(report.cluster or 'cluster not known', 100)}"
    return page.replace(_TITLE, escape(title), 1)
