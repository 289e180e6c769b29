"""A finding's life: a pure state machine; whoever stores its state stores what it says."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from netpolwatch.catalogue.model import Entry, Severity
from netpolwatch.findings.fingerprint import notification_id
from netpolwatch.findings.model import MAX_EVIDENCE, Evidence, Finding, Status, Subject
from netpolwatch.findings.observation import Observation, graver, surer
from netpolwatch.flows.model import Confidence
from netpolwatch.ingest.timestamps import rfc3339

Reason = Literal["opened", "repeated"]


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

    The first one opens it. It is told when it opens, and again when it is observed
    `repeat_interval_ms` after it was last told; never for an entry that is only recorded, never
    while its severity is `info`, and never while an earlier telling is still `waiting` to be sent:
    an outbox does not grow.
    """
    following = _opened(observation) if state is None else _continued(state, observation)
    if waiting or not _is_told(following, entry, now_ms, repeat_interval_ms):
        return Transition(following, None)
    told = msgspec.structs.replace(following, told_at=now_ms, tellings=following.tellings + 1)
    notification = Notification(
        id=notification_id(told.id, told.episode, told.tellings),
        reason="opened" if told.tellings == 1 else "repeated",
        finding=finding_of(told, entry),
    )
    return Transition(told, notification)


def finding_of(state: State, entry: Entry) -> Finding:
    """Describe a finding by its state and its entry."""
    return Finding(
        id=state.id,
        issue=state.issue,
        cluster=state.cluster,
        title=entry.title,
        severity=state.severity,
        status=state.status,
        episode=state.episode,
        subject=state.subject,
        count=state.count,
        first_seen=rfc3339(state.first_seen),
        last_seen=rfc3339(state.last_seen),
        component=state.component,
        confidence=state.confidence,
        evidence=state.evidence,
        remedy=entry.remedy,
        docs=entry.docs,
        upstream=entry.upstream,
        affected_versions=entry.affected,
        fixed_in=entry.fixed_in,
    )


def _is_told(state: State, entry: Entry, now_ms: int, repeat_interval_ms: int) -> bool:
    if not entry.notify or entry.maturity != "stable" or state.severity == "info":
        return False
    return state.told_at is None or now_ms - state.told_at >= repeat_interval_ms


def _opened(observation: Observation) -> State:
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
    )


def _continued(state: State, observation: Observation) -> State:
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
    )


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _latest(one: int | None, other: int | None) -> int | None:
    return max((time for time in (one, other) if time is not None), default=None)
