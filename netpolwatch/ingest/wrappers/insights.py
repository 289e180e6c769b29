"""Logs Insights: a result's fields are named with an `@`, and a table has blanks after each `;`."""

import re

from netpolwatch.ingest.events import MAX_NAME_CHARS
from netpolwatch.ingest.lenient import without_surrogates
from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.prefix import without_time
from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Peeled

MESSAGE, TIMESTAMP, STREAM, GROUP = "@message", "@timestamp", "@logStream", "@log"
_ACCOUNT = re.compile(r"\d{12}:")


def peel(fields: Fields) -> Peeled | None:
    """Take the message out of a result that was exported as JSON; `None` for anything else."""
    if MESSAGE not in fields or not all(key.startswith("@") for key in fields):
        return None
    text = json_text.text_of(fields, MESSAGE)
    if text is None:
        return None
    time = json_text.time_of(json_text.value_of(fields, TIMESTAMP))
    stream = log_name(json_text.value_of(fields, STREAM))
    origin = origin_of(log_group(json_text.value_of(fields, GROUP)), stream)
    return Peeled(text, time, facts.of_stream(origin))


def peel_row(text: str) -> Peeled | None:
    """Take the message out of a row of the console's table: `| time | message |`."""
    cells = text.strip("| \t\r\n").split("|", 1)
    if len(cells) == 1:
        return None
    copied = without_time(f"{cells[0].strip()} |")
    return None if copied.timestamp is None else Peeled(cells[1].strip(), copied.timestamp)


def peel_blanks(text: str) -> Peeled | None:
    """Take the blanks out of a flow line that a table was made of; `None` for any other line."""
    if not text.startswith("Node: ") or "; SIP: " not in text:
        return None
    return Peeled(text.replace("; ", ";"))


def log_group(value: object) -> str:
    """Read the name of a log group, which Logs Insights writes after its account's id."""
    return log_name(_ACCOUNT.sub("", value, count=1) if isinstance(value, str) else value)


def log_name(value: object) -> str:
    """Accept the name of a group or a stream; empty for any other value."""
    return without_surrogates(value[:MAX_NAME_CHARS]) if isinstance(value, str) else ""
