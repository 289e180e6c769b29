"""Files and standard input, opened and read in order."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import count
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from netpolwatch.cli.bundles import is_bundle, open_bundle, size_of
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.live import live_blocks
from netpolwatch.ingest.bundle.blocks import whole_lines
from netpolwatch.ingest.bundle.forms import START_BYTES, is_packed
from netpolwatch.ingest.bundle.limits import BundleError
from netpolwatch.ingest.bundle.reader import Bundle
from netpolwatch.ingest.losses import Losses
from netpolwatch.ingest.origin import names_of_file
from netpolwatch.ingest.plain import (
    BLOCK_BYTES,
    PlainLines,
    last_line,
    lines_of,
    placed,
    read_blocks,
)
from netpolwatch.ingest.records import (
    MAX_LINE_BYTES,
    DocumentError,
    Record,
    pieces,
    read_lines,
    read_records,
)
from netpolwatch.ingest.utf16 import as_utf8, is_utf16

STDIN = "-"

Progress = Callable[[int], None]

_Item = TypeVar("_Item", Record, Record | PlainLines)


class Source(Protocol):
    """What `analyze` reads: files, or a log group's history; see `Inputs` for its attributes."""

    bytes_read: int
    members: int
    unknown_members: Counter[str]
    notes: list[str]
    losses: Losses
    interrupted: bool
    follow: bool

    @property
    def names(self) -> Sequence[str]:
        """Names of the inputs."""

    def tell(self, progress: Progress) -> None:
        """Have progress told."""

    @property
    def size(self) -> int | None:
        """Bytes of all inputs, where they are known."""

    def parts(self) -> Iterator[Record | PlainLines | None]:
        """Read all inputs; `None` where what was read so far is wanted now."""


@dataclass(slots=True)
class Inputs:
    """The inputs of one run.

    Attributes
    ----------
    paths
        Files, folders and archives, or `-` for standard input; none means standard input.
    bytes_read
        Bytes of text read so far; of a bundle, once it is read.
    progress
        Called with numbers of bytes read, compressed as they lie there.
    members, unknown_members, notes
        Of all bundles: logs read, other files by kind, and what was left out, in words.
    losses
        What envelopes lost, of all inputs.
    interrupted
        Whether Ctrl-C ended the input: what was read by then is an input of its own.
    follow
        Whether what standard input has given is wanted whenever it pauses.
    """

    paths: Sequence[str]
    bytes_read: int = 0
    progress: Progress = field(default=lambda _size: None)
    members: int = 0
    unknown_members: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)
    interrupted: bool = False
    follow: bool = False
    _line: int = 0

    def __post_init__(self) -> None:
        """Refuse a missing file before any work is done."""
        self.paths = list(self.paths) or [STDIN]
        for path in self.paths:
            problem = _problem(path)
            if problem is not None:
                raise InputError(f"{path}: {problem}")

    @property
    def size(self) -> int | None:
        """Bytes of all files; `None` with standard input or a pipe among them."""
        places = [Path(path) for path in self.paths]
        if not all(place.is_file() or place.is_dir() for place in places):
            return None
        return sum(size_of(place) for place in places)

    @property
    def names(self) -> Sequence[str]:
        """Names of the inputs, as they were given."""
        return self.paths

    def tell(self, progress: Progress) -> None:
        """Have progress told."""
        self.progress = progress

    def records(self) -> Iterator[Record]:
        """Read all inputs, each as what it is; records are numbered through."""
        for path in self.paths:
            if path != STDIN and _readable(path, is_bundle):
                yield from self._numbered(self._bundle(path, Bundle.records))
            else:
                yield from self._file(path)

    def _file(self, path: str) -> Iterator[Record]:
        numbers = count(self._line + 1)
        log_group, log_stream = names_of_file(Path(path).name)
        with _opened(path) as stream:
            try:
                for record in read_records(self._pieces(stream), numbers, self.losses):
                    yield placed(record, log_group, log_stream)
            except DocumentError as error:
                raise InputError(f"{path}: {error}") from None
        self._line = next(numbers) - 1

    def parts(self) -> Iterator[Record | PlainLines | None]:
        """Read all inputs as `records` does, but plain lines of files by the block."""
        for path in self.paths:
            if path == STDIN and self.follow:
                yield from self._followed()
            elif path == STDIN or (not Path(path).is_file() and not Path(path).is_dir()):
                # What a pipe gives comes line by line, and may never end.
                yield from self._file(path)
            elif _readable(path, is_bundle):
                yield from self._numbered(self._bundle(path, Bundle.parts))
            else:
                yield from self._numbered(self._file_parts(path))

    def _followed(self) -> Iterator[Record | None]:
        """Read a log that still runs: its lines are never one document."""
        numbers = count(self._line + 1)
        for block in self._counted(live_blocks(sys.stdin.fileno())):
            if block:
                yield from read_lines(lines_of(block), numbers, self.losses)
            else:
                yield None
        self._line = next(numbers) - 1

    def _file_parts(self, path: str) -> Iterator[Record | PlainLines]:
        with _opened(path) as stream:
            start = stream.read(BLOCK_BYTES) if stream.seekable() else b""
            if b"\n" not in start:
                # A document on one line may be longer than any line is held; and what is decoded
                # on its way is read only once.
                yield from self._file(path)
                return
            stream.seek(0)
            chunks = iter(lambda: stream.read(BLOCK_BYTES), b"")
            blocks = self._counted(whole_lines(chunks, MAX_LINE_BYTES))
            try:
                numbers, names = count(self._line + 1), names_of_file(Path(path).name)
                yield from read_blocks(blocks, numbers, *names, losses=self.losses)
            except DocumentError as error:
                raise InputError(f"{path}: {error}") from None

    def _pieces(self, stream: BinaryIO) -> Iterator[bytes]:
        return self._counted(pieces(stream))

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:
                self.bytes_read += len(chunk)
                self.progress(len(chunk))
                yield chunk
        except KeyboardInterrupt:
            # Who waits for more, from a pipe that stays open, wants to know what was read.
            self.interrupted = True

    def _numbered(self, items: Iterable[_Item]) -> Iterator[_Item]:
        for item in items:
            self._line = last_line(item)
            yield item

    def _bundle(self, path: str, read: Callable[[Bundle, int], Iterator[_Item]]) -> Iterator[_Item]:
        bundle = _readable(path, lambda place: open_bundle(place, self.progress))
        self.members += len(bundle.members)
        self.unknown_members.update(bundle.unknown)
        try:
            yield from read(bundle, self._line + 1)
        finally:
            self.bytes_read += bundle.bytes_read
            self.losses.add(bundle.losses)
            self.notes.extend(f"{path}: {note}" for note in bundle.notes)


_Read = TypeVar("_Read")


def _readable(path: str, read: Callable[[Path], _Read]) -> _Read:
    try:
        return read(Path(path))
    except (BundleError, OSError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: {words}") from None


def _problem(path: str) -> str | None:
    if path == STDIN:
        # Typeshed does not know that Python gives no stream where none was inherited.
        return None if sys.__stdin__ is not None else "standard input is closed"
    try:
        # An empty path would be this folder.
        if not path:
            return "no such file"
        # A pipe is as good as a file: `netpolwatch parse <(zcat events.jsonl.gz)`.
        return None if Path(path).exists() else "no such file"
    except OSError as error:
        return error.strerror or str(error)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        if sys.stdin.isatty():
            sys.stderr.write("netpolwatch: reading standard input: give a FILE, or end by Ctrl-D\n")
        yield _unpacked(path, sys.stdin.buffer)
        return
    try:
        with Path(path).open("rb") as stream:
            yield _unpacked(path, stream)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def _unpacked(path: str, stream: BinaryIO) -> BinaryIO:
    peek = getattr(stream, "peek", None)
    start: bytes = b"" if peek is None else peek(START_BYTES)[:START_BYTES]
    if is_packed(start):
        # Rotated files lie in an archive in any order: it is gone through more than once.
        raise InputError(f"{path}: a compressed file or archive must be named, not piped")
    return as_utf8(stream) if isinstance(stream, BufferedReader) and is_utf16(start) else stream
