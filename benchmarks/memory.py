"""Peak memory of one `analyze`, and of what is known of a large cluster, each in its own process.

`python -m benchmarks.memory payload FILE` reads a payload's base64 text, `… knowledge PODS` learns
a cluster; both print two numbers.
"""

import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import msgspec

from benchmarks.payloads import rounds
from benchmarks.shapes import Shape
from netpolwatch.kubernetes.facts import AnyFact

KNOWLEDGE = "knowledge"
_POLICIES = 1_000
_STATUS = Path("/proc/self/status")
_SEED = 4
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak resident memory in MB (10^6 bytes).

    Attributes
    ----------
    ready
        After the imports and the making of an `Analyzer`, the payload at hand; of knowledge, before
        anything was learned.
    peak
        After one `analyze`; of knowledge, after every pod was asked for.
    events
        Of a payload; of knowledge, pods.
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
        ready, peak = _in_process("payload", str(path))
        measured.append(Memory(shape.name, largest.events, ready, peak))
    return measured


def measure_knowledge(pods: int) -> Memory:
    """Measure what is known of a cluster of so many pods."""
    ready, peak = _in_process(KNOWLEDGE, str(pods))
    return Memory(KNOWLEDGE, pods, ready, peak)


def _in_process(*arguments: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.memory", *arguments]
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


def _analyzed(path: Path) -> None:
    from netpolwatch import Analyzer  # noqa: PLC0415  # what it takes is part of the measure

    analyzer = Analyzer()
    data = path.read_text(encoding="ascii")
    ready = _peak()
    batch = analyzer.analyze(data)
    peak = _peak()
    if batch.error is not None:
        sys.exit(batch.error)
    print(ready, peak)


def _known(pods: int) -> None:
    from benchmarks.attribution import LATER_MS, address, cluster_facts  # noqa: PLC0415  # as above
    from netpolwatch.kubernetes.identity import Knowledge  # noqa: PLC0415

    knowledge, rng = Knowledge(), Random(_SEED)  # noqa: S311  # no secret
    ready = _peak()
    for fact in cluster_facts(rng, pods, _POLICIES):
        # Decoded anew, as from a table: each fact has texts of its own, but for what is interned.
        knowledge.learn([msgspec.json.decode(msgspec.json.encode(fact), type=AnyFact)])
    # A pod's lives are told apart when it is asked for, and kept.
    owners = [knowledge.owner(address(number), LATER_MS).kind for number in range(pods)]
    peak = _peak()
    if owners.count("pod") != pods:
        sys.exit("some pods are not known")
    print(ready, peak)


if __name__ == "__main__":
    if sys.argv[1] == KNOWLEDGE:
        _known(int(sys.argv[2]))
    else:
        _analyzed(Path(sys.argv[2]))
