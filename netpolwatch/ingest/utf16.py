"""Files in UTF-16, as PowerShell's `>` writes them: read as UTF-8, a bounded piece at a time."""

import codecs
import io
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32: Final = codecs.BOM_UTF32_LE
_PIECE_BYTES: Final = 1 << 16


class _Readable(Protocol):
    def read1(self, size: int = ..., /) -> bytes:
        """Read what is there."""


def is_utf16(start: bytes) -> bool:
    """Tell by its byte order mark that a file is in UTF-16."""
    return start.startswith(_MARKS) and not start.startswith(_UTF_32)


def as_utf8(stream: _Readable) -> BinaryIO:
    """Read a stream of UTF-16 as one of UTF-8, without the mark; damaged units are replaced."""
    return io.BufferedReader(_Utf8(stream), _PIECE_BYTES)


def whole_as_utf8(content: bytes) -> bytes:
    """Write a file's content in UTF-8, whichever of the two it is in."""
    return content.decode("utf-16", "replace").encode() if is_utf16(content) else content


class _Utf8(io.RawIOBase):
    def __init__(self, stream: _Readable) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        while not self._left and not self._ended:
            # Of a pipe only what has come: who waits for more may wait for ever.
            piece = self._stream.read1(_PIECE_BYTES)
            self._ended = not piece
            self._left = self._decoder.decode(piece, final=self._ended).encode()
        taken, self._left = self._left[: len(room)], self._left[len(room) :]
        room[: len(taken)] = taken
        return len(taken)
