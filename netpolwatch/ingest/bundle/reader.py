"""A node bundle: what its members are, and their lines in the order of time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, groupby
from operator import attrgetter

import msgspec

from netpolwatch.ingest.bundle.blocks import Block, whole_lines
from netpolwatch.ingest.bundle.ebpf_dump import DumpReader, EbpfDump
from netpolwatch.ingest.bundle.limits import (
    Budget,
    BundleError,
    Limits,
    StreamBrokenError,
    Tally,
)
from netpolwatch.ingest.bundle.members import (
    Member,
    Use,
    copies,
    describe,
    unknown_kind,
)
from netpolwatch.ingest.bundle.node import NodeNames
from netpolwatch.ingest.bundle.stream import Opener, Progress
from netpolwatch.ingest.bundle.sweeps import plan_sweeps
from netpolwatch.ingest.bundle.walk import Leaf, Walk
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.plain import PlainLines, lines_of, placed, read_blocks
from netpolwatch.ingest.records import Record, read_records

_SNIFFED_BYTES = 4096
_MAX_KINDS = 50
_OTHER = "other"


class Bundle:
    """One bundle, looked through once when it is made and read when it is asked for.

    Parameters
    ----------
    name
        The file's or folder's name: it may tell the node.
    files
        Path and opener of each file of a folder. A lone file, an archive or a gzipped log, has an
        empty path. Openers give seekable binary files and may raise `OSError`; each file may be
        opened several times.
    progress
        Called with numbers of bytes gone through, which add up to `size`.
    size
        Bytes of all files.

    Attributes
    ----------
    members
        What will be read, in the order of the bundle.
    unknown
        Members that are no logs, by kind.
    ebpf
        What dumps of the agent's programs and maps say, once `blocks` has come to its end.
    bytes_read
        Bytes of log text handed out so far.
    losses
        What envelopes among the members lost so far.

    Raises
    ------
    BundleError
        Nothing of it can be read.
    """

    def __init__(
        self,
        name: str,
        files: Iterable[tuple[str, Opener]],
        *,
        size: int = 0,
        progress: Progress = lambda _size: None,
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> None:
        self.name = name
        self.members: list[Member] = []
        self.unknown: Counter[str] = Counter()
        self.ebpf = EbpfDump()
        self.bytes_read = 0
        self.losses = Losses()
        self._files = list(files)
        self._limits = limits
        self._budget = Budget(limits)
        self._tally = Tally()
        self._meter = _Meter(size, progress)
        self._spans = self._look_through()
        self._sweeps = plan_sweeps(self.members, limits.sweeps)
        if len(self._sweeps) >= limits.sweeps:
            self._tally.remark("too many rotated files to bring all into order")
        self._meter.passes(len(self._sweeps))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out so far, in words; names in them are text of unknown honesty."""
        return self._tally.notes()

    def records(self, first_line: int = 1) -> Iterator[Record]:
        """Read all logs as records; lines are numbered through from `first_line`.

        The member's path stands in as the log stream, its node in the log group; a line that
        carries an event's own names keeps those.
        """
        for member, numbers, blocks in self._members_blocks(first_line):
            lines = (line for block in blocks for line in lines_of(block.data))
            for record in read_records(lines, numbers, self.losses):
                yield placed(record, member.log_group, member.path)

    def parts(self, first_line: int = 1) -> Iterator[Record | PlainLines]:
        """Read all logs as `records` does, but plain lines by the block."""
        for member, numbers, blocks in self._members_blocks(first_line):
            data = (block.data for block in blocks)
            yield from read_blocks(data, numbers, member.log_group, member.path, self.losses)

    def _members_blocks(
        self, first_line: int
    ) -> Iterator[tuple[Member, Iterator[int], Iterator[Block]]]:
        for _, blocks in groupby(self.blocks(first_line), key=attrgetter("member.number")):
            first = next(blocks)
            yield first.member, count(first.first_line), chain((first,), blocks)  # noqa: B031  # in turn

    def blocks(self, first_line: int = 1) -> Iterator[Block]:
        """Read all logs as blocks of lines, each log's rotated files oldest first."""
        dumps = DumpReader()
        members = {member.number: member for member in self.members}
        for wanted in self._sweeps:
            tally = Tally()
            walk = Walk(self._files, budget=self._budget, tally=tally, progress=self._meter.advance)
            for leaf in walk.some_leaves(self._spans, wanted):
                if leaf.number not in wanted:
                    continue
                for data in whole_lines(self._bounded(leaf), self._limits.line_bytes):
                    member = members[leaf.number]
                    if member.use is Use.EBPF:
                        dumps.read(data)
                        continue
                    yield Block(member, first_line, data)
                    self.bytes_read += len(data)
                    first_line += data.count(b"\n") + (not data.endswith(b"\n"))
            self._take_over(tally)
            self._meter.finish_pass()
        self.ebpf = dumps.dump()
        self._meter.finish()

    def _bounded(self, leaf: Leaf) -> Iterator[bytes]:
        left = self._limits.member_bytes
        try:
            for chunk in leaf.content:
                yield chunk[:left]
                left -= len(chunk)
                if left < 0:
                    self._tally.leave("the rest of a member that is too long", leaf.path)
                    return
        except StreamBrokenError as error:
            # What came before is whole: the last line, cut as it is, still counts as one.
            self._tally.broke(error)

    def _look_through(self) -> Sequence[range]:
        walk = Walk(
            self._files, budget=self._budget, tally=self._tally, progress=self._meter.advance
        )
        names = NodeNames(self.name)
        for leaf in walk.leaves():
            try:
                self._look_at(leaf, names)
            except StreamBrokenError as error:
                self._tally.broke(error)
        self._leave_copies()
        self.members = [
            msgspec.structs.replace(member, node=names.node_of(member.root))
            for member in self.members
        ]
        if not self.members:
            raise BundleError(self._why_empty())
        self._meter.finish_pass()
        return walk.spans

    def _look_at(self, leaf: Leaf, names: NodeNames) -> None:
        member = describe(leaf.number, leaf.path or self.name)
        start = leaf.content.peek(_SNIFFED_BYTES)
        if member.use is Use.NODE:
            names.learn(member, start)
        # Whoever names one file means it.
        if not leaf.path and member.use is Use.UNKNOWN:
            member = msgspec.structs.replace(member, use=Use.TEXT)
        binary = member.use is Use.TEXT and b"\0" in start
        if binary or member.use in (Use.NODE, Use.UNKNOWN):
            self._leave_unknown(unknown_kind(member.path))
        else:
            self.members.append(member)

    def _leave_unknown(self, kind: str) -> None:
        known = kind in self.unknown or len(self.unknown) < _MAX_KINDS
        self.unknown[kind if known else _OTHER] += 1

    def _leave_copies(self) -> None:
        twice = copies({member.path: member for member in self.members})
        self.members = [member for member in self.members if member.number not in twice]
        if twice:
            self.unknown["copy"] += len(twice)

    def _why_empty(self) -> str:
        notes = self._tally.notes()
        if notes:
            return f"holds nothing that can be read: {notes[0]}"
        return "holds no logs that netpolwatch reads"

    def _take_over(self, tally: Tally) -> None:
        for owner, cause in tally.broken.items():
            self._tally.broke(StreamBrokenError(cause, owner))


class _Meter:
    """Shares the size of a bundle out over the passes that go through it."""

    def __init__(self, size: int, progress: Progress) -> None:
        self._size = size
        self._progress = progress
        self._told = 0
        self._done = 0.0
        self._share = 0.2
        self._here = 0

    def passes(self, sweeps: int) -> None:
        """Divide what is left by the number of sweeps to come."""
        self._share = (1 - self._done) / max(1, sweeps)

    def advance(self, size: int) -> None:
        """Count bytes that the pass went through."""
        self._here = min(self._size, self._here + size)
        self._tell(int(self._size * self._done + self._here * self._share))

    def finish_pass(self) -> None:
        """Count the pass as whole, wherever it ended."""
        self._done += self._share
        self._here = 0
        self._tell(int(self._size * self._done))

    def finish(self) -> None:
        """Come to the end."""
        self._tell(self._size)

    def _tell(self, total: int) -> None:
        if total > self._told:
            self._progress(total - self._told)
            self._told = total
