"""Times as shippers and tools write them: ISO 8601, or a count since 1970 in any usual unit."""

import re
from typing import Final

from netpolwatch.ingest.timestamps import milliseconds

_UNITS: Final = ((10**17, 1e-6), (10**14, 1e-3), (10**11, 1.0), (10**8, 1e3))
"""From which number on a count is in ns, µs, ms and s, and what makes ms of it."""

_LARGEST: Final = 10**20
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?")
_MAX_CHARS: Final = 40


def moment_of(value: object) -> int | None:
    """Return a time as ms since 1970 (UTC); `None` for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _MAX_CHARS:
            return None
        if _NUMBER.fullmatch(text) is None:
            return milliseconds(text)
        value = float(text) if "." in text else int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value < _LARGEST:
        return None
    return next((int(value * factor) for least, factor in _UNITS if value >= least), None)
