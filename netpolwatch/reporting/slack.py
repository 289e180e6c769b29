"""A message in Slack's Block Kit, within Slack's limits.

Whatever comes from a log stands in plain text or preformatted rich text: there no mention, link or
markup means anything. Limits: 50 blocks, 3,000 characters a text, 150 a header, 10 fields of 2,000
(Slack's reference of blocks).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    SectionBlock,
)

from netpolwatch.catalogue.model import Severity
from netpolwatch.findings.notices import Row
from netpolwatch.reporting.message import Message, row_groups
from netpolwatch.reporting.printable import printable

COLOURS: Final[dict[Severity, str]] = {
    "critical": "#b00020", "high": "#d9480f", "medium": "#e8a400", "low": "#3b82c4",
    "info": "#7a7a7a",
}  # fmt: skip
RESOLVED_COLOUR: Final = "#2e7d32"

_MAX_BLOCKS = 50
_HEADER_CHARS = 150
_TEXT_CHARS = 2_900
_FIELD_CHARS = 1_900
_MAX_FIELDS = 10
_URL_CHARS = 3_000
_SHOWN_ROWS = 20
_EVIDENCE_CHARS = 500


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """What is sent: the text of the notification, and one coloured attachment of blocks."""

    text: str
    attachments: list[dict[str, Any]]


def slack_message(message: Message) -> SlackMessage:
    """Write a message for Slack; raises nothing, whatever the message holds."""
    # The last block names the notification: it stands there however much there is to tell.
    told = [*islice(_blocks(message), _MAX_BLOCKS - 1), _name(message)]
    blocks = [block.to_dict() for block in told]
    colour = RESOLVED_COLOUR if message.resolved else COLOURS[message.severity]
    text = _escaped(message.subject)
    return SlackMessage(text, [{"color": colour, "fallback": text, "blocks": blocks}])


def _blocks(message: Message) -> Iterator[Block]:
    state = "RESOLVED" if message.resolved else message.severity.upper()
    yield HeaderBlock(text=_plain(f"{state}: {message.headline}", _HEADER_CHARS))
    for start in range(0, len(message.facts), _MAX_FIELDS):
        some = message.facts[start : start + _MAX_FIELDS]
        yield SectionBlock(fields=[_plain(f"{n}: {v}", _FIELD_CHARS) for n, v in some])
    if message.summary:
        yield SectionBlock(text=_plain(message.summary, _TEXT_CHARS))
    if message.rows:
        yield _preformatted(_table(message))
    if message.evidence:
        yield DividerBlock()
        yield SectionBlock(text=_plain("Evidence", _TEXT_CHARS))
        yield _preformatted([
            f"{one.timestamp or 'no time'}  {printable(one.text, _EVIDENCE_CHARS)}"
            for one in message.evidence
        ])  # fmt: skip
    if message.remedy:
        yield DividerBlock()
        yield SectionBlock(text=_plain("What to do", _TEXT_CHARS))
        for number, command in enumerate(message.remedy[:8], start=1):
            yield SectionBlock(text=_plain(f"{number}. {command.say}", _TEXT_CHARS))
            if command.run:
                yield _preformatted([command.run])
    buttons = list(_buttons(message))
    if buttons:
        yield ActionsBlock(elements=buttons)


def _name(message: Message) -> Block:
    return ContextBlock(elements=[_plain(f"notification {message.notification}", _TEXT_CHARS)])


def _table(message: Message) -> list[str]:
    lines: list[str] = []
    shown = 0
    for title, rows in row_groups(message):
        some = rows[: _SHOWN_ROWS - shown]
        shown += len(some)
        lines += [title] if title and some else []
        lines += map(_row, some)
    left = len(message.rows) - shown + message.more
    return [*lines, f"and {left:,} more"] if left > 0 else lines


def _row(row: Row) -> str:
    state = "RESOLVED" if row.status == "resolved" else row.severity.upper()
    subject = printable(row.subject or "the whole cluster", 70)
    return f"{state:<9}{subject}  {row.issue}  x{row.count:,}"


def _buttons(message: Message) -> Iterator[ButtonElement]:
    links = (
        ("Logs", message.links.logs_insights),
        ("Dashboard", message.links.dashboard),
        ("Read more", message.docs),
    )
    for name, link in links:
        if link and len(link) <= _URL_CHARS and link.startswith("https://"):
            yield ButtonElement(text=name, url=link, action_id=name.lower().replace(" ", "-"))


def _plain(text: str, limit: int) -> PlainTextObject:
    return PlainTextObject(text=printable(text, limit) or " ", emoji=False)


def _preformatted(lines: Sequence[str]) -> RichTextBlock:
    text = "\n".join(printable(line) for line in lines)[:_TEXT_CHARS]
    part = RichTextElementParts.Text(text=text or " ")
    return RichTextBlock(elements=[RichTextPreformattedElement(elements=[part])])


def _escaped(text: str) -> str:
    # The notification's own text is mrkdwn: these three characters begin everything in it.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
