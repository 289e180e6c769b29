"""The drops of one node: those near the one that is judged, and the rhythm of the answers."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from netpolwatch.flows.model import Flow
from netpolwatch.verdicts.window.moments import ORDER_FROM

MAX_DROPS = 4000
"""Drops of one node that are held, by whole calls: the neighbours of the one that is judged."""

BEAT_MS = 5000
_MAX_BEATS = 512

_Tuple = tuple[object, ...]
_Index = dict[_Tuple, list[int]]


class Drops:
    """Drops that a caller announces; looked at only when somebody asks."""

    __slots__ = (
        "_beats",
        "_by_conversation",
        "_by_tuple",
        "_held",
        "_size",
        "_uncounted",
        "rhythms",
    )

    def __init__(self) -> None:
        self._held: deque[tuple[Sequence[Flow], Sequence[int | None]]] = deque()
        self._size = self._uncounted = 0
        self._by_tuple: _Index | None = None
        self._by_conversation: _Index | None = None
        self._beats: dict[int, int] = {}
        self.rhythms: dict[int, str | None] = {}
        """What was made of the beats, by beat, until more drops come."""

    def __len__(self) -> int:
        return self._size

    def add(self, flows: Sequence[Flow], times: Sequence[int | None]) -> None:
        """Take drops in, judged by their own lines; the sequences must not change afterwards."""
        self._held.append((flows, times))
        self._size += len(flows)
        self._uncounted += 1
        self._by_tuple = self._by_conversation = None
        self.rhythms.clear()
        while self._size > MAX_DROPS and len(self._held) > 1:
            self._size -= len(self._held.popleft()[0])

    def forget_neighbours(self) -> None:
        """Let go of the drops themselves; their rhythm stays."""
        self.beats()
        self._held.clear()
        self._size = 0
        self._by_tuple = self._by_conversation = None

    def beats(self) -> dict[int, int]:
        """Count reply-shaped drops by `BEAT_MS` of event time; the newest `_MAX_BEATS` stay."""
        if self._uncounted:
            start = max(0, len(self._held) - self._uncounted)
            for flows, times in islice(self._held, start, None):
                self._count(flows, times)
            self._uncounted = 0
        return self._beats

    def same_tuple(self, flow: Flow) -> Sequence[int]:
        """When packets of the same tuple were dropped, in order, each moment once."""
        if self._by_tuple is None:
            self._by_tuple = self._indexed(_tuple)
        return self._by_tuple.get(_tuple(flow), ())

    def same_conversation(self, flow: Flow) -> Sequence[int]:
        """When packets from one address to one port were dropped, in order."""
        if self._by_conversation is None:
            self._by_conversation = self._indexed(_conversation)
        return self._by_conversation.get(_conversation(flow), ())

    def _indexed(self, name: Callable[[Flow], _Tuple]) -> _Index:
        index: dict[_Tuple, set[int]] = {}
        for flows, times in self._held:
            for flow, time in zip(flows, times, strict=False):
                if time is not None:
                    index.setdefault(name(flow), set()).add(time)
        return {key: sorted(moments) for key, moments in index.items()}

    def _count(self, flows: Sequence[Flow], times: Sequence[int | None]) -> None:
        beats = self._beats
        for flow, time in zip(flows, times, strict=False):
            judged = flow.judgement
            if judged is None or judged.disposition != "reply":
                continue
            if time is not None and time < ORDER_FROM:
                beat = time // BEAT_MS
                beats[beat] = beats.get(beat, 0) + 1
        for beat in sorted(beats)[: max(0, len(beats) - _MAX_BEATS)]:
            del beats[beat]


def _tuple(flow: Flow) -> _Tuple:
    return (
        flow.protocol,
        flow.source_ip,
        flow.source_port,
        flow.destination_ip,
        flow.destination_port,
    )


def _conversation(flow: Flow) -> _Tuple:
    return (flow.protocol, flow.source_ip, flow.destination_ip, flow.destination_port)
