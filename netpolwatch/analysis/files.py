"""Files become batches: what comes from one stream, together; every DENY beside its neighbours."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from netpolwatch.analysis.analyzer import Analyzer
from netpolwatch.analysis.batch import Batch
from netpolwatch.analysis.neighbours import MAX_CHARS, MAX_RECORDS, Read
from netpolwatch.analysis.part import Part
from netpolwatch.analysis.reading import may_hold_flows
from netpolwatch.analysis.settling import Settling
from netpolwatch.analysis.skim import Skim
from netpolwatch.analysis.stream import RecordReader
from netpolwatch.analysis.tally import Tally
from netpolwatch.catalogue.running import VersionSeen
from netpolwatch.correlation.sources import facts_of_verdicts, facts_of_versions
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.plain import PlainLines
from netpolwatch.ingest.prefix import written_time
from netpolwatch.ingest.record import Record
from netpolwatch.ingest.records import event_of_text
from netpolwatch.kubernetes.facts import AnyFact
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.verdicts.window import Window

_MAX_STREAMS: Final = 1024
"""Streams whose last lines are remembered from one block to the next."""

_BLANKS: Final = " \t\n\r\x0b\x0c"
"""What a line without a record is made of."""

_Stream = tuple[str, str]
_Item = Record | PlainLines


def batches(
    analyzer: Analyzer,
    items: Iterable[_Item | None],
    knowledge: Knowledge | None = None,
    *,
    learn: bool = False,
) -> Iterator[Batch]:
    """Analyze the records and lines of files, a bounded block at a time.

    A block gives a batch for each of its streams, and ends early at a `None`: what came before is
    wanted now. With `knowledge`, which learns from the audit events among them, DENYs come in
    batches of their own once what explains them was read (see `settling`): each is judged by the
    objects of its time. With `learn`, a batch has the facts that its events teach.
    """
    files = _Files(analyzer, knowledge, learn=learn)
    for block, is_urgent in _blocks(items):
        yield from files.take(block)
        if is_urgent:
            yield from files.settle()
    yield from files.close()


def _blocks(items: Iterable[_Item | None]) -> Iterator[tuple[list[_Item], bool]]:
    """Yield bounded blocks, and of each whether what came until its end is wanted now."""
    block: list[_Item] = []
    lines = chars = 0
    for item in items:
        if item is None:
            yield block, True
            block, lines, chars = [], 0, 0
            continue
        block.append(item)
        if isinstance(item, Record):
            lines, chars = lines + 1, chars + len(item.event.message)
        else:
            lines, chars = lines + len(item.texts), chars + sum(map(len, item.texts))
        if lines >= MAX_RECORDS or chars >= MAX_CHARS:
            yield block, False
            block, lines, chars = [], 0, 0
    if block:
        yield block, False


class _Files:
    """What is remembered between blocks: the window, open lines and traces, streams' last lines."""

    def __init__(self, analyzer: Analyzer, knowledge: Knowledge | None, *, learn: bool) -> None:
        self._analyzer, self._knowledge = analyzer, knowledge
        self._learn = learn or knowledge is not None
        self._window = Window()
        self._settling = (
            None if knowledge is None else Settling(analyzer.matcher, knowledge, analyzer.new_batch)
        )
        self._reader = RecordReader(analyzer, learn=self._learn, in_order=False)
        self._skims: OrderedDict[_Stream, Skim] = OrderedDict()
        self._parts: dict[_Stream, Part] = {}
        self._tallies: dict[_Stream, Tally] = {}
        self._last_line = 0

    def take(self, block: Sequence[_Item]) -> list[Batch]:
        """Analyze a block; records whose lines are not whole yet wait for the next one."""
        for stream, records in _by_stream(block).items():
            self._take_records(stream, records)
        for item in block:
            if isinstance(item, PlainLines):
                self._take_lines(item)
        return self._judge()

    def close(self) -> list[Batch]:
        """Analyze what still waited."""
        for read in self._reader.close():
            self._keep(read)
        return [*self._judge(), *self.settle()]

    def settle(self) -> list[Batch]:
        """Judge all that waits, by what is known now."""
        return [] if self._settling is None else self._settling.take_all()

    def _take_records(self, stream: _Stream, records: Sequence[Record]) -> None:
        events = [record.event for record in records]
        left = self._take_flows(stream, events)
        kept = set(map(id, left))
        rest = [record for record in records if id(record.event) in kept]
        self._tally(stream).batch.events += len(events) - len(rest)
        self._read(stream, rest)

    def _take_lines(self, lines: PlainLines) -> None:
        stream = (lines.log_group, lines.log_stream)
        events = [LogEvent(text) for text in lines.texts]
        kept = set(map(id, self._take_flows(stream, events)))
        rest = [
            Record(number, event_of_text(event.message), *stream)
            for number, event in enumerate(events, lines.first_line)
            if id(event) in kept and event.message.strip(_BLANKS)
        ]
        self._tally(stream).batch.events += len(events) - len(kept)
        self._read(stream, rest)

    def _take_flows(self, stream: _Stream, events: list[LogEvent]) -> list[LogEvent]:
        part = self._part(stream)
        if not may_hold_flows(part.origin.component):
            return events
        return part.take_flows(events, self._analyzer.matcher, timed=True)

    def _read(self, stream: _Stream, records: Sequence[Record]) -> None:
        """Read the records that may say something, and count the others."""
        if not records:
            return
        origin = self._part(stream).origin
        texts = [record.event.message for record in records]
        worth = self._skim(stream, origin).worth(texts)
        for at in worth:
            for read in self._reader.take(records[at]):
                self._keep(read)
        said = set(worth)
        silent = [record for at, record in enumerate(records) if at not in said]
        tally = self._tally(stream)
        tally.batch.events += len(silent)
        tally.see(_ends(silent))

    def _keep(self, read: Read) -> None:
        stream = (read.record.log_group, read.record.log_stream)
        self._part(stream).reads.append(read)

    def _judge(self) -> list[Batch]:
        if self._knowledge is not None:
            for part in self._parts.values():
                self._knowledge.hear(fact for read in part.reads for fact in read.reading.facts)
        for part in self._parts.values():
            part.tell(self._window)
        for stream, part in self._parts.items():
            tally = self._tally(stream)
            tally.batch.events += self._records_in(part)
            waits = None if self._settling is None else partial(self._settling.add, stream)
            part.count(self._window, self._analyzer.matcher, tally, waits)
            if self._learn:
                tally.batch.facts.extend(facts_of_part(part, tally.batch.versions))
        found = [tally.batch for tally in self._tallies.values() if tally.batch.events]
        self._parts, self._tallies = {}, {}
        return found if self._settling is None else [*found, *self._settling.take_settled()]

    def _records_in(self, part: Part) -> int:
        """Count input records: an event of several lines is one."""
        count = 0
        for read in part.reads:
            count += read.record.line != self._last_line
            self._last_line = read.record.line
        return count

    def _part(self, stream: _Stream) -> Part:
        part = self._parts.get(stream)
        if part is None:
            part = self._parts[stream] = Part(self._analyzer.origin_of(*stream), stream[1])
        return part

    def _tally(self, stream: _Stream) -> Tally:
        tally = self._tallies.get(stream)
        if tally is None:
            tally = self._tallies[stream] = Tally(self._analyzer.new_batch(*stream))
        return tally

    def _skim(self, stream: _Stream, origin: Origin) -> Skim:
        skim = self._skims.pop(stream, None) or Skim(
            origin, self._analyzer.matcher, learn=self._learn
        )
        self._skims[stream] = skim
        if len(self._skims) > _MAX_STREAMS:
            self._skims.popitem(last=False)
        return skim


def facts_of_part(part: Part, versions: Iterable[VersionSeen]) -> Iterator[AnyFact]:
    """Yield what a part teaches: its audit events, running versions, nodes with verdicts."""
    for read in part.reads:
        yield from read.reading.facts
        yield from read.reading.joined
    yield from facts_of_versions(versions)
    yield from facts_of_verdicts(part.minutes_heard())


def _by_stream(block: Iterable[_Item]) -> dict[_Stream, list[Record]]:
    streams: dict[_Stream, list[Record]] = {}
    for item in block:
        if isinstance(item, Record):
            streams.setdefault((item.log_group, item.log_stream), []).append(item)
    return streams


def _ends(records: Sequence[Record]) -> tuple[int | None, ...]:
    """Give the first and the last time of lines that say nothing: a log is written in order."""
    ends = (*records[:1], *records[-1:])
    return tuple(
        written_time(record.event.message)
        if record.event.timestamp is None
        else record.event.timestamp
        for record in ends
    )
