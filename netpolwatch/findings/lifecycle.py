"""A finding's life: a pure state machine; whoever stores its state stores what it says."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from netpolwatch.catalogue.model import SEVERITIES, Entry, Severity
from netpolwatch.findings.fingerprint import notification_id
from netpolwatch.findings.model import MAX_EVIDENCE, Evidence, Finding, Status, Subject
from netpolwatch.findings.observation import Observation, graver, surer
from netpolwatch.findings.remedy import filled
from netpolwatch.findings.threshold import Weights, is_met, together
from netpolwatch.flows.model import Confidence
from netpolwatch.ingest.timestamps import rfc3339

Reason = Literal["opened", "repeated", "risen"]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a finding between batches.

    Attributes
    ----------
    first_seen, last_seen
        Event times in ms since 1970 (UTC).
    told_at
        When it was last told, in ms since 1970 (UTC); `None` for never.
    tellings
        How often it was told in this episode.
    raised
        Whether it was seen as often as its entry asks; until then it is information only.
    weights
        What its sightings weigh, by time, while that is not decided.
    told_severity
        Its severity when it was last told.
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
    evidence: tuple[Evidence, ...]
    told_at: int | None = None
    tellings: int = 0
    raised: bool = True
    weights: Weights = ()
    told_severity: Severity | None = None

    @property
    def shown_severity(self) -> Severity:
        """Its severity, or `info` below the threshold."""
        return self.severity if self.raised else "info"


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell people, with the finding as it was when that was decided."""

    id: str
    reason: Reason
    finding: Finding


@dataclass(frozen=True, slots=True)
class Transition:
    """A finding's next state, and what to tell of it (if anything)."""

    state: State
    notification: Notification | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch changed.

    Attributes
    ----------
    opened
        Findings that this batch opened.
    duplicate
        Whether some or all of the batch had been recorded before.
    """

    opened: int = 0
    duplicate: bool = False


def advance(
    state: State | None,
    observation: Observation,
    entry: Entry,
    *,
    now_ms: int,
    repeat_interval_ms: int,
    waiting: bool = False,
) -> Transition:
    """Take one observation into a finding.

    The first one opens it, and so does one that comes after the silence that ends an episode. It is
    told when its threshold is met, when its severity rises, and again when it is observed
    `repeat_interval_ms` after it was last told; never for an entry that is only recorded, never
    while it is information only, and never while an earlier telling is still `waiting` to be sent:
    an outbox does not grow.
    """
    following = _following(state, observation, entry)
    if waiting or not _is_told(following, entry, now_ms, repeat_interval_ms):
        return Transition(following, None)
    told = msgspec.structs.replace(
        following,
        told_at=now_ms,
        tellings=following.tellings + 1,
        told_severity=following.severity,
    )
    notification = Notification(
        id=notification_id(told.id, told.episode, told.tellings),
        reason=_reason(following),
        finding=finding_of(told, entry),
    )
    return Transition(told, notification)


def finding_of(state: State, entry: Entry, *, until_ms: int | None = None) -> Finding:
    """Describe a finding by its state and its entry.

    `until_ms` (event time) is how far the log is known: what was silent for long before is over.
    """
    resolved_at = _resolved_at(state, entry, until_ms)
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
        evidence=state.evidence,
        remedy=filled(entry.remedy, state.cluster, state.subject),
        docs=entry.docs,
        upstream=entry.upstream,
        affected_versions=entry.affected_versions,
        fixed_in=entry.fixed_version,
        resolved_at=rfc3339(resolved_at),
    )


def _is_told(state: State, entry: Entry, now_ms: int, repeat_interval_ms: int) -> bool:
    if not entry.notify or entry.maturity != "stable" or state.shown_severity == "info":
        return False
    if state.told_at is None or _has_risen(state):
        return True
    return now_ms - state.told_at >= repeat_interval_ms


def _has_risen(state: State) -> bool:
    told = state.told_severity
    return told is not None and SEVERITIES.index(state.severity) > SEVERITIES.index(told)


def _reason(state: State) -> Reason:
    if state.tellings == 0:
        return "opened"
    return "risen" if _has_risen(state) else "repeated"


def _resolved_at(state: State, entry: Entry, until_ms: int | None) -> int | None:
    if until_ms is None or state.last_seen is None:
        return None
    end = state.last_seen + entry.resolve_after_ms
    return end if end <= until_ms else None


def _following(state: State | None, observation: Observation, entry: Entry) -> State:
    if state is None:
        return _opened(observation, entry)
    if _is_over(state, observation, entry):
        # Told lately, it is not told again for a new episode: that waits for the interval.
        return msgspec.structs.replace(
            _opened(observation, entry),
            episode=state.episode + 1,
            told_at=state.told_at,
            told_severity=state.told_severity,
        )
    return _continued(state, observation, entry)


def _is_over(state: State, observation: Observation, entry: Entry) -> bool:
    if state.last_seen is None or observation.first_seen is None:
        return False
    return observation.first_seen - state.last_seen > entry.resolve_after_ms


def _opened(observation: Observation, entry: Entry) -> State:
    raised = is_met(observation.weights, entry.window_ms)
    return State(
        id=observation.id,
        issue=observation.issue,
        cluster=observation.cluster,
        subject=observation.subject,
        status="open",
        episode=1,
        severity=observation.severity,
        component=observation.component,
        confidence=observation.confidence,
        count=observation.count,
        first_seen=observation.first_seen,
        last_seen=observation.last_seen,
        evidence=observation.evidence,
        raised=raised,
        weights=() if raised else observation.weights,
    )


def _continued(state: State, observation: Observation, entry: Entry) -> State:
    weights: Weights = ()
    raised = state.raised
    if not raised:
        weights = together(state.weights, observation.weights, entry.window_ms)
        raised = is_met(weights, entry.window_ms)
    return msgspec.structs.replace(
        state,
        status="ongoing",
        severity=graver(state.severity, observation.severity),
        confidence=surer(state.confidence, observation.confidence),
        component=state.component or observation.component,
        count=state.count + observation.count,
        first_seen=_earliest(state.first_seen, observation.first_seen),
        last_seen=_latest(state.last_seen, observation.last_seen),
        evidence=(*state.evidence, *observation.evidence)[:MAX_EVIDENCE],
        raised=raised,
        weights=() if raised else weights,
    )


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _latest(one: int | None, other: int | None) -> int | None:
    return max((time for time in (one, other) if time is not None), default=None)
