"""Gzip data of unknown honesty, inflated within a bound."""

import zlib
from typing import NamedTuple

from isal import isal_zlib

# isal's stub declares an instance where the module has a class.
_NOT_GZIP: tuple[type[Exception], ...] = (isal_zlib.error, zlib.error, EOFError)  # type: ignore[assignment]
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
        data = inflater.decompress(compressed, limit)
        beyond = b"" if inflater.eof else inflater.decompress(inflater.unconsumed_tail, 1)
    except _NOT_GZIP as error:
        raise InflateError(f"not gzip data: {error}") from None
    if beyond:
        return Inflated(data, cut=True, trailing=False)
    if not inflater.eof:
        raise InflateError("gzip data ends before its end mark")
    return Inflated(data, cut=False, trailing=bool(inflater.unused_data))
