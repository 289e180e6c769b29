"""One demo at a time: two in a checkout would wipe each other's folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DemoRunningError(Exception):
    """Another demo runs in this checkout; the text names its process."""


@contextmanager
def only_demo(file: Path) -> Iterator[None]:
    """Hold a lock while a demo runs; raises `DemoRunningError`. A dead demo's lock is free."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="ascii") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            owner = held.read().strip() or "unknown"
            raise DemoRunningError(
                f"a demo already runs in this checkout (process {owner}): wait for it, or use"
                " another checkout"
            ) from None
        held.truncate(0)
        held.write(f"{os.getpid()}\n")
        held.flush()
        yield
