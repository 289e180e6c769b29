"""Rows of tables: one cell is the line, another one its time.

Sources: `aws logs` with `--output text` and `--output table`, the consoles' copies, CSV without a
header, logfmt, a lone item of YAML.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Final

from netpolwatch.ingest.loose.model import Offer
from netpolwatch.ingest.loose.moments import moment_of

MAX_CELLS: Final = 10_000
_MAX_TEXT_CHARS: Final = 262_144
_LOGFMT: Final = re.compile(
    r"(?:^|\s)(?P<key>[A-Za-z_@][\w.@-]{0,63})=\"(?P<value>(?:[^\"\\]|\\.){0,8192})\""
)
_LOGFMT_KEYS: Final = frozenset({"msg", "message", "log", "line", "body", "event"})
_TIME: Final = re.compile(r"(?:^|\s)(?:ts|time|timestamp)=\"?(?P<time>[0-9T:.+Z -]{10,40})\"?")
_YAML: Final = re.compile(
    r"(?:- )?[\"']?(?P<key>[A-Za-z_@][\w.@-]{0,63})[\"']?\s?:\s{1,4}(?P<value>.+)", re.DOTALL
)
_ESCAPES: Final = re.compile(r"\\(.)", re.DOTALL)


def offers_of(text: str) -> Iterator[list[Offer]]:
    """Yield the cells of a text, once for each way in which it may be a row."""
    if len(text) > _MAX_TEXT_CHARS:
        return
    if "|" in text:
        yield cells_of(text.split("|"), quoted=True)
    if '"' in text and "," in text:
        yield cells_of(_csv(text), quoted=True)
    if '="' in text:
        yield list(_logfmt(text))
    found = _YAML.fullmatch(text)
    if found:
        yield [Offer(_unquoted(found["value"].strip()))]


def cells_of(cells: Sequence[str], *, quoted: bool = False) -> list[Offer]:
    """Return a row's cells, each with the row's time; none where it is no row.

    `quoted` is whether anybody may have written the row: then a cell may quote a fault's words.
    """
    stripped = [cell.strip() for cell in cells[:MAX_CELLS]]
    times = [time for cell in stripped if (time := moment_of(cell)) is not None]
    # Where there are two, the later column is the event's: the AWS CLI sorts them by name.
    time = times[-1] if times else None
    return (
        [Offer(cell, time, quoted=quoted) for cell in stripped if cell] if len(stripped) > 1 else []
    )


def _csv(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []


def _logfmt(text: str) -> Iterator[Offer]:
    time = _TIME.search(text)
    at_ms = moment_of(time["time"]) if time else None
    for found in _LOGFMT.finditer(text):
        if found["key"] in _LOGFMT_KEYS:
            yield Offer(_ESCAPES.sub(r"\1", found["value"]), at_ms, quoted=True)


def _unquoted(value: str) -> str:
    value = value.removesuffix(",")
    if value[:1] == value[-1:] == "'":
        return value[1:-1].replace("''", "'")
    if value[:1] == value[-1:] == '"':
        return _ESCAPES.sub(r"\1", value[1:-1])
    return value
