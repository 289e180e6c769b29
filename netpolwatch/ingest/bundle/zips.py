"""Zip archives by their list of members.

After PKWARE's APPNOTE.TXT (4.3, 4.4, 4.5.3). The standard library's reader makes an object of
every entry of the list before it gives the first.
"""

import stat
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from netpolwatch.ingest.bundle.limits import Budget, StreamBrokenError
from netpolwatch.ingest.bundle.stream import (
    DEFLATE_WBITS,
    ByteReader,
    FileChunks,
    Progress,
    Section,
    inflated,
)

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_BYTES = _END.size + 0xFFFF
_ZIP64_EXTRA = 1
_ENCRYPTED, _UTF8 = 0x1, 0x800
_MASKED = 0x2000
STORED, DEFLATED = 0, 8
_NO_32 = 0xFFFFFFFF
_KINDS = {
    stat.S_IFLNK: "link", stat.S_IFDIR: "folder", stat.S_IFREG: "file", 0: "file",
    stat.S_IFBLK: "device", stat.S_IFCHR: "device", stat.S_IFIFO: "device",
}  # fmt: skip


class ZipEntry(NamedTuple):
    """One entry of the list; sizes and offset are what it claims.

    `kind` is `file`, `folder`, `link`, `device` or `other`.
    """

    name: str
    kind: str
    encrypted: bool
    method: int
    compressed: int
    offset: int


class _Place(NamedTuple):
    start: int
    size: int


def is_zip(start: bytes) -> bool:
    """Tell by its first bytes whether data is a zip archive (one without members included)."""
    return start[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def zip_entries(file: BinaryIO, owner: str) -> Iterator[ZipEntry]:
    """Yield the entries of a zip archive's list; raises `StreamBrokenError` where it breaks."""
    place = _list_place(file, owner)
    reader = ByteReader(FileChunks(file, owner, _quiet, place.start, place.size), owner)
    while fixed := reader.read(_ENTRY.size):
        if len(fixed) < _ENTRY.size or not fixed.startswith(b"PK\x01\x02"):
            raise StreamBrokenError("has a damaged list of members", owner)
        yield _entry(fixed, reader)


def zip_body(
    file: BinaryIO, entry: ZipEntry, progress: Progress, budget: Budget, owner: str
) -> Iterator[bytes]:
    """Yield a member's content, inflated, in chunks."""
    reader = ByteReader(FileChunks(file, owner, progress, entry.offset), owner)
    local = reader.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise StreamBrokenError("has no data where the list says", owner)
    *_, name_size, extra_size = _LOCAL.unpack(local)
    reader.skip(name_size + extra_size)
    body = Section(reader, entry.compressed)
    yield from body if entry.method == STORED else inflated(body, DEFLATE_WBITS, budget, owner)


def _list_place(file: BinaryIO, owner: str) -> _Place:
    try:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES))
        tail = file.read(_END_BYTES)
    except OSError as error:
        raise StreamBrokenError(f"cannot be read: {error.strerror or error}", owner) from None
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise StreamBrokenError("breaks off: a zip's list of members stands last", owner)
    *_, list_size, start, _comment = _END.unpack_from(tail, at)
    if _NO_32 in (start, list_size):
        start, list_size = _place64(file, tail, at, owner)
    if start + list_size > size:
        raise StreamBrokenError("has a list of members beyond its end", owner)
    return _Place(start, list_size)


def _place64(file: BinaryIO, tail: bytes, at: int, owner: str) -> _Place:
    if at >= _END64_PLACE.size:
        sign, _, offset, _ = _END64_PLACE.unpack_from(tail, at - _END64_PLACE.size)
        if sign == b"PK\x06\x07" and offset < 1 << 62:
            file.seek(offset)
            end = file.read(_END64.size)
            if len(end) == _END64.size and end.startswith(b"PK\x06\x06"):
                *_, list_size, start = _END64.unpack(end)
                return _Place(start, list_size)
    raise StreamBrokenError("has a damaged list of members", owner)


def _entry(fixed: bytes, reader: ByteReader) -> ZipEntry:
    (_, made_by, _, flags, method, _, _, _, compressed, size, name_size, extra_size, comment_size,
     _, _, attributes, offset) = _ENTRY.unpack(fixed)  # fmt: skip
    raw_name = reader.read(name_size)
    extra = reader.read(extra_size)
    reader.skip(comment_size)
    name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    if _NO_32 in (compressed, size, offset):
        compressed, offset = _wide(extra, size=size, compressed=compressed, offset=offset)
    unix = made_by >> 8 == 3  # noqa: PLR2004  # APPNOTE 4.4.2.2: made on Unix, so with a mode
    mode = stat.S_IFMT(attributes >> 16) if unix else 0
    kind = "folder" if name.endswith("/") else _KINDS.get(mode, "other")
    encrypted = bool(flags & (_ENCRYPTED | _MASKED))
    return ZipEntry(name, kind, encrypted, method, compressed, offset)


def _wide(extra: bytes, *, size: int, compressed: int, offset: int) -> tuple[int, int]:
    """Read the 64-bit values of the extra field: only those that do not fit above, in order."""
    while len(extra) >= 4:  # noqa: PLR2004  # id and size of a field
        field, length = struct.unpack_from("<2H", extra)
        if field == _ZIP64_EXTRA:
            values = iter(struct.iter_unpack("<Q", extra[4 : 4 + length - length % 8]))
            if size == _NO_32:
                next(values, None)
            if compressed == _NO_32:
                (compressed,) = next(values, (compressed,))
            if offset == _NO_32:
                (offset,) = next(values, (offset,))
            break
        extra = extra[4 + length :]
    return compressed, min(offset, 1 << 62)


def _quiet(_size: int) -> None:
    pass
