"""The drops of one node: those near the one that is judged, and the rhythm of the answers."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from netpolwatch.flows.model import Flow
from netpolwatch.verdicts.window.moments import ORDER_FROM

MAX_DROPS = 4000
"""Drops of one node that are held, by whole calls: the neighbours of the one that is judged."""

BEAT_MS = 5000
_MAX_BEATS = 512

_Tuple = tuple[object, ...]
_Segment = tuple[Sequence[Flow], Sequence[int | None]]


class _Index:
    """Moments of drops by name; made when somebody asks, and then carried on."""

    __slots__ = ("_moments", "_name", "_taken", "_waiting")

    def __init__(self, name: Callable[[Flow], _Tuple]) -> None:
        self._name = name
        self._waiting: list[_Segment] = []
        self._moments: dict[_Tuple, list[int]] = {}
        self._taken = 0

    def add(self, segment: _Segment, held: Iterable[_Segment]) -> None:
        """Take drops in; `held` is all that is remembered, these among them."""
        self._waiting.append(segment)
        self._taken += len(segment[0])
        if self._taken > 2 * MAX_DROPS:
            # Most of what is known was forgotten meanwhile.
            self._waiting, self._moments, self._taken = list(held), {}, 0

    def moments(self, flow: Flow) -> Sequence[int]:
        """When drops of the same name were, in order, each moment once."""
        for flows, times in self._waiting:
            self._take(flows, times)
        self._waiting.clear()
        return self._moments.get(self._name(flow), ())

    def _take(self, flows: Sequence[Flow], times: Sequence[int | None]) -> None:
        for flow, time in zip(flows, times, strict=False):
            if time is None:
                continue
            moments = self._moments.setdefault(self._name(flow), [])
            if not moments or time > moments[-1]:
                moments.append(time)
            elif (at := bisect_left(moments, time)) == len(moments) or moments[at] != time:
                moments.insert(at, time)


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
        self._held: deque[_Segment] = deque()
        self._size = self._uncounted = 0
        self._by_tuple, self._by_conversation = _Index(_tuple), _Index(_conversation)
        self._beats: dict[int, int] = {}
        self.rhythms: dict[int, str | None] = {}
        """What was made of the beats, by beat, until more drops come."""

    def __len__(self) -> int:
        return self._size

    def add(self, flows: Sequence[Flow], times: Sequence[int | None]) -> None:
        """Take drops in, judged by their own lines; the sequences must not change afterwards."""
        segment = (flows, times)
        self._held.append(segment)
        self._size += len(flows)
        self._uncounted += 1
        self.rhythms.clear()
        while self._size > MAX_DROPS and len(self._held) > 1:
            self._size -= len(self._held.popleft()[0])
        self._by_tuple.add(segment, self._held)
        self._by_conversation.add(segment, self._held)

    def forget_neighbours(self) -> None:
        """Let go of the drops themselves; their rhythm stays."""
        self.beats()
        self._held.clear()
        self._size = 0
        self._by_tuple, self._by_conversation = _Index(_tuple), _Index(_conversation)

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
        return self._by_tuple.moments(flow)

    def same_conversation(self, flow: Flow) -> Sequence[int]:
        """When packets from one address to one port were dropped, in order."""
        return self._by_conversation.moments(flow)

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
