"""A message as an Amazon Q Developer custom notification, schema version 1.0.

It is relayed to Slack and Teams as Markdown: what comes from a log stands in code spans, without
what would end one. Limits: title 250, description 8,000, summary 250 characters, a thread's name
250; nothing but the schema's own keys, or the message is dropped without a word.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from netpolwatch.findings.notices import Row
from netpolwatch.reporting.message import Message, row_groups
from netpolwatch.reporting.printable import printable

_TITLE_CHARS: Final = 250
_DESCRIPTION_CHARS: Final = 8_000
_STEP_CHARS: Final = 500
_VALUE_CHARS: Final = 300
_SHOWN_ROWS: Final = 20
_CUT: Final = "… the rest has no room here: see the dashboard"
_NO_MARKUP: Final = dict.fromkeys(map(ord, "@`*_~"))
_MARKS: Final = {
    "critical": ":red_circle:", "high": ":large_orange_circle:", "medium": ":large_yellow_circle:",
    "low": ":large_blue_circle:", "info": ":white_circle:",
}  # fmt: skip


def chat_message(message: Message) -> str:
    """Write a message as the JSON text of a custom notification."""
    mark = ":white_check_mark:" if message.resolved else _MARKS[message.severity]
    state = "RESOLVED" if message.resolved else message.severity.upper()
    content: dict[str, Any] = {
        "textType": "client-markdown",
        "title": f"{mark} {state}: {_words(message.headline)}"[:_TITLE_CHARS],
        "description": _description(message),
    }
    steps = _steps(message)
    if steps:
        content["nextSteps"] = steps
    notification: dict[str, Any] = {
        "version": "1.0",
        "source": "custom",
        "id": message.notification,
        "content": content,
        "metadata": {
            "threadId": message.thread or message.notification,
            "summary": _words(message.subject)[:_TITLE_CHARS],
            "eventType": f"netpolwatch.{message.kind}",
        },
    }
    return msgspec.json.encode(notification).decode()


def _description(message: Message) -> str:
    lines = [f"*{name}* {_code(value)}" for name, value in message.facts]
    if message.summary:
        lines += ["", _words(message.summary)]
    if message.rows:
        lines += ["", *_rows(message)]
        left = max(0, len(message.rows) - _SHOWN_ROWS) + message.more
        if left > 0:
            lines.append(f"and {left:,} more")
    if message.evidence:
        lines += ["", "*Evidence*"]
        lines += [f"{one.timestamp or 'no time'} {_code(one.text)}" for one in message.evidence]
    return _bounded(lines)


def _bounded(lines: list[str]) -> str:
    """Keep whole lines only: half a code span would let the rest be markup."""
    kept: list[str] = []
    room = _DESCRIPTION_CHARS - len(_CUT) - 1
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, _CUT])
        kept.append(line)
    return "\n".join(kept)


def _rows(message: Message) -> Iterator[str]:
    shown = 0
    for title, rows in row_groups(message):
        some = rows[: _SHOWN_ROWS - shown]
        shown += len(some)
        if title and some:
            yield _code(title)
        yield from map(_row, some)


def _row(row: Row) -> str:
    state = "RESOLVED" if row.status == "resolved" else row.severity.upper()
    return f"{state} {_code(row.subject or 'the whole cluster')} {_code(row.issue)} x{row.count:,}"


def _steps(message: Message) -> list[str]:
    steps = [
        f"{_words(command.say)} {_code(command.run)}" if command.run else _words(command.say)
        for command in message.remedy[:8]
    ]
    links = (("Logs", message.links.logs_insights), ("Dashboard", message.links.dashboard))
    steps += [f"<{link}|{name}>" for name, link in links if link and link.startswith("https://")]
    return [step for step in steps if len(step) <= _STEP_CHARS]


def _words(text: str) -> str:
    """Write our own words, which hold no markup but might hold its characters."""
    return _escaped(printable(text).translate(_NO_MARKUP))


def _code(text: str) -> str:
    """Write a text from a log: within a code span nothing means anything, and none can end it."""
    shown = printable(text, _VALUE_CHARS).replace("`", "'")
    return f"`{_escaped(shown) or ' '}`"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
