"""How evidence is written: times to the second, and who did what."""

from netpolwatch.ingest.timestamps import rfc3339
from netpolwatch.kubernetes.facts import Fact

MILLISECOND_US = 1000


def clock(at_ms: int) -> str:
    """Return a time of day as evidence has it: `2026-06-09T09:40:03Z`."""
    return (rfc3339(at_ms) or "").partition(".")[0] + "Z"


def clock_us(at_us: int) -> str:
    """Return the same of microseconds since 1970 (UTC)."""
    return clock(at_us // MILLISECOND_US)


def said_by(fact: Fact, what: str) -> str:
    """Return what an event did, when and by whom: the beginning of a fault's evidence."""
    actor = f" by {fact.actor}" if fact.actor else ""
    return f"{clock_us(fact.at_us)} {fact.source} {what}{actor}"
