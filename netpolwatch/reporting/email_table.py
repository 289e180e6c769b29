"""Many findings as an e-mail: a table that 72 columns can hold."""

import textwrap
from collections.abc import Iterator

from netpolwatch.findings.notices import Row
from netpolwatch.reporting.message import Message
from netpolwatch.reporting.printable import printable

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
    shown = message.rows[:_MAX_SHOWN]
    for row in shown:
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


def _row(row: Row) -> Iterator[str]:
    status = "RESOLVED" if row.status == "resolved" else row.severity.upper()
    yield from _wrapped(row.subject or "the whole cluster", f"{status:<10}", " " * 10)
    seen = f"{row.issue}, {row.count:,} time{'s' * (row.count != 1)}"
    yield from _wrapped(f"{seen}, last {row.last_seen or 'unknown'}", " " * 10)


def _wrapped(text: str, first: str = "", following: str = "") -> list[str]:
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=following or " " * len(first),
        break_on_hyphens=False,
    )
