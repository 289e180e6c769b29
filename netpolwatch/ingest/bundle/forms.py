"""Which form of archive or compression data has, by its first bytes."""

from isal import isal_zlib

from netpolwatch.ingest.bundle.stream import GZIP_WBITS, NOT_DEFLATED
from netpolwatch.ingest.bundle.tars import BLOCK, is_tar
from netpolwatch.ingest.bundle.zips import is_zip

START_BYTES = BLOCK
"""How many bytes it takes to tell."""

GZIP, TAR, ZIP, UNREAD = "gzip", "tar", "zip", "unread"
"""`UNREAD`: compressed in a way that is known but not read."""

_GZIP_START = b"\x1f\x8b\x08"
_UNREAD_STARTS = (b"\xfd7zXZ\x00", b"BZh", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c")


def is_packed(start: bytes) -> bool:
    """Tell whether data is packed, on the word of more than gzip's three bytes."""
    form = packed_form(start)
    if form != GZIP:
        return form is not None
    try:
        isal_zlib.decompressobj(GZIP_WBITS).decompress(start, len(start))
    except NOT_DEFLATED:
        return False
    return True


def packed_form(start: bytes) -> str | None:
    """Tell the form; `None` for plain content."""
    if start.startswith(_GZIP_START):
        return GZIP
    if is_zip(start):
        return ZIP
    if is_tar(start):
        return TAR
    return UNREAD if start.startswith(_UNREAD_STARTS) else None
