"""A Go panic told line by line: the frames that follow decide whose panic it is."""

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import AGENT_HABITS
from netpolwatch.ingest.prefix import without_printed
from netpolwatch.ingest.record import Record

MAX_TRACE_LINES = 100
_MAX_TRACE_CHARS = 32_768
_MAX_OPEN = 64
"""Streams whose panics are read side by side."""

_MAX_HELD = 2000
"""Records held back while traces are open."""

_MAX_GAP_MS = 10_000
"""A crash is written at once: what comes later belongs to the next process."""

_PANIC = "panic: "
_RECOVERED = "[recovered"
_FRAME = re.compile(
    r"""
      \s                                  # an indented line: a file, or the panic told again
    | goroutine\ \d+\ \[                  # the goroutine's head
    | \[signal\ |panic\(|exit\ status\ |rax\ |created\ by\ |$
    # package.(*Type).method( with an optional blank that copying put before the type. No two
    # neighbouring parts accept the same characters: the time is linear.
    | (?=[^\s(]{1,400}?[./])[\w.~-][^\s(]{0,400}(?:(?<=\.)\s)?(?:\(\*?\w{1,100}\)[^\s(]{0,400})?\(
    """,
    re.VERBOSE,
)
# A shipper that trims lines brings a frame's file without its indentation. The offset at the end
# keeps out an application's own `server.go:12` messages.
_TRIMMED_FILE = re.compile(r"/[^\s:]{1,400}\.(?:go|s):\d{1,7}(?: \+0x[0-9a-f]{1,16})?$")

_Stream = tuple[str, str]


class _Trace:
    """A panic, and the lines that belong to it so far."""

    __slots__ = ("chars", "hint", "last", "lines", "opened")

    def __init__(self, opening: LogEvent, hint: str) -> None:
        self.opened, self.hint = opening.message, hint
        self.last = opening.timestamp
        self.lines: list[str] = []
        self.chars = 0

    def takes(self, event: LogEvent) -> bool:
        """Take a line if it belongs to the trace."""
        text = event.message
        if len(self.lines) >= MAX_TRACE_LINES or self.chars > _MAX_TRACE_CHARS:
            return False
        if not self._in_time(event.timestamp) or not self._fits(without_printed(text)):
            return False
        self.lines.append(text)
        self.chars += len(text)
        self.last = event.timestamp
        return True

    def told_again(self, text: str) -> bool:
        """Whether a line is this panic, told again without its indentation."""
        return not self.lines and _RECOVERED in self.opened and text.startswith(_PANIC)

    def text(self) -> str:
        """Give the lines that follow the panic."""
        return "\n".join([*self.lines, self.hint] if self.hint else self.lines)

    def _fits(self, text: str) -> bool:
        return bool(_FRAME.match(text) or _TRIMMED_FILE.match(text)) or self.told_again(text)

    def _in_time(self, time: int | None) -> bool:
        return time is None or self.last is None or abs(time - self.last) <= _MAX_GAP_MS


class _Held:
    """A record that waits for its turn; with its trace if it opened one."""

    __slots__ = ("record", "trace")

    def __init__(self, record: Record, trace: _Trace | None = None) -> None:
        self.record, self.trace = record, trace

    def finished(self) -> Record:
        """Give the record, its trace attached."""
        if self.trace is None:
            return self.record
        return msgspec.structs.replace(self.record, trace=self.trace.text())


class TraceJoiner:
    """Open traces by stream, and the records that wait for them.

    In order, what comes after a panic waits until its trace is whole; else only the panic does.
    """

    def __init__(self, *, in_order: bool = True) -> None:
        self._in_order = in_order
        self._open_traces: OrderedDict[_Stream, _Trace] = OrderedDict()
        self._held: deque[_Held] = deque()
        self._habits: OrderedDict[_Stream, str] = OrderedDict()

    def take(self, record: Record) -> None:
        """Take a record in: a line of an open trace, a panic, or anything else."""
        stream = (record.log_group, record.log_stream)
        trace = self._open_traces.get(stream)
        if trace is not None:
            again = trace.told_again(without_printed(record.event.message))
            if trace.takes(record.event):
                self._held.append(_Held(_silenced(record) if again else record))
                return
            del self._open_traces[stream]
        self._held.append(self._opened(record, stream))

    def ready(self) -> Iterator[Record]:
        """Give the records that wait for no trace."""
        if len(self._held) > _MAX_HELD:
            self._open_traces.clear()
        waiting = set(map(id, self._open_traces.values()))
        held = self._held
        if not self._in_order:
            self._held = deque(one for one in held if one.trace and id(one.trace) in waiting)
            left = set(map(id, self._held))
            yield from [one.finished() for one in held if id(one) not in left]
            return
        while held and (held[0].trace is None or id(held[0].trace) not in waiting):
            yield held.popleft().finished()

    def close(self) -> None:
        """End every trace as far as it goes."""
        self._open_traces.clear()

    def _opened(self, record: Record, stream: _Stream) -> _Held:
        habit = self._habits.pop(stream, "")
        message = record.event.message
        if _opens(message):
            trace = self._open_traces[stream] = _Trace(record.event, habit)
            if len(self._open_traces) > _MAX_OPEN:
                self._open_traces.popitem(last=False)
            return _Held(record, trace)
        # The line before a panic may be one that only the agent prints.
        if any(known in message for known in AGENT_HABITS):
            self._habits[stream] = message[:_MAX_TRACE_CHARS]
            if len(self._habits) > _MAX_OPEN:
                self._habits.popitem(last=False)
        return _Held(record)


def join_traces(records: Iterable[Record]) -> Iterator[Record]:
    """Attach to a panic's record the lines of its trace that follow it; every record is kept.

    The lines of one stream are joined, whatever stands between them from other streams; records
    without a stream are one stream. The line before a panic joins it too when it is one that only
    the agent prints. Input that is newest-first is not joined: there the frames come before.
    """
    joiner = TraceJoiner()
    for record in records:
        joiner.take(record)
        yield from joiner.ready()
    joiner.close()
    yield from joiner.ready()


def event_traces(events: Sequence[LogEvent]) -> dict[int, str]:
    """Find the traces among events of one stream: a panic's place, and the lines that follow it."""
    if not any(_opens(event.message) for event in events):
        return {}
    records = (Record(at, event) for at, event in enumerate(events))
    return {record.line: record.trace for record in join_traces(records) if record.trace}


def _opens(message: str) -> bool:
    if _PANIC not in message or "\n" in message:
        return False
    return without_printed(message).startswith(_PANIC)


def _silenced(record: Record) -> Record:
    """Keep a panic that was told again from being one more panic."""
    event = msgspec.structs.replace(record.event, message=f"\t{record.event.message}")
    return msgspec.structs.replace(record, event=event)
