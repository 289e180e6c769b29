"""How it is said what showed who had an address: `kubelet status patch 09:00:01Z`."""

from functools import lru_cache
from typing import Final

from netpolwatch.ingest.timestamps import rfc3339

_SECOND_US: Final = 1_000_000
_SECOND_MS: Final = 1000
_DAY_SECONDS: Final = 86_400


def evidence_of(source: str, shown_us: int, at_ms: int, *, later: bool) -> str:
    """Say what showed something and when; with its date where that is another day's."""
    second = shown_us // _SECOND_US
    shown = _written(second)
    same_day = second // _DAY_SECONDS == at_ms // _SECOND_MS // _DAY_SECONDS
    when = shown[11:19] + "Z" if same_day else shown[:19] + "Z"
    return f"{source} {when}, later" if later else f"{source} {when}"


@lru_cache(maxsize=4096)
def _written(second: int) -> str:
    """Write a second since 1970 (UTC): of a denied pod the same is told again and again."""
    return rfc3339(second * _SECOND_MS) or "?"
