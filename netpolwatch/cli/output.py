"""A report, written to standard output in the format that was asked for."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata

import msgspec
from rich.console import Console
from rich.text import Text

from netpolwatch.catalogue.model import Severity
from netpolwatch.cli.selecting import DEFAULT_ROWS, Filters
from netpolwatch.findings.model import Finding
from netpolwatch.reporting.report.document import report_document
from netpolwatch.reporting.report.html.page import report_page
from netpolwatch.reporting.report.markdown import report_markdown
from netpolwatch.reporting.report.model import Origin, Report
from netpolwatch.reporting.report.selection import Selection
from netpolwatch.reporting.report.text import TextOptions, render_text
from netpolwatch.reporting.summary import Summary


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class View:
    """How a report is written, what of it, and which finding makes the exit code 1."""

    output: Format = Format.TEXT
    brief: bool = False
    top: int = DEFAULT_ROWS
    filters: Filters = field(default_factory=Filters)
    threshold: Severity | None = None


def origin_of_run(inputs: tuple[str, ...], selection: Selection) -> Origin:
    """Return where a report comes from, made now."""
    return Origin(
        inputs=inputs,
        version=metadata.version("netpolwatch"),
        made_ms=time.time_ns() // 1_000_000,
        filters=tuple(selection.words),
    )


def write_report(view: View, report: Report, summary: Summary, findings: list[Finding]) -> None:
    """Write a report; `summary` and `findings` are what scripts get of it."""
    if view.output is Format.TEXT:
        print_text(report, view)
        return
    if view.output is Format.JSON:
        document = summary.report(report.cluster, findings) | {"report": report_document(report)}
        written = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    elif view.output is Format.MARKDOWN:
        written = report_markdown(report, view.top).encode()
    else:
        written = report_page(report).encode()
    sys.stdout.buffer.write(written)
    sys.stdout.flush()


def print_text(report: Report, view: View) -> None:
    """Print a report as text; only a terminal has a width to fold at."""
    print_lines(render_text(report, TextOptions(terminal_width(), view.brief, view.top)))


def terminal_width() -> int | None:
    """Return the columns of the terminal; `None` for a pipe or a file."""
    return Console().width if sys.stdout.isatty() else None


def print_lines(lines: Iterable[Text]) -> None:
    """Print lines as they are, in colours where there is a terminal."""
    console = Console()
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)
