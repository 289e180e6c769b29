"""Tar archives as a stream of entries.

Written for what `tar --create` and Go's `archive/tar` make (ustar, GNU and PAX headers: POSIX.1
pax, GNU tar manual). The standard library's reader follows the sizes of PAX headers and sparse
maps without a bound, and keeps every header.
"""

from collections.abc import Iterator
from typing import NamedTuple

from netpolwatch.ingest.bundle.limits import StreamBrokenError
from netpolwatch.ingest.bundle.stream import ByteReader, Section

BLOCK = 512
_EMPTY = bytes(BLOCK)
_MAX_HEADER_BYTES = 64 * 1024
_MAX_SPARSE_BLOCKS = 10_000
_MAX_SIZE = 2**50

_FILES, _FOLDER, _LINKS, _DEVICES = b"\x0007", b"5", b"12", b"346"
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK, _SPARSE = b"x", b"g", b"L", b"K", b"S"


class TarEntry(NamedTuple):
    """One entry; `body` must be used, or left, before the next is asked for.

    `kind` is `file`, `folder`, `link`, `device`, `sparse` or `other`.
    """

    name: str
    kind: str
    body: Section


class _Extended(NamedTuple):
    """What headers before an entry's own say about it; `None` where they say nothing."""

    name: str | None = None
    size: int | None = None
    sparse: bool = False


def is_tar(start: bytes) -> bool:
    """Tell by its first header whether data is a tar archive."""
    return len(start) >= BLOCK and start[0] != 0 and _checksum_holds(start[:BLOCK])


def tar_entries(reader: ByteReader) -> Iterator[TarEntry]:
    """Yield the entries of a tar archive in order; raises `StreamBrokenError` where it breaks."""
    extended = _Extended()
    while True:
        header = reader.read(BLOCK)
        if header == _EMPTY:
            return
        if len(header) < BLOCK:
            raise StreamBrokenError("breaks off", reader.owner)
        if not _checksum_holds(header):
            raise StreamBrokenError("has a damaged tar header", reader.owner)
        size = _number(header[124:136], reader.owner)
        flag = header[156:157]
        if flag in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
            extended = _extend(extended, flag, _extension(reader, size))
            continue
        if flag == _SPARSE:
            _skip_sparse_map(reader, header)
        if extended.size is not None:
            size = extended.size
        body = Section(reader, size)
        yield TarEntry(extended.name or _name(header), _kind(flag, extended), body)
        body.finish(padding=-size % BLOCK)
        extended = _Extended()


def _checksum_holds(header: bytes) -> bool:
    try:
        told = int(header[148:156].strip(b" \0"), 8)
    except ValueError:
        return False
    # The sum is taken with blanks in its own place.
    return sum(header) - sum(header[148:156]) + 8 * 0x20 == told


def _number(digits: bytes, owner: str) -> int:
    # GNU writes sizes from 8 GB on in base 256, marked by the first bit.
    if digits[0] & 0x80:
        number = int.from_bytes(bytes([digits[0] & 0x7F]) + digits[1:], "big")
    else:
        try:
            number = int(digits.strip(b" \0") or b"0", 8)
        except ValueError:
            raise StreamBrokenError("has a damaged tar header", owner) from None
    if not 0 <= number <= _MAX_SIZE:
        raise StreamBrokenError("has a tar header with an impossible size", owner)
    return number


def _name(header: bytes) -> str:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "replace")


def _kind(flag: bytes, extended: _Extended) -> str:
    if extended.sparse or flag == _SPARSE:
        return "sparse"
    if flag == _FOLDER:
        return "folder"
    if flag in _LINKS:
        return "link"
    if flag in _DEVICES:
        return "device"
    return "file" if flag in _FILES else "other"


def _extension(reader: ByteReader, size: int) -> bytes:
    # A name of more than 64 KB is none: its header is passed over, and the short name counts.
    body = Section(reader, size)
    text = b"".join(body) if size <= _MAX_HEADER_BYTES else b""
    body.finish(padding=-size % BLOCK)
    return text


def _extend(known: _Extended, flag: bytes, text: bytes) -> _Extended:
    if flag == _LONG_NAME:
        return known._replace(name=text.split(b"\0", 1)[0].decode("utf-8", "replace"))
    return _with_pax(known, text) if flag == _PAX else known


def _with_pax(known: _Extended, text: bytes) -> _Extended:
    for key, value in _pax_records(text):
        if key == b"path":
            known = known._replace(name=value.decode("utf-8", "replace"))
        elif key == b"size" and value.isdigit() and int(value[:20]) <= _MAX_SIZE:
            known = known._replace(size=int(value[:20]))
        elif key.startswith(b"GNU.sparse."):
            known = known._replace(sparse=True)
    return known


def _pax_records(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    while text:
        length, _, _ = text[:8].partition(b" ")
        if not length.isdigit() or not len(length) + 2 < int(length) <= len(text):
            return
        key, _, value = text[len(length) + 1 : int(length) - 1].partition(b"=")
        yield key, value
        text = text[int(length) :]


def _skip_sparse_map(reader: ByteReader, header: bytes) -> None:
    more = header[482]
    for _ in range(_MAX_SPARSE_BLOCKS):
        if not more:
            return
        block = reader.read(BLOCK)
        if len(block) < BLOCK:
            break
        more = block[504]
    raise StreamBrokenError("has a damaged tar header", reader.owner)
