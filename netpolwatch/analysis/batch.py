"""What one payload came to."""

from collections import Counter
from dataclasses import dataclass, field

from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.flows.model import Flow

MAX_DENIES = 10_000
MAX_FLOW_SIGHTINGS = 10_000
MAX_SIGHTINGS = 20_000
"""The second half is kept for lines of text: a storm of drops must not hide a fault."""

MAX_LABELS = 64
"""Distinct verdicts or protocols told apart in one batch."""

OTHER = "other"


@dataclass(slots=True)
class Batch:
    """Counts and facts of one payload.

    Attributes
    ----------
    events
        Log events read.
    by_verdict, by_protocol
        Flows, of every verdict.
    by_disposition
        DENY flows.
    by_minute
        Flows by minute of event time (`2026-06-09T09:01Z`; `unknown` without a time).
    series
        Counts by (minute in ms since 1970 or `None`, what is counted, label): what metrics need.
    denies
        At most `MAX_DENIES` judged DENY flows; the rest is counted in `dropped`.
    sightings
        Known issues seen in lines and in DENY flows, at most `MAX_SIGHTINGS`; `series` counts all.
    signals
        Ids of issues that a line hints at, with their counts.
    facts
        Reserved for what audit events teach.
    oldest, newest
        Event times in ms since 1970 (UTC), `None` where no event had one.
    unparsed
        Elements that could not be read as events.
    dropped
        Events lost to a bound.
    bytes
        Size of the payload after inflating.
    error
        Why the envelope could not be decoded, else `None`.
    notes
        What was left out, in words.
    event_ids
        What names the payload: each event's id, or its text where it has none.
    """

    log_group: str = ""
    log_stream: str = ""
    events: int = 0
    by_verdict: Counter[str] = field(default_factory=Counter)
    by_disposition: Counter[str] = field(default_factory=Counter)
    by_protocol: Counter[str] = field(default_factory=Counter)
    by_minute: Counter[str] = field(default_factory=Counter)
    series: Counter[tuple[int | None, str, str]] = field(default_factory=Counter)
    denies: list[Flow] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    signals: Counter[str] = field(default_factory=Counter)
    facts: list[object] = field(default_factory=list)
    oldest: int | None = None
    newest: int | None = None
    unparsed: int = 0
    dropped: int = 0
    bytes: int = 0
    error: str | None = None
    notes: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()

    @property
    def flows(self) -> int:
        """Flows of every verdict."""
        return self.by_verdict.total()


def count_label(counter: Counter[str], label: str) -> None:
    """Count a label; beyond `MAX_LABELS` distinct ones it is counted as `other`."""
    counter[label if label in counter or len(counter) < MAX_LABELS else OTHER] += 1
