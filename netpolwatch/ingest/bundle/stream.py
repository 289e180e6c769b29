"""Bytes in order: files, inflated layers and sections of them, in chunks of bounded size."""

import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from isal import isal_zlib

from netpolwatch.ingest.bundle.limits import Budget, StreamBrokenError

RAW_CHUNK = 128 * 1024
CHUNK = 256 * 1024
GZIP_WBITS, DEFLATE_WBITS = 31, -15
"""zlib's `wbits` for a gzip header and trailer, and for a zip member's bare data."""

# isal's stub declares an instance where the module has a class.
NOT_DEFLATED: tuple[type[Exception], ...] = (isal_zlib.error, zlib.error, EOFError)  # type: ignore[assignment]
_MAX_GZIP_MEMBERS = 100_000
"""bgzip makes a member of every 64 KB; a file of empty ones is made to waste time."""

Progress = Callable[[int], None]
Opener = Callable[[], BinaryIO]


class FileChunks:
    """Chunks of a part of a file, each read at its own place: others may use the file between."""

    def __init__(
        self,
        file: BinaryIO,
        owner: str,
        progress: Progress,
        start: int = 0,
        size: int | None = None,
    ) -> None:
        self._file = file
        self._owner = owner
        self._progress = progress
        self._at = start
        self._left = size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        wanted = RAW_CHUNK if self._left is None else min(RAW_CHUNK, self._left)
        try:
            self._file.seek(self._at)
            chunk = self._file.read(wanted)
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise StreamBrokenError(f"cannot be read: {words}", self._owner) from None
        if not chunk:
            raise StopIteration
        self.jump(len(chunk))
        return chunk

    def jump(self, size: int) -> None:
        """Go on `size` bytes further without reading them."""
        self._at += size
        if self._left is not None:
            self._left -= size
        self._progress(size)


class ByteReader:
    """Reads exact numbers of bytes from chunks; holds one chunk and what was peeked at.

    `jump` skips bytes of the source unread, where it can.
    """

    def __init__(
        self, chunks: Iterator[bytes], owner: str, jump: Callable[[int], None] | None = None
    ) -> None:
        self.owner = owner
        self._chunks = chunks
        self._jump = jump
        self._buffer = b""
        self._at = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self.some(CHUNK)
        if not piece:
            raise StopIteration
        return piece

    def peek(self, size: int) -> bytes:
        """Look at the next bytes, fewer at the end, without taking them."""
        while len(self._buffer) - self._at < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._buffer = self._buffer[self._at :] + chunk
            self._at = 0
        return self._buffer[self._at : self._at + size]

    def some(self, size: int) -> bytes:
        """Take at most `size` bytes: what is at hand, else the next chunk; none at the end."""
        if self._at >= len(self._buffer):
            self._buffer, self._at = next(self._chunks, b""), 0
        if not self._at and len(self._buffer) <= size:
            piece, self._buffer = self._buffer, b""
            return piece
        piece = self._buffer[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def read(self, size: int) -> bytes:
        """Take exactly `size` bytes, fewer at the end."""
        found = self.peek(size)
        self._at += len(found)
        return found

    def skip(self, size: int) -> int:
        """Pass over `size` bytes; returns how many were there."""
        held = min(size, len(self._buffer) - self._at)
        self._at += held
        if self._jump is not None:
            self._jump(size - held)
            return size
        left = size - held
        while left and (piece := self.some(min(left, CHUNK))):
            left -= len(piece)
        return size - left


class Section:
    """The next `size` bytes of a reader, as chunks; the reader's end before theirs is an error."""

    def __init__(self, reader: ByteReader, size: int) -> None:
        self._reader = reader
        self.left = size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self.left:
            raise StopIteration
        piece = self._reader.some(min(self.left, CHUNK))
        if not piece:
            raise StreamBrokenError("breaks off", self._reader.owner)
        self.left -= len(piece)
        return piece

    def finish(self, padding: int = 0) -> None:
        """Pass over what is left, and the padding behind it."""
        size, self.left = self.left + padding, 0
        if self._reader.skip(size) < size:
            raise StreamBrokenError("breaks off", self._reader.owner)


def inflated(chunks: Iterator[bytes], wbits: int, budget: Budget, owner: str) -> Iterator[bytes]:
    """Inflate gzip (every member of it) or bare deflate data, in chunks of 256 KB.

    Raises `StreamBrokenError` for data that is damaged, breaks off or is a bomb; what came before
    has been yielded by then.
    """
    inflater, compressed, given, members = isal_zlib.decompressobj(wbits), 0, 0, 1
    for chunk in chunks:
        compressed += len(chunk)
        data = chunk
        while data:
            piece = _decompress(inflater, data, owner)
            if piece:
                given += len(piece)
                budget.spend(len(piece), given, compressed, owner)
                yield piece
            if not inflater.eof:
                data = inflater.unconsumed_tail
                continue
            data = inflater.unused_data
            if wbits != GZIP_WBITS or not data.strip(b"\0"):
                return
            members += 1
            if members > _MAX_GZIP_MEMBERS:
                raise StreamBrokenError("has too many gzip members", owner)
            inflater = isal_zlib.decompressobj(wbits)
    while piece := _decompress(inflater, b"", owner):
        given += len(piece)
        budget.spend(len(piece), given, compressed, owner)
        yield piece
    if not inflater.eof:
        raise StreamBrokenError("breaks off within its compressed data", owner)


def _decompress(inflater: isal_zlib.Decompress, data: bytes, owner: str) -> bytes:
    try:
        return inflater.decompress(data, CHUNK)
    except NOT_DEFLATED:
        raise StreamBrokenError("has damaged compressed data", owner) from None
