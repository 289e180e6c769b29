"""Gzip data of unknown honesty, inflated within a bound."""

from typing import NamedTuple
from zlib import error as zlib_error

from isal import isal_zlib

_GZIP = 31
"""zlib's `wbits` for a gzip header and trailer."""


class InflateError(ValueError):
    """The data is not gzip, or ends before its own end mark."""


class Inflated(NamedTuple):
    """What was inflated, and whether more was there.

    Attributes
    ----------
    data
        At most `limit` bytes.
    cut
        The member goes on beyond the limit.
    trailing
        Something follows the member: a second member would be a second payload in one envelope.
    """

    data: bytes
    cut: bool
    trailing: bool


def inflate(compressed: bytes, limit: int) -> Inflated:
    """Inflate one gzip member up to `limit` bytes; raises `InflateError`.

    ISIZE in the trailer can lie and `gzip.decompress` follows further members, so neither is used.
    """
    inflater = isal_zlib.decompressobj(_GZIP)
    try:
        data = inflater.decompress(compressed, limit + 1)
    except (zlib_error, EOFError) as error:
        raise InflateError(f"not gzip data: {error}") from None
    if len(data) > limit:
        return Inflated(data[:limit], cut=True, trailing=False)
    if not inflater.eof:
        raise InflateError("gzip data ends before its end mark")
    return Inflated(data, cut=False, trailing=bool(inflater.unused_data))
