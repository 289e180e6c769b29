"""Flow lines of one stream by the hundred: read once, compared with one another.

Lines that end alike (protocol, verdict, tier) are one group. A group's first line is read by its
grammar; the others are flows of the same kind if nothing is left of them, without their digits and
dots, that is not left of the first. That is decided for the whole group at once, at memory speed;
a group in which one line differs is not taken, and its lines are read one by one. The ends of a
DENY are then read in full; those of an ACCEPT are only counted, so that one with an impossible
address counts, too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from netpolwatch.flows import cloudwatch
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow, Form
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.ingest.wrappers.unwrap import may_be_wrapped

_MAX_LINE_CHARS = 600
_SMALL = 3
"""A group of fewer lines is read faster line by line."""

_PROBED = 50
"""Other events looked at before a further form is tried on all of them."""

_VARYING = b"0123456789."
_SEPARATORS = (cloudwatch.MARK, " Proto", '"Proto"')
_TIME = re.compile(r'"(?:ts|timestamp)": ?"(?=[0-9T:.-]{23}Z")')
_TIME_CHARS = 24
_MINUTE_CHARS = 16


_SENTENCE = re.compile(r"Src IP: ([^ ]+) Src Port: ([0-9]+) Dest IP: ([^ ]+) Dest Port: ([0-9]+) ")
_ENDS: dict[Form, re.Pattern[str]] = {
    "file-kv": re.compile(
        r'"Src IP": ?"([^"]+)", ?"Src Port": ?([0-9]+)'
        r', ?"Dest IP": ?"([^"]+)", ?"Dest Port": ?([0-9]+)'
    ),
    "file-sentence-v4": _SENTENCE,
    "file-sentence-v6": _SENTENCE,
}

_NOT_IN_ENDS = bytes(set(range(256)) - set(b"0123456789.;"))


class Ends(NamedTuple):
    """The ends of a group's lines, a column each, addresses as written."""

    sources: Sequence[str]
    source_ports: Sequence[int]
    destinations: Sequence[str]
    destination_ports: Sequence[int]


class Group(NamedTuple):
    """Lines that differ in their addresses, ports and times only.

    Attributes
    ----------
    first
        The first line, read.
    events
        All lines, the first among them.
    time_at
        Where the lines say their own time (24 characters, UTC); `None` where the form has none.
    """

    first: Flow
    events: list[LogEvent]
    time_at: int | None

    def ends(self) -> Ends | None:
        """Cut the ends out of every line, in order; `None` where one of them lacks an end."""
        messages = [event.message for event in self.events]
        columns = _columns(messages) if self.first.form == "cloudwatch" else self._found(messages)
        if columns is None or any("" in column for column in columns):
            return None
        sources, source_ports, destinations, destination_ports = columns
        return Ends(
            sources, list(map(int, source_ports)), destinations, list(map(int, destination_ports))
        )

    def _found(self, messages: Sequence[str]) -> list[Sequence[str]] | None:
        found = _ENDS[self.first.form].findall("\n".join(messages))
        return list(zip(*found, strict=True)) if len(found) == len(messages) else None

    def written_times(self) -> list[str]:
        """Cut the lines' own times out, in order; none where the form has none."""
        if self.time_at is None:
            return []
        start, end = self.time_at, self.time_at + _TIME_CHARS
        return [event.message[start:end] for event in self.events]


def _columns(messages: Sequence[str]) -> list[Sequence[str]] | None:
    # Of a CloudWatch line only digits, dots and its own separators are kept: then it is a row.
    kept = ";".join(messages).encode().translate(None, _NOT_IN_ENDS).decode().split(";")
    width = messages[0].count(";") + 1
    if len(kept) != width * len(messages):
        return None
    return [kept[column::width] for column in (1, 2, 3, 4)]


def minutes_of(written: Sequence[str]) -> dict[int, int]:
    """Count written times by minute (ms since 1970, UTC)."""
    counted = Counter([time[:_MINUTE_CHARS] for time in written])
    return {(milliseconds(f"{minute}:00Z") or 0): count for minute, count in counted.items()}


def take_groups(events: Sequence[LogEvent]) -> tuple[list[Group], list[LogEvent]]:
    """Take the groups of flows out of a stream's events; returns them and the other events."""
    groups: list[Group] = []
    for separator in _SEPARATORS:
        by_tail, others = _by_tail(events, separator)
        for alike in by_tail.values():
            group = _group(alike)
            if group is None:
                others.extend(alike)
            else:
                groups.append(group)
        events = others
        if not events or not any("Flow Info:" in event.message for event in events[:_PROBED]):
            break
    return groups, list(events)


def _by_tail(
    events: Sequence[LogEvent], separator: str
) -> tuple[dict[str, list[LogEvent]], list[LogEvent]]:
    by_tail: defaultdict[str, list[LogEvent]] = defaultdict(list)
    others: list[LogEvent] = []
    for event in events:
        _, found, tail = event.message.rpartition(separator)
        if found:
            by_tail[tail].append(event)
        else:
            others.append(event)
    return by_tail, others


def _group(events: list[LogEvent]) -> Group | None:
    if len(events) < _SMALL or may_be_wrapped(events[0].message):
        return None
    messages = [event.message for event in events]
    first = parse_flow(messages[0])
    if first is None or not _is_plain(first) or not _alike(first, messages):
        return None
    if first.timestamp is None:
        return Group(first, events, None)
    time = _TIME.search(messages[0])
    # A time in another zone than UTC is left to the grammars.
    return Group(first, events, time.end()) if time else None


def _is_plain(flow: Flow) -> bool:
    # IPv6 has letters and colons, which are also a line's own: those are read one by one.
    addresses = flow.source_ip, flow.destination_ip
    return all(address is not None and ":" not in address for address in addresses)


def _alike(first: Flow, messages: list[str]) -> bool:
    if len(max(messages, key=len)) > _MAX_LINE_CHARS:
        return False
    text = "\n".join(messages)
    if not text.isascii() or not _same_node(first, messages[0], text, len(messages)):
        return False
    lines = text.encode() + b"\n"
    shape = messages[0].encode().translate(None, _VARYING) + b"\n"
    return lines.translate(None, _VARYING) == shape * len(messages)


def _same_node(first: Flow, message: str, text: str, count: int) -> bool:
    if first.form != "cloudwatch":
        return True
    node = message[: message.index(";SIP: ") + 1]
    return text.count(f"\n{node}") == count - 1
