"""Peak memory of one `analyze`, in a process of its own.

`python -m benchmarks.memory FILE` reads a payload's base64 text and prints two numbers.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.payloads import rounds
from benchmarks.shapes import Shape

_STATUS = Path("/proc/self/status")
_SEED = 4
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak resident memory in MB (10^6 bytes).

    Attributes
    ----------
    ready
        After the imports and the making of an `Analyzer`, the payload at hand.
    peak
        After one `analyze`.
    """

    shape: str
    events: int
    ready: float
    peak: float

    @property
    def added(self) -> float:
        """What the analysis itself took."""
        return self.peak - self.ready


def measure(shapes: Sequence[Shape], events: int, work: Path) -> list[Memory]:
    """Measure each shape's largest payload among those that hold so many events."""
    work.mkdir(parents=True, exist_ok=True)
    measured = []
    for shape in shapes:
        (one,) = islice(rounds(shape, events, _SEED), 1)
        largest = max(one.payloads, key=lambda payload: payload.events)
        path = work / "payload.txt"
        path.write_text(largest.data, encoding="ascii")
        ready, peak = _in_process(path)
        measured.append(Memory(shape.name, largest.events, ready, peak))
    return measured


def _in_process(path: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.memory", str(path)]
    done = subprocess.run(  # noqa: S603  # ours
        command, capture_output=True, text=True, check=True, cwd=_ROOT
    )
    ready, peak = done.stdout.split()
    return float(ready), float(peak)


def _peak() -> float:
    """Read this process's peak in MB."""
    # Linux lets `ru_maxrss` of a child begin at its parent's: its own mark is in the status file.
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        (mark,) = (line for line in lines if line.startswith("VmHWM:"))
        return int(mark.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _child(path: Path) -> None:
    from netpolwatch import Analyzer  # noqa: PLC0415  # what it takes is part of the measure

    analyzer = Analyzer()
    data = path.read_text(encoding="ascii")
    ready = _peak()
    batch = analyzer.analyze(data)
    peak = _peak()
    if batch.error is not None:
        sys.exit(batch.error)
    print(ready, peak)


if __name__ == "__main__":
    _child(Path(sys.argv[1]))
