"""What a pipe gives as it comes: whole lines, and a word when it is time to tell what they said."""

import os
import select
import time
from collections.abc import Iterator
from typing import Final

from netpolwatch.ingest.plain import BLOCK_BYTES
from netpolwatch.ingest.records import MAX_LINE_BYTES

QUIET_SECONDS: Final = 1.0
"""After so long without a line the lines before it are judged: their neighbours have come."""

BUSY_SECONDS: Final = 5.0
"""While lines keep coming, so often."""


def live_blocks(
    descriptor: int, quiet: float = QUIET_SECONDS, busy: float = BUSY_SECONDS
) -> Iterator[bytes]:
    """Read whole lines as they come; an empty block is a pause.

    Of a line that is too long the end is lost.
    """
    held, paused = b"", time.monotonic()
    while True:
        told = time.monotonic() - paused < busy
        if not told or not select.select([descriptor], [], [], quiet)[0]:
            yield b""
            # Nothing is new until something comes, however long that is.
            select.select([descriptor], [], [])
            paused = time.monotonic()
        chunk = os.read(descriptor, BLOCK_BYTES)
        whole, end, rest = chunk.rpartition(b"\n")
        if end:
            yield held + whole + end
            held = rest
        else:
            held = (held + chunk)[:MAX_LINE_BYTES]
        if not chunk:
            break
    if held:
        yield held
