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

_ENDS_WRITTEN = 4
"""Two addresses and two ports."""

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
    keys
        The lines' tuples as the agent wrote them (see `verdicts.window.keys`).
    times
        ms since 1970 (UTC): the lines' own, else their events'.
    written
        The lines' own times, as written; empty where the form has none.
    """

    first: Flow
    events: list[LogEvent]
    keys: Sequence[str]
    times: Sequence[int | None]
    written: Sequence[str] = ()

    @classmethod
    def published(cls, first: Flow, events: list[LogEvent], keys: list[str]) -> "Group":
        """Make a group of CloudWatch lines."""
        return cls(first, events, keys, [event.timestamp for event in events])

    @classmethod
    def filed(
        cls, first: Flow, events: list[LogEvent], tail_chars: int, time_at: int | None
    ) -> "Group":
        """Make a group of lines of node files.

        `tail_chars` is the length of what all of them end with alike, from the separator before
        the protocol on; `time_at` is where their own time stands (24 characters, UTC).
        """
        messages = [event.message for event in events]
        keys = OnDemand(len(messages), lambda: _filed_keys(first.form, messages, tail_chars))
        if time_at is None:
            return cls(first, events, keys, [event.timestamp for event in events])
        end = time_at + _TIME_CHARS
        written = [message[time_at:end] for message in messages]
        return cls(first, events, keys, OnDemand(len(messages), lambda: _times(written)), written)

    def ends(self) -> Ends | None:
        """Cut the ends out of every line, in order; `None` where one lacks an end that can be."""
        if self.first.form == "cloudwatch":
            columns = _columns(self.keys)
        else:
            columns = _found(self.first.form, [event.message for event in self.events])
        if columns is None or any("" in column for column in columns):
            return None
        sources, source_ports, destinations, destination_ports = columns
        try:
            ports = list(map(int, source_ports)), list(map(int, destination_ports))
        except ValueError:
            # A dot may stand in a port as it does in an address.
            return None
        return Ends(sources, ports[0], destinations, ports[1])

    @property
    def is_timed(self) -> bool:
        """Whether every line has a time: its own, or its event's."""
        return bool(self.written) or None not in self.times


def _times(written: Sequence[str]) -> list[int | None]:
    minutes = _Minutes()
    try:
        return [
            minutes[time[:_MINUTE_CHARS]] + _SECONDS[time[16:20]] + _MILLIS[time[20:]]
            for time in written
        ]
    except KeyError:
        # One that only looks like a time: each is read as a line alone is.
        return [milliseconds(time) for time in written]


def _found(form: Form, messages: Sequence[str]) -> list[Sequence[str]] | None:
    found = _ENDS[form].findall("\n".join(messages))
    return list(zip(*found, strict=True)) if len(found) == len(messages) else None


def _filed_keys(form: Form, messages: Sequence[str], tail_chars: int) -> list[str]:
    if form == "file-kv":
        return [
            f"{source} Src Port: {source_port} Dest IP: {destination} Dest Port: {port}"
            for source, source_port, destination, port in zip(
                *(_found(form, messages) or ()), strict=True
            )
        ]
    mark = _FIRST_ADDRESS
    return [message[message.index(mark) + len(mark) : -tail_chars] for message in messages]


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


def _columns(keys: Sequence[str]) -> list[Sequence[str]] | None:
    # Of a tuple only digits, dots and its own separators are kept: then it is a row.
    kept = ";".join(keys).encode().translate(None, _NOT_IN_ENDS).decode().split(";")
    if len(kept) != _ENDS_WRITTEN * len(keys):
        return None
    return [kept[column::_ENDS_WRITTEN] for column in range(_ENDS_WRITTEN)]


def minutes_of(written: Sequence[str]) -> dict[int, int]:
    """Count written times by minute (ms since 1970, UTC)."""
    counted = Counter([time[:_MINUTE_CHARS] for time in written])
    return {(milliseconds(f"{minute}:00Z") or 0): count for minute, count in counted.items()}
