"""Analyze one payload in a process of its own and tell what it came to, and the memory needed.

Run by the tests: `python -m tests.unit.analysis.peak FILE`, a file that holds one payload's base64.
"""

import json
import resource
import sys
from pathlib import Path

from netpolwatch import Analyzer

_KIB = 1024


def peak_kib() -> int:
    """Give the most memory that this process has held.

    On Linux `ru_maxrss` survives an exec: it can tell of the parent instead. The high-water mark
    of the address space cannot.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // _KIB if sys.platform == "darwin" else peak


def main(path: Path) -> None:
    """Analyze, and print one JSON object."""
    batch = Analyzer().analyze(path.read_bytes())
    told = {
        "error": batch.error,
        "events": batch.events,
        "denies": batch.by_verdict["DENY"],
        "unparsed": batch.unparsed,
        "dropped": batch.dropped,
        "notes": batch.notes,
        "peak_kib": peak_kib(),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
