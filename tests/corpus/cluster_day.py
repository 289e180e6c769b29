"""A cluster's day with ground truth: audit events, flow lines, a final snapshot.

The audit events were written by an API server; names, times and flow lines are constructed. A
truth's `line` is that of the flows' file.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "cluster-day"


def content(name: str) -> bytes:
    """Give a file's content: audit.events.jsonl, flows.events.jsonl, truth.jsonl, snapshot.yaml."""
    return gzip.decompress((_FOLDER / f"{name}.gz").read_bytes())


@cache
def events(name: str) -> tuple[dict[str, Any], ...]:
    """Give the events of a file in the canonical form."""
    return tuple(json.loads(line) for line in content(f"{name}.events.jsonl").splitlines())


@cache
def truth() -> tuple[dict[str, Any], ...]:
    """Give what is true of each flow line, in order."""
    return tuple(json.loads(line) for line in content("truth.jsonl").splitlines())
