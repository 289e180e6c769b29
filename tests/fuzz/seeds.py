"""Inputs to start from: the labelled corpus where the tree has it, else the sample events."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT / "tests" / "corpus"
_QUICKSTART = ROOT / "samples" / "quickstart.jsonl"
_MAX_BYTES = 4096
"""Longer seeds slow a fuzzer down more than they teach it."""

_TEXT_KEYS = ("line", "message")


@cache
def lines() -> tuple[str, ...]:
    """Give the distinct log lines of all seed files, in their order."""
    files = sorted(CORPUS.rglob("*.jsonl")) or [_QUICKSTART]
    found = dict.fromkeys(text for file in files for text in _texts(file))
    plain = (text for file in sorted(CORPUS.rglob("*.log")) for text in _read(file))
    return tuple(text for text in found | dict.fromkeys(plain) if len(text) <= _MAX_BYTES)


@cache
def records() -> tuple[dict[str, Any], ...]:
    """Give the sample events: objects with id, timestamp, logGroup, logStream and message."""
    return tuple(json.loads(line) for line in _read(_QUICKSTART))


def _texts(file: Path) -> Iterator[str]:
    for line in _read(file):
        fields = json.loads(line)
        yield from (fields[key] for key in _TEXT_KEYS if isinstance(fields.get(key), str))


def _read(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()
