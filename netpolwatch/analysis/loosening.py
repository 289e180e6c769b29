"""Lines that say nothing as they stand are looked into: for whoever names the file on a laptop.

A text is taken for a line where it is a verdict of a known form, an audit event, or the words of a
known fault; else what it may hold is tried, a layer at a time, within a bounded number of tries.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.loose import cells, copies, records
from netpolwatch.ingest.loose.model import Offer
from netpolwatch.ingest.origin import APPLICATION, CONTROL_PLANE, Origin
from netpolwatch.ingest.wrappers.facts import merged, refined
from netpolwatch.ingest.wrappers.model import Facts, Unwrapped
from netpolwatch.ingest.wrappers.unwrap import unwrap
from netpolwatch.kubernetes.audit.event import is_audit_event

_MAX_DEPTH: Final = 6
_MAX_TRIES: Final = 400
_MAX_LINES: Final = 10_000


class _Layer(NamedTuple):
    text: str
    timestamp: int | None
    facts: Facts
    quoted: bool = False
    depth: int = 0
    opens: bool = True

    def around(self, offer: Offer) -> "_Layer":
        timestamp = self.timestamp if offer.timestamp is None else offer.timestamp
        facts = merged(self.facts, offer.facts)
        quoted = self.quoted or offer.quoted
        return _Layer(offer.text, timestamp, facts, quoted, self.depth + 1, offer.opens)


class Loosener:
    """Looks into lines that say nothing as they stand."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._tries = 0

    def lines(self, line: Unwrapped) -> Sequence[Unwrapped]:
        """Return what a line holds: itself, where nothing better is found."""
        component = line.origin.component
        if component == APPLICATION or component in CONTROL_PLANE or line.part is not None:
            return (line,)
        if not self._may_hold(line.text) or self._says_something(line.text, component):
            return (line,)
        self._tries = _MAX_TRIES
        facts = Facts(line.pod, line.namespace, line.container, line.host, component)
        found = self._inside(_Layer(line.text, line.timestamp, facts), line.origin)
        return [_line(layer, line.origin) for layer in found[:_MAX_LINES]] or (line,)

    def _may_hold(self, text: str) -> bool:
        """Return whether an anchor stands in a text, be it escaped."""
        if self._matcher.anchors_in(text):
            return True
        return "\\" in text and bool(self._matcher.anchors_in(text.replace("\\", "")))

    def _inside(self, layer: _Layer, origin: Origin) -> list[_Layer]:
        for offers in self._offers(layer, origin):
            found: list[_Layer] = []
            strings: dict[int, int] = {}
            for offer in offers:
                # A record that tells its line twice is one line.
                if strings.get(offer.record, offer.string) != offer.string:
                    continue
                inner = layer.around(offer)
                if inner.text != layer.text and self._may_hold(inner.text):
                    lines = self._read(inner, origin)
                    strings.update({offer.record: offer.string} if lines else {})
                    found.extend(lines)
                if len(found) >= _MAX_LINES:
                    break
            if found:
                return found
        return []

    def _read(self, layer: _Layer, origin: Origin) -> list[_Layer]:
        if self._tries <= 0:
            return []
        component = refined(origin, layer.facts).component
        if self._is_line(layer.text, component, quoted=layer.quoted):
            # What is found may be one of many: only what is not costs tries.
            return [layer]
        self._tries -= 1
        return self._inside(layer, origin) if layer.opens and layer.depth < _MAX_DEPTH else []

    def _is_line(self, text: str, component: str | None, *, quoted: bool) -> bool:
        if parse_flow(text) is not None:
            return True
        if quoted and not text.startswith("{"):
            return False
        return self._says_something(text, component)

    def _says_something(self, text: str, component: str | None) -> bool:
        return (
            parse_flow(text) is not None
            or is_audit_event(text)
            or bool(self._matcher.match_text(text, component))
        )

    def _offers(self, layer: _Layer, origin: Origin) -> Iterator[Iterable[Offer]]:
        text = copies.cleaned(layer.text).strip()
        if text != layer.text:
            yield [Offer(text)]
        if "\t" in text:
            yield cells.cells_of(text.split("\t"))
        value = records.value_of(text)
        if value is not None:
            if layer.depth:
                yield _unwrapped(text, origin)
            yield records.offers_of(value, self._may_hold)
        yield from ([offer] for offer in copies.offers_of(text))
        if layer.depth and value is None:
            yield _unwrapped(text, origin)
        yield from cells.offers_of(text)


def _unwrapped(text: str, origin: Origin) -> list[Offer]:
    """Return what the wrappers that we know hold."""
    lines = unwrap(LogEvent(text), origin)
    return [
        Offer(
            line.text,
            line.timestamp,
            Facts(line.pod, line.namespace, line.container, line.host, line.origin.component),
        )
        for line in lines
        if line.text != text
    ]


def _line(layer: _Layer, origin: Origin) -> Unwrapped:
    facts = layer.facts
    return Unwrapped(
        layer.text,
        layer.timestamp,
        refined(origin, facts),
        facts.pod,
        facts.namespace,
        facts.container,
        facts.host,
    )
