"""Texts as they are shown, in files that a person can read.

After a change that was meant: `NETPOLWATCH_GOLDEN=write pytest tests/unit/reporting`, then read
the difference.
"""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """Compare a text with its file."""
    file = _FOLDER / name
    if os.environ.get("NETPOLWATCH_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
