"""A JSON object in a text: its own keys, with their values as they are written.

Values are not decoded before they are asked for: an object within costs nothing, and comes out
as the very text that was written.
"""

import json
from typing import Any

import msgspec

from netpolwatch.ingest.lenient import read_object, without_surrogates
from netpolwatch.ingest.timestamps import milliseconds

Fields = dict[str, msgspec.Raw]

_MAX_SECONDS = 253_402_300_799
"""The end of the year 9999; what is larger is in ms."""

_decoder = msgspec.json.Decoder(Fields)
_any = msgspec.json.Decoder()
_text = msgspec.json.Decoder(str)
_FAULTS = (msgspec.DecodeError, RecursionError, UnicodeError)


def fields_of(text: str) -> Fields | None:
    """Read the keys of a text that is one JSON object, and nothing else; else `None`."""
    try:
        return _decoder.decode(text)
    except _FAULTS:
        lenient = read_object(text.encode("utf-8", "replace"))
    if lenient is None:
        return None
    return {without_surrogates(key): _written(value) for key, value in lenient.items()}


def string_of(text: str) -> str | None:
    """Read a text that is one JSON string; else `None`."""
    try:
        return _text.decode(text)
    except _FAULTS:
        wrapped = read_object(b'{"text":' + text.encode("utf-8", "replace") + b"}")
    value = wrapped.get("text") if wrapped and len(wrapped) == 1 else None
    return without_surrogates(value) if isinstance(value, str) else None


def value_of(fields: Fields, key: str) -> object:
    """Decode the value of one key; `None` where there is none or it cannot be decoded."""
    raw = fields.get(key)
    if raw is None:
        return None
    try:
        return _any.decode(raw)
    except _FAULTS:
        return None


def text_of(fields: Fields, key: str) -> str | None:
    """Take a text, or an object as it is written; `None` for any other value.

    The line end that Docker leaves at the end of a text is taken off.
    """
    raw = bytes(fields.get(key, b""))
    if raw.startswith(b"{"):
        return raw.decode("utf-8", "replace")
    value = value_of(fields, key) if raw.startswith(b'"') else None
    return value.rstrip("\r\n") if isinstance(value, str) else None


def object_of(raw: bytes) -> dict[str, Any] | None:
    """Decode an object; `None` for any other value."""
    try:
        value = _any.decode(raw)
    except _FAULTS:
        return None
    return value if isinstance(value, dict) else None


def time_of(value: object) -> int | None:
    """Read a time as ms since 1970 (UTC): ISO 8601, seconds or ms; `None` for anything else."""
    if isinstance(value, str):
        return milliseconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN fails both comparisons.
    if 0 < value <= _MAX_SECONDS:
        return int(value * 1000)
    return int(value) if _MAX_SECONDS < value <= _MAX_SECONDS * 1000 else None


def written(fields: Fields) -> str:
    """Write fields as a JSON object."""
    return msgspec.json.encode(fields).decode("utf-8", "replace")


def _written(value: object) -> msgspec.Raw:
    text = without_surrogates(json.dumps(value, ensure_ascii=False))
    return msgspec.Raw(text.encode())
