"""JSON records of shippers and query tools: any of their strings, or objects, may be the line."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec

from netpolwatch.ingest.exports.elements import as_text
from netpolwatch.ingest.lenient import read_object, without_surrogates
from netpolwatch.ingest.loose.beside import facts_beside, flattened, time_beside
from netpolwatch.ingest.loose.model import Offer
from netpolwatch.ingest.loose.moments import moment_of

MAX_DEPTH: Final = 8
MAX_PARTS: Final = 50_000
_MAX_LINES: Final = 10_000

_LINE_KEYS: Final = frozenset({
    "message", "@message", "log", "line", "_raw", "raw", "event", "body", "stringvalue", "msg",
    "short_message", "full_message", "content", "text", "textpayload", "original", "log_processed",
    "data", "standardoutputcontent", "cloudtrailevent", "_line", "logmessage", "value", "payload",
})  # fmt: skip
"""Where a record has its line; another string may quote one."""

_OWN_KEYS: Final = frozenset({"logger", "caller", "lvl", "thread"})
"""Beside a message, they make a record an application's own line."""

_RUBY: Final = re.compile(r'"\s?=>\s?')
_WORDS: Final = {"None": "null", "True": "true", "False": "false"}
_PYTHON: Final = re.compile(r"\b(?:None|True|False)\b")
_any = msgspec.json.Decoder()


def _of_python(text: str) -> str:
    """Return what Python prints of plain values as JSON, if no text in it holds a quote."""
    if '"' in text or "'" not in text:
        return text
    return _PYTHON.sub(lambda found: _WORDS[found[0]], text.replace("'", '"'))


def value_of(text: str) -> object:
    """Return the JSON value that a text is, also as Ruby prints it; `None` for any other text."""
    if not text.startswith(("{", "[")):
        return None
    for candidate in (text, _RUBY.sub('":', text), _of_python(text)):
        try:
            return _any.decode(candidate)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            continue
    return _lenient(text) if text.startswith("{") else None


def _lenient(text: str) -> object:
    """Return an object that the strict decoder refuses, without what no text can hold."""
    value = read_object(text.encode("utf-8", "replace"))
    try:
        return _any.decode(without_surrogates(as_text(value))) if value is not None else None
    except (msgspec.DecodeError, RecursionError):
        return None


class _Part(NamedTuple):
    """A value within the record, and what is known of it."""

    value: object
    around: Mapping[str, Any]
    record: int
    quoted: bool = False
    depth: int = 0


def offers_of(value: object, may_hold: Callable[[str], bool]) -> Iterator[Offer]:
    """Yield the texts within a JSON value that may hold a line, with what is said of each.

    An object comes as text before what it is made of. Bounded in depth and number.
    """
    strings, records = count(1), count(1)
    waiting = [_Part(value, {}, 0)]
    while waiting:
        part = waiting.pop()
        string = next(strings)
        if string > MAX_PARTS:
            return
        inner = part.value
        if isinstance(inner, str) and may_hold(inner):
            yield from _of_string(inner, part, string)
        elif part.depth < MAX_DEPTH and isinstance(inner, dict):
            if part.depth:
                yield _of_object(inner, part, string)
            waiting.extend(reversed(list(_of_keys(inner, part))))
        elif part.depth < MAX_DEPTH and isinstance(inner, list):
            waiting.extend(reversed(_of_list(inner, part, records)))


def _of_keys(record: dict[str, Any], part: _Part) -> Iterator[_Part]:
    scalars = {**part.around, **flattened(record)}
    own = not _OWN_KEYS.isdisjoint(record) or isinstance(record.get("level"), str)
    for key, inner in record.items():
        if isinstance(inner, dict | list):
            yield _Part(inner, scalars, part.record, own, part.depth + 1)
        elif isinstance(inner, str):
            quoted = own or key.lower() not in _LINE_KEYS
            yield _Part(inner, scalars, part.record, quoted, part.depth + 1)


def _of_list(row: list[Any], part: _Part, records: Iterator[int]) -> list[_Part]:
    """Return a list's parts, each a record; in a row of a time and a text it is the text's time."""
    time = next((each for each in row[:2] if moment_of(each) is not None), None)
    scalars = part.around if time is None else {**part.around, "@timestamp": time}
    return [
        _Part(each, scalars, next(records), part.quoted, part.depth + 1) for each in row[:MAX_PARTS]
    ]


def _of_string(text: str, part: _Part, string: int) -> Iterator[Offer]:
    facts, time = facts_beside(part.around), time_beside(part.around)
    for line in text.strip().split("\n")[:_MAX_LINES]:
        if line.strip():
            yield Offer(line.strip(), time, facts, part.quoted, part.record, string)


def _of_object(record: dict[str, Any], part: _Part, string: int) -> Offer:
    text = msgspec.json.encode(record).decode()
    facts, time = facts_beside(part.around), time_beside(part.around)
    return Offer(text, time, facts, part.quoted, part.record, string, opens=False)
