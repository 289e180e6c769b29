"""Every file of a bundle in one fixed order, through the archives and gzip layers around it."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import BinaryIO, NamedTuple

from netpolwatch.ingest.bundle.forms import GZIP, START_BYTES, TAR, UNREAD, ZIP, packed_form
from netpolwatch.ingest.bundle.limits import Budget, Limits, StreamBrokenError, Tally
from netpolwatch.ingest.bundle.members import safe_path
from netpolwatch.ingest.bundle.stream import (
    GZIP_WBITS,
    ByteReader,
    FileChunks,
    Opener,
    Progress,
    inflated,
)
from netpolwatch.ingest.bundle.tars import tar_entries
from netpolwatch.ingest.bundle.zips import (
    DEFLATED,
    STORED,
    ZipEntry,
    zip_body,
    zip_entries,
)

_TOO_DEEP = "nested too deep"
_NOT_READ = "compressed in a way that is not read"
_UNSAFE = "a name that points out of the bundle"
_BEYOND = "more members than are looked at"


class Leaf(NamedTuple):
    """A file that is no archive; its content must be used, or left, before the next is asked for.

    `content` raises `StreamBrokenError` where the file cannot be read any further.
    """

    number: int
    path: str
    content: ByteReader


class _Nesting(NamedTuple):
    archives: int = 0
    gzips: int = 0


class Walk:
    """One way through a bundle: the same files have the same numbers each time.

    Parameters
    ----------
    files
        Path and opener of each file; the path of a lone archive is empty.
    """

    def __init__(
        self,
        files: Sequence[tuple[str, Opener]],
        *,
        budget: Budget,
        tally: Tally,
        progress: Progress,
    ) -> None:
        self._files = files
        self._budget = budget
        self._limits: Limits = budget.limits
        self._tally = tally
        self._progress = progress
        self.spans: list[range] = []
        self._number = 0
        self._counted = 0

    def leaves(self) -> Iterator[Leaf]:
        """Yield every file that is no archive."""
        for path, opener in self._files:
            first = self._number
            yield from self._opened(path, opener)
            self.spans.append(range(first, self._number))

    def some_leaves(self, spans: Sequence[range], wanted: frozenset[int]) -> Iterator[Leaf]:
        """Yield files up to the last wanted one; `spans` of an earlier way spare the others."""
        last = max(wanted, default=-1)
        for (path, opener), span in zip(self._files, spans, strict=True):
            if span.start > last:
                return
            if wanted.isdisjoint(span):
                self._number = span.stop
                continue
            for leaf in self._opened(path, opener):
                yield leaf
                if leaf.number >= last:
                    return

    def _opened(self, path: str, opener: Opener) -> Iterator[Leaf]:
        try:
            # A lone archive is no member of itself.
            if path and not self._room(path):
                return
            with opener() as file:
                yield from self._file(path, file)
        except OSError as error:
            self._tally.leave(f"cannot be read ({error.strerror or error})", path)
        except StreamBrokenError as error:
            self._tally.broke(error)

    def _file(self, path: str, file: BinaryIO) -> Iterator[Leaf]:
        chunks = FileChunks(file, path, self._progress)
        reader = ByteReader(chunks, path, chunks.jump)
        if packed_form(reader.peek(START_BYTES)) == ZIP:
            yield from self._zip(path, file, _Nesting())
        else:
            yield from self._layers(path, reader, _Nesting())

    def _layers(self, path: str, reader: ByteReader, nesting: _Nesting) -> Iterator[Leaf]:
        form = packed_form(reader.peek(START_BYTES))
        if form == GZIP:
            yield from self._gzip(path, reader, nesting)
        elif form == TAR:
            yield from self._tar(path, reader, nesting)
        elif form == ZIP:
            yield from self._spooled_zip(path, reader, nesting)
        elif form == UNREAD:
            self._tally.leave(_NOT_READ, path)
        else:
            yield Leaf(self._number, path, reader)
            self._number += 1

    def _gzip(self, path: str, reader: ByteReader, nesting: _Nesting) -> Iterator[Leaf]:
        if nesting.gzips >= self._limits.gzip_layers:
            self._tally.leave(_TOO_DEEP, path)
            return
        inner = ByteReader(inflated(reader, GZIP_WBITS, self._budget, path), path)
        yield from self._layers(path, inner, nesting._replace(gzips=nesting.gzips + 1))

    def _tar(self, path: str, reader: ByteReader, nesting: _Nesting) -> Iterator[Leaf]:
        if nesting.archives > self._limits.depth:
            self._tally.leave(_TOO_DEEP, path)
            return
        inside = _Nesting(nesting.archives + 1)
        for entry in tar_entries(reader):
            name = self._name(path, entry.name, entry.kind)
            if name is None:
                continue
            try:
                yield from self._layers(name, ByteReader(entry.body, path), inside)
            except StreamBrokenError as error:
                self._endure(error, name)

    def _spooled_zip(self, path: str, reader: ByteReader, nesting: _Nesting) -> Iterator[Leaf]:
        pieces, size = [], 0
        for piece in reader:
            size += len(piece)
            if size > self._limits.spooled_bytes:
                self._tally.leave("a zip within an archive and too big to hold in memory", path)
                return
            pieces.append(piece)
        yield from self._zip(path, BytesIO(b"".join(pieces)), nesting)

    def _zip(self, path: str, file: BinaryIO, nesting: _Nesting) -> Iterator[Leaf]:
        if nesting.archives > self._limits.depth:
            self._tally.leave(_TOO_DEEP, path)
            return
        inside = _Nesting(nesting.archives + 1)
        progress = self._progress if not nesting.archives else _quiet
        for entry in zip_entries(file, path):
            name = self._name(path, entry.name, entry.kind)
            if name is None or not self._readable(entry, name):
                continue
            try:
                body = zip_body(file, entry, progress, self._budget, name)
                yield from self._layers(name, ByteReader(body, name), inside)
            except StreamBrokenError as error:
                self._endure(error, name)

    def _readable(self, entry: ZipEntry, name: str) -> bool:
        if entry.encrypted:
            self._tally.leave("encrypted", name)
        elif entry.method not in (STORED, DEFLATED):
            self._tally.leave(_NOT_READ, name)
        else:
            return True
        return False

    def _name(self, path: str, name: str, kind: str) -> str | None:
        """Give an entry's path, or `None` for one that is passed over, counting why."""
        if not self._room(name) or kind == "folder":
            return None
        if kind != "file":
            self._tally.leave(f"a {kind}", name)
            return None
        safe = safe_path(name)
        if safe is None:
            self._tally.leave(_UNSAFE, name)
            return None
        return f"{path}/{safe}" if path else safe

    def _room(self, name: str) -> bool:
        self._counted += 1
        if self._counted <= self._limits.members:
            return True
        if self._counted > self._limits.counted:
            raise StreamBrokenError(f"lists more than {self._limits.counted:,} members", "")
        self._tally.leave(_BEYOND, name)
        return False

    def _endure(self, error: StreamBrokenError, name: str) -> None:
        """Live on after a fault within a member; one of the layers around it goes up."""
        if error.owner != name and not error.owner.startswith(f"{name}/"):
            raise error
        self._tally.broke(error)


def _quiet(_size: int) -> None:
    pass
