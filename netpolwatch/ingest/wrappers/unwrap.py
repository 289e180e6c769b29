"""Wrappers come off a line until none is left."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from netpolwatch.ingest.events import MAX_MESSAGE_CHARS, LogEvent
from netpolwatch.ingest.origin import CONTROL_PLANE, Origin
from netpolwatch.ingest.wrappers import (
    container_insights,
    cri,
    escaped,
    fluent_bit,
    insights,
    json_text,
    log_event,
    node_file,
    objects,
    opentelemetry,
    printed,
    vector,
)
from netpolwatch.ingest.wrappers.facts import merged, refined
from netpolwatch.ingest.wrappers.model import NO_FACTS, Facts, Part, Peeled, Unwrapped

MAX_DEPTH: Final = 8
"""Wrappers around one line: an export of a shipper's record of a runtime's piece is three."""

MAX_LINES: Final = 10_000
"""Lines taken from one event: 1 MB of the shortest flow lines is fewer."""

_BLANKS = " \t\r\n\ufeff"
_DIGITS = "0123456789"
_OPENERS = frozenset(f'{{"[|\u2502akN \t\r\n\ufeff{_DIGITS}')
"""What a wrapped text can begin with."""

_ESCAPED = "{\\"
_OWN_JSON = '{"level":'
_OWN_LAST = ('"msg":', '"Verdict":')
_AUDIT = '{"kind":"Event","apiVersion":"audit.k8s.io/'

_FIELD_PEELERS: tuple[Callable[[json_text.Fields], Peeled | None], ...] = (
    insights.peel,
    log_event.peel,
    vector.peel,
    fluent_bit.peel,
    container_insights.peel_systemd,
    container_insights.peel_host,
    opentelemetry.peel,
    node_file.peel,
)


class _Layer(NamedTuple):
    text: str
    timestamp: int | None
    facts: Facts = NO_FACTS
    part: Part | None = None
    depth: int = 0

    def around(self, inner: Peeled) -> "_Layer":
        timestamp = self.timestamp if inner.timestamp is None else inner.timestamp
        facts = merged(self.facts, inner.facts)
        return _Layer(inner.text, timestamp, facts, self.part or inner.part, self.depth + 1)


def unwrap(event: LogEvent, origin: Origin) -> Sequence[Unwrapped]:
    """Take every wrapper off an event: at least one line, in their order in the text.

    Several only where several JSON objects stand on one line. An event that is not wrapped comes
    back as it is. Pure; never raises; the work is linear in the length of the text.
    """
    text = event.message
    if may_open_wrapper(text) and origin.component not in CONTROL_PLANE:
        return _unwrapped(_Layer(text, event.timestamp), origin)
    return (Unwrapped(text, event.timestamp, origin),)


def unwrap_joined(first: Unwrapped, text: str) -> Sequence[Unwrapped]:
    """Look into a line whose first piece was unwrapped, with all that its wrappers said."""
    component = first.origin.component
    facts = Facts(first.pod, first.namespace, first.container, first.host, component)
    return _unwrapped(_Layer(text, first.timestamp, facts), first.origin)


def may_open_wrapper(text: str) -> bool:
    """Tell cheaply that nothing wraps a text, whatever it begins with."""
    return text[:1] in _OPENERS and may_be_wrapped(text)


def may_be_wrapped(text: str) -> bool:
    """Tell cheaply, and without decoding, that a text has no wrapper around it."""
    if text.startswith("Node: "):
        return "; SIP: " in text
    if not text.startswith("{"):
        return True
    # The agent's own keys come first, and no object is within: a shipper adds behind them.
    if text.startswith(_OWN_JSON) and text.find("{", 1) < 0:
        own = text.startswith(_OWN_LAST, text.rfind('","') + 2)
        return not own and ('"host' in text or '"node' in text or '"log"' in text)
    if text.startswith(_AUDIT):
        return False
    return _has_mark(text) or text.startswith(_ESCAPED) or objects.has_seam(text)


def _has_mark(text: str) -> bool:
    # A wrapper has one of these keys: `message` and `@message` end alike. Not a loop: this stands
    # before every line that is JSON.
    return (
        '"log"' in text
        or '"kubernetes"' in text
        or 'essage"' in text
        or '"log_processed"' in text
        or '"host' in text
        or '"MESSAGE"' in text
        or '"body"' in text
    )


def _unwrapped(outermost: _Layer, origin: Origin) -> list[Unwrapped]:
    waiting, found = [outermost], list[Unwrapped]()
    while waiting:
        layer = waiting.pop()
        inner = _inside(layer, MAX_LINES - len(found) - len(waiting))
        if inner:
            waiting.extend(layer.around(peeled) for peeled in reversed(inner))
        else:
            found.append(_line(layer, origin))
    return found


def _inside(layer: _Layer, room: int) -> Sequence[Peeled]:
    if layer.depth >= MAX_DEPTH or len(layer.text) > MAX_MESSAGE_CHARS:
        return ()
    # A piece of a line is no text that could be looked into.
    if layer.part is not None and layer.part.more:
        return ()
    return _peel(layer.text, room)


def may_hold_wrapper(text: str) -> bool:
    """Tell cheaply that nothing within a wrapper wraps a text once more."""
    return may_open_wrapper(text.lstrip(_BLANKS))


def _peel(text: str, room: int) -> Sequence[Peeled]:
    text = text.lstrip(_BLANKS)
    if not may_open_wrapper(text):
        return ()
    if text.startswith("{") and not text.startswith(_ESCAPED):
        return _peel_json(text.rstrip(), room)
    found = _peel_text(text)
    return () if found is None else (found,)


def _peel_json(text: str, room: int) -> Sequence[Peeled]:
    fields = json_text.fields_of(text)
    if fields is None:
        return [Peeled(piece) for piece in objects.split(text, room)]
    for peel in _FIELD_PEELERS:
        found = peel(fields)
        if found is not None:
            return (found,)
    return ()


def _peel_text(text: str) -> Peeled | None:
    first = text[:1]
    if first in _DIGITS:
        return cri.peel(text) or printed.peel_tail(text) or printed.peel_time(text)
    if first == "N":
        return insights.peel_blanks(text)
    if first == "|":
        return insights.peel_row(text)
    return escaped.peel(text.rstrip()) if first in '"{' else printed.peel_container(text)


def _line(layer: _Layer, origin: Origin) -> Unwrapped:
    text, timestamp, facts, part, _ = layer
    return Unwrapped(
        text,
        timestamp,
        refined(origin, facts),
        facts.pod,
        facts.namespace,
        facts.container,
        facts.host,
        part,
    )
