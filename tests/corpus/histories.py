"""Small histories of audit events and verdicts, with and without a fault that joins objects."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_FOLDER = Path(__file__).parent / "histories"


class Label(NamedTuple):
    """Which issue a history is about, and whether it must be found (severity above `info`)."""

    issue: str
    found: bool


@cache
def labels() -> dict[str, Label]:
    """Return the labels of all histories, by their names."""
    labelled = json.loads((_FOLDER / "labels.json").read_text())
    return {name: Label(label["issue"], label["found"]) for name, label in labelled.items()}


def content(name: str) -> bytes:
    """Return a history as a canonical event file."""
    return gzip.decompress((_FOLDER / f"{name}.jsonl.gz").read_bytes())


def events(name: str) -> list[dict[str, Any]]:
    """Return a history's events, in their order."""
    return [json.loads(line) for line in content(name).splitlines()]
