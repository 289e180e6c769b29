"""A damaged envelope gives up the events that can still be read.

Slow and forgiving, for what the typed decoder refused: an event without a message, a timestamp
that is no number, invalid UTF-8, raw control characters, JSON that breaks off.
"""

import json
from typing import Any, NamedTuple

_EVENTS_KEY = '"logEvents"'
_decoder = json.JSONDecoder(strict=False)


class NothingToSalvageError(ValueError):
    """The data is not even the beginning of an envelope."""


class Salvaged(NamedTuple):
    """What could be read.

    Attributes
    ----------
    fields
        The envelope's own fields, without `logEvents`.
    events
        Objects that have a message; `timestamp` is an integer or `None`.
    unparsed
        Elements that are no events.
    broken_off
        The list of events does not end.
    """

    fields: dict[str, Any]
    events: list[dict[str, Any]]
    unparsed: int
    broken_off: bool


def salvage(data: bytes) -> Salvaged:
    """Read what is left of an envelope; raises `NothingToSalvageError`."""
    text = data.decode("utf-8", "replace")
    try:
        return _from_whole(_decoder.decode(text))
    except RecursionError:
        raise NothingToSalvageError("nested too deeply") from None
    except json.JSONDecodeError as error:
        return _from_pieces(text, error)


def _from_whole(envelope: object) -> Salvaged:
    if not isinstance(envelope, dict) or not isinstance(envelope.get("logEvents"), list):
        raise NothingToSalvageError("no list of logEvents")
    elements = envelope.pop("logEvents")
    events = [event for element in elements if (event := _event(element)) is not None]
    return Salvaged(_clean_fields(envelope), events, len(elements) - len(events), broken_off=False)


def _from_pieces(text: str, error: json.JSONDecodeError) -> Salvaged:
    at = text.find(_EVENTS_KEY)
    start = text.find("[", at)
    if at < 0 or start < 0:
        raise NothingToSalvageError(f"not JSON: {error.msg}")
    try:
        fields = _decoder.decode(text[:at].rstrip().removesuffix(",") + "}")
    except (json.JSONDecodeError, RecursionError):
        raise NothingToSalvageError(f"not JSON: {error.msg}") from None
    events, unparsed = _elements(text, start + 1)
    return Salvaged(_clean_fields(fields), events, unparsed, broken_off=True)


def _elements(text: str, position: int) -> tuple[list[dict[str, Any]], int]:
    events: list[dict[str, Any]] = []
    unparsed = 0
    while True:
        position = _skip(text, position)
        try:
            element, position = _decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            return events, unparsed
        event = _event(element)
        if event is None:
            unparsed += 1
        else:
            events.append(event)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in ", \t\r\n":
        position += 1
    return position


def _event(element: object) -> dict[str, Any] | None:
    if not isinstance(element, dict) or not isinstance(element.get("message"), str):
        return None
    identity, timestamp = element.get("id"), element.get("timestamp")
    return {
        "message": without_surrogates(element["message"]),
        "id": without_surrogates(identity) if isinstance(identity, str) else "",
        "timestamp": timestamp if type(timestamp) is int and abs(timestamp) < 2**53 else None,
    }


def _clean_fields(envelope: dict[str, Any]) -> dict[str, Any]:
    return {
        key: without_surrogates(value)
        for key, value in envelope.items()
        if isinstance(value, str) and key.isascii()
    }


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which JSON can spell and UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode("utf-8")
