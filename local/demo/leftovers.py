"""Processes that the demo left behind: there should be none."""

from pathlib import Path

_PROCESSES = Path("/proc")


def count_left(work_dir: Path) -> int:
    """Count processes that were started with something of `work_dir`, where /proc tells."""
    needle = str(work_dir).encode()
    return sum(_mentions(process, needle) for process in _PROCESSES.glob("[0-9]*"))


def _mentions(process: Path, needle: bytes) -> bool:
    try:
        return needle in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return False
