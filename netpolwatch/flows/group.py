"""Lines of flows that differ in their addresses, ports and times only, read by the column."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar, overload

from netpolwatch.flows.model import Flow, Form
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.timestamps import milliseconds

_TIME_CHARS = 24
_MINUTE_CHARS = 16
_SECONDS = {f":{second:02}.": 1000 * second for second in range(60)}
_MILLIS = {f"{milli:03}Z": milli for milli in range(1000)}
"""What follows the minute in `2026-01-10T10:05:00.051Z`: to look it up is to check it."""

_FIRST_ADDRESS: Final = "Src IP: "

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

_T = TypeVar("_T")


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
    tail_chars
        Length of what all lines end with alike, from the separator before the protocol on.
    time_at
        Where the lines say their own time (24 characters, UTC); `None` where the form has none.
    """

    first: Flow
    events: list[LogEvent]
    tail_chars: int
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

    @property
    def is_timed(self) -> bool:
        """Whether every line has a time: its own, or its event's."""
        return self.time_at is not None or all(event.timestamp is not None for event in self.events)

    def times(self) -> "Sequence[int | None]":
        """Give the lines' times (ms since 1970, UTC), in order: their own, else their events'."""
        if self.time_at is None:
            return [event.timestamp for event in self.events]
        return OnDemand(len(self.events), self._own_times)

    def _own_times(self) -> list[int | None]:
        written, minutes = self.written_times(), _Minutes()
        try:
            return [
                minutes[time[:_MINUTE_CHARS]] + _SECONDS[time[16:20]] + _MILLIS[time[20:]]
                for time in written
            ]
        except KeyError:
            # One that only looks like a time: each is read as a line alone is.
            return [milliseconds(time) for time in written]

    def written_times(self) -> list[str]:
        """Cut the lines' own times out, in order; none where the form has none."""
        if self.time_at is None:
            return []
        start, end = self.time_at, self.time_at + _TIME_CHARS
        return [event.message[start:end] for event in self.events]

    def keys(self) -> Sequence[str]:
        """Name the lines' tuples as the agent wrote them (see `verdicts.window.keys`)."""
        return OnDemand(len(self.events), self._keys)

    def _keys(self) -> list[str]:
        messages = [event.message for event in self.events]
        if self.first.form == "cloudwatch":
            start = messages[0].index(";SIP: ") + len(";SIP: ")
            return [message[start : -self.tail_chars] for message in messages]
        if self.first.form == "file-kv":
            ends = self.ends()
            return [] if ends is None else [
                f"{source} Src Port: {source_port} Dest IP: {destination} Dest Port: {port}"
                for source, source_port, destination, port in zip(*ends, strict=True)
            ]  # fmt: skip
        mark = _FIRST_ADDRESS
        return [message[message.index(mark) + len(mark) : -self.tail_chars] for message in messages]


class OnDemand(Sequence[_T]):
    """A column that is made when somebody looks at it; most columns are never looked at."""

    __slots__ = ("_made", "_make", "_size")

    def __init__(self, size: int, make: Callable[[], list[_T]]) -> None:
        self._size, self._make = size, make
        self._made: list[_T] | None = None

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> list[_T]: ...
    def __getitem__(self, at: int | slice) -> _T | list[_T]:
        return self._column()[at]

    def __iter__(self) -> Iterator[_T]:
        return iter(self._column())

    def _column(self) -> list[_T]:
        if self._made is None:
            self._made = self._make()
        return self._made


class _Minutes(dict[str, int]):
    """Minutes as written, to ms since 1970: a log says each of them a thousand times."""

    def __missing__(self, minute: str) -> int:
        moment = milliseconds(f"{minute}:00Z")
        if moment is None:
            raise KeyError(minute)
        self[minute] = moment
        return moment


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
