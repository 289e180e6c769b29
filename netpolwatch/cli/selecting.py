"""The options that choose a part of a report."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.ingest.durations import duration_ms
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.report.selection import Selection
from netpolwatch.reporting.report.text import DEFAULT_TOP

_DAY_MS: Final = 86_400_000
_TIME_OF_DAY: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_PANEL: Final = "Filters"

Moment = Callable[[int | None], int | None]
"""Returns a time (ms since 1970, UTC), given when the log ends."""

Issue = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Only this issue; * and ? match.", rich_help_panel=_PANEL),
]
MinSeverity = Annotated[
    str | None,
    typer.Option(
        "--severity",
        metavar="SEVERITY",
        help=f"Only this severity and graver: {', '.join(SEVERITIES)}.",
        rich_help_panel=_PANEL,
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only this namespace; * and ? match.",
                 rich_help_panel=_PANEL),
]  # fmt: skip
Workload = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Only this workload: NAME or NAMESPACE/KIND/NAME; * and ? match.",
        rich_help_panel=_PANEL,
    ),
]
Node = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only this node; * and ? match.", rich_help_panel=_PANEL),
]
SinceTime = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only from this time on: 15:30 (UTC), 2026-06-09T15:30Z, or 2h before the log's end.",
        rich_help_panel=_PANEL,
    ),
]
UntilTime = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Only up to this time; as --since.", rich_help_panel=_PANEL
    ),
]
Brief = Annotated[bool, typer.Option("--brief", help="Only the first screen of the report.")]
Top = Annotated[int, typer.Option(min=1, metavar="N", help="Rows of each list.")]
DEFAULT_ROWS: Final = DEFAULT_TOP


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as they were given; their times wait for the log's end."""

    issue: str | None = None
    severity: Severity | None = None
    namespace: str | None = None
    workload: str | None = None
    node: str | None = None
    since: Moment | None = None
    until: Moment | None = None

    def selection(self, last_ms: int | None) -> Selection:
        """Return the filters for a log that ends at a time (ms since 1970, UTC)."""
        return Selection(
            issue=self.issue,
            severity=self.severity,
            namespace=self.namespace,
            workload=self.workload,
            node=self.node,
            since_ms=None if self.since is None else self.since(last_ms),
            until_ms=None if self.until is None else self.until(last_ms),
        )


def severity_of(text: str | None, option: str) -> Severity | None:
    """Return a severity by its name; raises `typer.BadParameter`."""
    if text is None:
        return None
    for severity in SEVERITIES:
        if severity == text.lower():
            return severity
    known = ", ".join(SEVERITIES)
    raise typer.BadParameter(f"no severity {text!r}: use {known}", param_hint=option)


def moment_of(text: str | None, option: str) -> Moment | None:
    """Return what reads a time beside a log's end; raises `typer.BadParameter`."""
    if text is None:
        return None
    time_of_day = _TIME_OF_DAY.fullmatch(text)
    if time_of_day is not None:
        minutes = 60 * int(time_of_day[1]) + int(time_of_day[2])
        return lambda last_ms: None if last_ms is None else _on_day(last_ms, minutes * 60_000)
    at_ms = milliseconds(text)
    if at_ms is not None:
        return lambda _last_ms: at_ms
    try:
        length_ms = duration_ms(text)
    except ValueError:
        wanted = "15:30, 2026-06-09T15:30Z or 2h"
        raise typer.BadParameter(f"{text!r} is no time: {wanted}", param_hint=option) from None
    return lambda last_ms: None if last_ms is None else last_ms - length_ms


def _on_day(last_ms: int, time_ms: int) -> int:
    """Return a time of day on the log's last day, or the day before where the log ends earlier."""
    at_ms = last_ms - last_ms % _DAY_MS + time_ms
    return at_ms if at_ms <= last_ms else at_ms - _DAY_MS
