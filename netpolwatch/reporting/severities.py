"""Severities in their colours, for a terminal."""

from typing import Final

from rich.text import Text

from netpolwatch.catalogue.model import Severity

STYLES: Final[dict[Severity, str]] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}


def severity_text(severity: Severity) -> Text:
    """Return a severity in its colour."""
    return Text(severity, style=STYLES[severity])
