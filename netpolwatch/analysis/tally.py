"""Counting into a batch: readings one by one, groups of flows as a whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from netpolwatch.analysis.batch import (
    MAX_DENIES,
    MAX_LINE_SIGHTINGS,
    MAX_VERSIONS,
    Batch,
    count_label,
)
from netpolwatch.analysis.reading import Reading
from netpolwatch.flows.group import Group, minutes_of
from netpolwatch.flows.model import Flow
from netpolwatch.flows.words import VERDICTS
from netpolwatch.ingest.prefix import written_time
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from netpolwatch.ingest.wrappers.model import Unwrapped
from netpolwatch.verdicts.disposition import may_be_overruled

_MINUTE_MS = 60_000
FLOWS, DENIES, ISSUES = "Flows", "Denies", "KnownIssues"
"""What `Batch.series` counts."""

_Minutes = Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """A batch that is being counted; its `events` are its owner's to count.

    Attributes
    ----------
    now_ms
        Stands in for the time of events that have none (ms since 1970, UTC).
    settle
        Whether DENYs wait whose judgement may be another one once the objects of its time are
        known.
    """

    batch: Batch
    now_ms: int | None = None
    settle: bool = False

    def count(self, reading: Reading) -> None:
        """Count one reading."""
        batch, time = self.batch, reading.timestamp
        time = self.now_ms if time is None else time
        self.see((time,))
        if reading.flow is not None:
            minutes = {_minute(time): 1}
            self._count_verdict(reading.flow, minutes)
            if reading.flow.judgement is not None:
                self._count_judged([reading.flow], minutes)
            return
        batch.signals.update(reading.signals)
        batch.versions.extend(reading.versions[: MAX_VERSIONS - len(batch.versions)])
        for sighting in reading.sightings:
            batch.issues[sighting.issue] += 1
            batch.series[_minute(time), ISSUES, sighting.issue] += 1
        for kept, seen in (
            (batch.line_sightings, reading.sightings),
            (batch.endings, reading.endings),
            (batch.hints, reading.hints),
        ):
            kept.extend(seen[: max(0, MAX_LINE_SIGHTINGS - len(kept))])

    def count_others(self, lines: Sequence[Unwrapped]) -> None:
        """Count lines that say nothing."""
        times = [
            written_time(line.text) if line.timestamp is None else line.timestamp for line in lines
        ]
        known = [self.now_ms if time is None else time for time in times]
        self.see((_earliest(known), _latest(known)))

    def count_group(self, group: Group) -> None:
        """Count flows whose verdict is no DENY."""
        written = group.written
        if written:
            self.see((milliseconds(min(written)), milliseconds(max(written))))
            self._count_verdict(group.first, minutes_of(written))
            return
        self._count_verdict(group.first, self._minutes(group.times))

    def count_denied(self, flows: Sequence[Flow]) -> None:
        """Count judged flows of one kind and one judgement."""
        minutes = self._minutes([flow.timestamp for flow in flows])
        self._count_verdict(flows[0], minutes)
        self._count_judged(flows, minutes)

    def _minutes(self, times: Sequence[int | None]) -> _Minutes:
        known = [time for time in times if time is not None]
        counted: dict[int | None, int] = {}
        if known:
            first, last = min(known), max(known)
            self.see((first, last))
            if _minute(first) == _minute(last):
                counted[_minute(first)] = len(known)
            else:
                counted.update(Counter([time - time % _MINUTE_MS for time in known]))
        if len(known) < len(times):
            self.see((self.now_ms,))
            missing = _minute(self.now_ms)
            counted[missing] = counted.get(missing, 0) + len(times) - len(known)
        return counted

    def _count_verdict(self, first: Flow, minutes: Mapping[int, int] | _Minutes) -> None:
        batch, count = self.batch, sum(minutes.values())
        count_label(batch.by_verdict, first.verdict, count)
        count_label(batch.by_protocol, first.protocol, count)
        verdict = first.verdict if first.verdict in VERDICTS else "other"
        for minute, times in minutes.items():
            batch.by_minute[_label(minute)] += times
            batch.series[minute, FLOWS, verdict] += times

    def count_by_line(self, flows: Iterable[Flow]) -> None:
        """Count DENYs that waited, and will not be judged otherwise than by their lines."""
        for flow in flows:
            self._count_disposition([flow], {_minute(flow.timestamp): 1})

    def _count_judged(self, flows: Sequence[Flow], minutes: _Minutes) -> None:
        if not (self.settle and self._wait(flows)):
            self._count_disposition(flows, minutes)

    def _count_disposition(self, flows: Sequence[Flow], minutes: _Minutes) -> None:
        batch, disposition = self.batch, flows[0].disposition or "unknown"
        batch.by_disposition[disposition] += len(flows)
        for minute, count in minutes.items():
            batch.series[minute, DENIES, disposition] += count
            for issue in flows[0].issues:
                batch.issues[issue] += count
                batch.series[minute, ISSUES, issue] += count
        room = max(0, MAX_DENIES - len(batch.denies))
        batch.denies.extend(flows[:room])
        batch.dropped += max(0, len(flows) - room)

    def _wait(self, flows: Sequence[Flow]) -> bool:
        """Let flows of one judgement wait; whether they do."""
        waiting = self.batch.waiting
        if len(waiting) + len(flows) > MAX_DENIES or not all(map(may_be_overruled, flows)):
            return False
        waiting.extend(flows)
        return True

    def see(self, times: Iterable[int | None]) -> None:
        """Take times in (ms since 1970, UTC) of which nothing is counted."""
        batch = self.batch
        for time in times:
            if time is not None:
                batch.oldest = time if batch.oldest is None else min(batch.oldest, time)
                batch.newest = time if batch.newest is None else max(batch.newest, time)


def _minute(time: int | None) -> int | None:
    return None if time is None else time - time % _MINUTE_MS


def _label(minute: int | None) -> str:
    return (rfc3339(minute) or "unknown").replace(":00.000Z", "Z")


def _earliest(times: Iterable[int | None]) -> int | None:
    return min((time for time in times if time is not None), default=None)


def _latest(times: Iterable[int | None]) -> int | None:
    return max((time for time in times if time is not None), default=None)
