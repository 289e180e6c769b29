"""Lengths of time as people write them: `90s`, `5m`, `24h`, `7d`."""

import re
from typing import Final

_WRITTEN = re.compile(r"(?P<count>[1-9]\d{0,5})(?P<unit>[smhd])", re.ASCII)
_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(value: object) -> int:
    """Read a length of time in ms; raises `ValueError` for anything else."""
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a duration such as 90s, 15m, 24h or 7d")
    return int(found["count"]) * _UNITS_MS[found["unit"]]
