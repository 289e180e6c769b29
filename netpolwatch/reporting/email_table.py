"""Many findings as an e-mail: a table that 72 columns can hold."""

import textwrap
from collections.abc import Iterator
from itertools import islice

from netpolwatch.findings.notices import Row
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.message import Message, row_groups
from netpolwatch.reporting.printable import defused, printable
from netpolwatch.reporting.report.words import counted, stamp

_WIDTH = 72
_NAME_WIDTH = 12
_MAX_SHOWN = 40


def email_of(message: Message) -> str:
    """Write a table of findings (or a test) as plain text."""
    return "\n".join(_lines(message)) + "\n"


def _lines(message: Message) -> Iterator[str]:
    state = "RESOLVED" if message.resolved else message.severity.upper()
    yield from _wrapped(f"{state}: {message.headline}")
    yield ""
    for name, value in message.facts:
        yield from _wrapped(value, f"{name:<{_NAME_WIDTH}}", " " * _NAME_WIDTH)
    yield ""
    shown = list(islice(_grouped(message), _MAX_SHOWN))
    for title, row in shown:
        if title:
            yield from _wrapped(title)
        yield from _row(row)
    left = len(message.rows) - len(shown) + message.more
    if left:
        yield f"and {left:,} more: see the findings table or the dashboard"
    if shown:
        yield ""
    for name, link in (
        ("Logs", message.links.logs_insights),
        ("Dashboard", message.links.dashboard),
    ):
        if link:
            yield f"{name:<{_NAME_WIDTH}}{link}"
    yield ""
    yield "-- "
    yield f"notification {message.notification}"


def _grouped(message: Message) -> Iterator[tuple[str, Row]]:
    """Yield the rows; the first one of a group has its title."""
    for title, rows in row_groups(message):
        heading = f"{title}: {counted(len(rows), 'conversation')}" if title else ""
        for number, row in enumerate(rows):
            yield ("" if number else heading), row


def _row(row: Row) -> Iterator[str]:
    status = "RESOLVED" if row.status == "resolved" else row.severity.upper()
    subject = defused(row.subject or "the whole cluster")
    yield from _wrapped(subject, f"{status:<10}", " " * 10)
    last = stamp(milliseconds(row.last_seen or ""))
    yield from _wrapped(f"{row.issue}, {counted(row.count, 'time')}, last {last}", " " * 10)


def _wrapped(text: str, first: str = "", following: str = "") -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=following or " " * len(first),
        break_on_hyphens=False,
    )
