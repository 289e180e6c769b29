"""How far a cluster's audit log was heard, and which messages may be judged by it."""

from collections.abc import Mapping
from typing import Final, Literal

MARGIN_MS: Final = 10_000
"""Events of one stream come nearly in order."""

MAX_WAITS: Final = 3
"""How often a message is put back."""

_SILENT_MS: Final = 120_000
"""A stream that is this far behind the others has ended: an API server was replaced."""

Ripeness = Literal["heard", "waiting", "unheard"]


def heard_until(streams: Mapping[str, int]) -> int | None:
    """Return until when all of a cluster's audit streams were heard, in ms since 1970 (UTC).

    `streams` holds the newest event's time of each. `None` where nothing was ever heard.
    """
    newest = max(streams.values(), default=None)
    if newest is None:
        return None
    return min(time for time in streams.values() if time > newest - _SILENT_MS)


def ripeness(last_ms: int, heard_ms: int | None, waits: int) -> Ripeness:
    """Whether what explains a DENY was heard; `waits` is how often it was put back already.

    A cluster whose audit log was never heard has none: there is nothing to wait for.
    """
    if heard_ms is not None and heard_ms >= last_ms + MARGIN_MS:
        return "heard"
    return "unheard" if heard_ms is None or waits >= MAX_WAITS else "waiting"
