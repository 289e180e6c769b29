"""What is remembered of a finding, and the finding that its readers get of it."""

from dataclasses import dataclass

import msgspec

from netpolwatch.catalogue.model import Entry, Severity, span_text
from netpolwatch.catalogue.running import RunningVersions
from netpolwatch.findings.amounts import NOTHING, Amounts
from netpolwatch.findings.crowds import Extents, extent_of
from netpolwatch.findings.escalation import Tallies
from netpolwatch.findings.hours import Hours
from netpolwatch.findings.model import Finding, KeptEvidence, RunningVersion, Status, Subject
from netpolwatch.findings.notices import Reason
from netpolwatch.findings.remedy import filled
from netpolwatch.findings.versions import (
    Know,
    known_to_batches,
    known_to_run,
    running_beside,
    version_note,
)
from netpolwatch.flows.model import Confidence
from netpolwatch.ingest.timestamps import rfc3339


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a finding between batches.

    Attributes
    ----------
    first_seen, last_seen, resolved_at
        Event times in ms since 1970 (UTC).
    opened_at
        When its episode was first recorded, ms since 1970 (UTC).
    recorded_at
        When a batch last showed it, ms since 1970 (UTC): late events are not silence.
    told_at
        When it was last told, in ms since 1970 (UTC); `None` for never, or since its end was told.
    tellings
        How often it was told in this episode.
    heard
        How many of them were not silenced.
    raised
        Whether it was seen as often as its entry asks; until then it is information only.
    hint
        Whether only signals hinted at it.
    amounts
        What its sightings add up to, by threshold, while that is not decided.
    tallies, things
        How often it was seen, and of what, by time, for what may still make it graver.
    escalated
        What made it as grave as it is, in words; `None` where its sightings did.
    told_severity
        Its severity when it was last told.
    quiet_until
        Until when a silence, or what explains it, keeps it from being told.
    muted
        Why it would have been told.
    hours
        Its last hours, where they are compared with one another.
    extents
        Of a crowd, the values of its subjects.
    """

    id: str
    issue: str
    cluster: str | None
    subject: Subject
    status: Status
    episode: int
    severity: Severity
    component: str | None
    confidence: Confidence
    count: int
    first_seen: int | None
    last_seen: int | None
    evidence: tuple[KeptEvidence, ...]
    opened_at: int = 0
    recorded_at: int = 0
    resolved_at: int | None = None
    told_at: int | None = None
    tellings: int = 0
    heard: int = 0
    raised: bool = True
    hint: bool = False
    amounts: Amounts = NOTHING
    tallies: Tallies = {}
    things: Amounts = NOTHING
    escalated: str | None = None
    told_severity: Severity | None = None
    quiet_until: int | None = None
    muted: Reason | None = None
    hours: Hours = ()
    extents: Extents = {}

    @property
    def shown_severity(self) -> Severity:
        """Its severity, or `info` below the threshold."""
        return self.severity if self.raised else "info"

    @property
    def is_finding(self) -> bool:
        """Whether there is something to show: signals are nothing until they are enough."""
        return self.raised or not self.hint

    @property
    def is_open(self) -> bool:
        """Whether it counts as a fault now."""
        return self.status != "resolved" and self.raised


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell people, with the finding as it was when that was decided."""

    id: str
    reason: Reason
    finding: Finding


def raised_by(state: State, entry: Entry, now_ms: int) -> State:
    """Let a finding count as a fault whose end should have been seen by now."""
    due_at = raised_at(state, entry)
    if due_at is None or now_ms < due_at:
        return state
    why = f"no end within {span_text(entry.ends_within_ms)}"
    return msgspec.structs.replace(state, raised=True, amounts=NOTHING, escalated=why)


def raised_at(state: State, entry: Entry) -> int | None:
    """Tell when a finding will count as a fault, unless its end is seen; `None` for never."""
    if not entry.ends_within_ms or state.status == "resolved" or state.raised:
        return None
    # Lines without a time tell nobody how long ago they were.
    return state.opened_at + entry.ends_within_ms if state.opened_at else None


def finding_of(
    state: State,
    entry: Entry,
    *,
    until_ms: int | None = None,
    running: RunningVersions | None = None,
) -> Finding:
    """Describe a finding by its state and its entry.

    `until_ms` (event time) is how far the log is known: what was silent for long before is over.
    `running` is what a whole run has learned; without it, what the evidence's batches told counts.
    """
    if until_ms is not None:
        state = raised_by(state, entry, until_ms)
    versions = _running_beside(state, entry, running)
    resolved_at = state.resolved_at or _silent_since(state, entry, until_ms)
    return Finding(
        id=state.id,
        issue=state.issue,
        cluster=state.cluster,
        title=entry.title,
        severity=state.shown_severity,
        status=state.status if resolved_at is None else "resolved",
        episode=state.episode,
        subject=state.subject,
        count=state.count,
        first_seen=rfc3339(state.first_seen),
        last_seen=rfc3339(state.last_seen),
        component=state.component,
        confidence=state.confidence,
        evidence=tuple(one.told for one in state.evidence),
        remedy=filled(entry.remedy, state.cluster, state.subject),
        docs=entry.docs,
        upstream=entry.upstream,
        affected_versions=entry.affected_versions,
        fixed_in=entry.fixed_version,
        running_versions=versions,
        version_note=version_note(entry.versions, versions) if entry.versions else None,
        resolved_at=rfc3339(resolved_at),
        escalated=state.escalated if state.raised else None,
        extent=extent_of(state.extents),
    )


def _running_beside(
    state: State, entry: Entry, running: RunningVersions | None
) -> tuple[RunningVersion, ...]:
    versions = entry.versions
    if versions is None:
        return ()
    know: Know = known_to_batches
    if running is not None:
        know = known_to_run(running, state.cluster, versions)
    return running_beside(versions, state.evidence, know)


def _silent_since(state: State, entry: Entry, until_ms: int | None) -> int | None:
    if until_ms is None or state.last_seen is None:
        return None
    end = state.last_seen + entry.resolve_after_ms
    return end if end <= until_ms else None
