"""A finding's life: a pure state machine; whoever stores its state stores what it says.

open → ongoing → resolved, and open again as the next episode. Event time decides what belongs
together; the time of recording decides what fell silent, so that a late log is no silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from netpolwatch.catalogue.model import SEVERITIES, Entry, Escalation
from netpolwatch.findings.amounts import NOTHING, Amounts, added, is_enough, raising
from netpolwatch.findings.crowds import extents_added
from netpolwatch.findings.escalation import graver_by, tallied, things_added
from netpolwatch.findings.fingerprint import notification_id
from netpolwatch.findings.hours import Hours, surges, with_sightings
from netpolwatch.findings.model import MAX_EVIDENCE
from netpolwatch.findings.notices import Reason
from netpolwatch.findings.observation import Observation, graver, surer
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.state import Notification, State, finding_of, raised_at, raised_by
from netpolwatch.ingest.timestamps import rfc3339

REVIEW_MS: Final = 3_600_000
"""A conversation that goes on is looked at again so often: is it still the same workloads'?"""


@dataclass(frozen=True, slots=True)
class Transition:
    """A finding's next state, and what to tell of it (if anything)."""

    state: State
    notification: Notification | None = None


def advance(
    state: State | None,
    observation: Observation,
    entry: Entry,
    *,
    now_ms: int,
    rules: Rules,
    waiting: bool = False,
    around: Iterable[Escalation] = (),
) -> Transition:
    """Take one observation into a finding.

    The first one opens it, and so does one that comes after the silence that ended an episode; one
    from before that end is only counted. It is told when its threshold is met, when its severity
    rises, and when it is time to repeat; never for an entry that is only recorded, never while it
    is information only, and never while an earlier telling is still `waiting` to be sent: an outbox
    does not grow. What stands `around` the observation may make it graver, until its episode ends.
    """
    following = _following(state, observation, entry, now_ms)
    if entry.escalate:
        had = state if state and state.episode == following.episode else None
        following = _escalated(had, following, observation, entry, around)
    return following_up(following, entry, now_ms=now_ms, rules=rules, waiting=waiting)


def tick(
    state: State, entry: Entry, *, now_ms: int, rules: Rules, waiting: bool = False
) -> Transition:
    """Let time pass: end what fell silent, and tell what it is time to tell."""
    if state.status == "resolved":
        return Transition(state)
    state = raised_by(state, entry, now_ms)
    if now_ms >= silent_at(state, entry):
        return _resolved(state, entry, now_ms, rules)
    return following_up(state, entry, now_ms=now_ms, rules=rules, waiting=waiting)


def raises(state: State | None, observation: Observation, entry: Entry) -> bool:
    """Tell whether a finding counts as a fault once it has taken an observation in."""
    if state is None or _is_over(state, observation):
        return is_enough(raising(entry), observation.amounts)
    return _raised(state, observation, entry)[0]


def following_up(
    state: State, entry: Entry, *, now_ms: int, rules: Rules, waiting: bool
) -> Transition:
    """Tell of a state, if there is reason to."""
    reason = None if waiting else _reason(state, entry, now_ms, rules)
    return Transition(state) if reason is None else _told(state, entry, reason, now_ms)


def opens(state: State | None, observation: Observation) -> bool:
    """Whether an observation opens a finding, for the first time or again."""
    return state is None or _is_over(state, observation)


def muted(state: State, reason: Reason, until_ms: int) -> State:
    """Take back that a finding was told: until a time nobody wants to hear of it."""
    return msgspec.structs.replace(
        state, quiet_until=until_ms, muted=reason, heard=max(0, state.heard - 1)
    )


def ended_before(state: State, observation: Observation, entry: Entry) -> State:
    """End a finding that was silent, in event time, before it is observed again.

    For whoever has only a log, read in its order: a deployment's findings end by `tick`, since
    its logs come in any order.
    """
    if state.status == "resolved" or state.last_seen is None or observation.first_seen is None:
        return state
    if observation.first_seen - state.last_seen <= entry.resolve_after_ms:
        return state
    return _ended(state, entry)


def ended_by(
    state: State, ending: Observation, entry: Entry, *, now_ms: int, rules: Rules
) -> Transition:
    """End a finding whose end was seen, unless it was seen again after that."""
    seen, last = ending.last_seen, state.last_seen
    if state.status == "resolved" or (seen is not None and last is not None and seen < last):
        return Transition(state)
    state = raised_by(state, entry, now_ms)
    over = _resolved(state, entry, now_ms, rules)
    at = seen or state.recorded_at
    return Transition(msgspec.structs.replace(over.state, resolved_at=at), over.notification)


def silent_at(state: State, entry: Entry) -> int:
    """Tell when a finding will have been silent for long enough to be over."""
    return state.recorded_at + entry.resolve_after_ms


def next_tick(state: State, entry: Entry, rules: Rules) -> int | None:
    """Tell when to look at a finding again (ms since 1970, UTC); `None` for never."""
    if state.status == "resolved":
        return None
    times = [at for at in (silent_at(state, entry), raised_at(state, entry)) if at is not None]
    if state.quiet_until is not None:
        times.append(state.quiet_until)
    elif _may_be_told(state, entry) and state.told_at is not None and not entry.digest:
        times.append(state.told_at + rules.repeat_interval_ms)
    return min(times)


def _reason(state: State, entry: Entry, now_ms: int, rules: Rules) -> Reason | None:
    if not _may_be_told(state, entry) or now_ms < (state.quiet_until or 0):
        return None
    if state.muted is not None:
        return state.muted
    if state.told_at is None:
        return "opened"
    if _has_risen(state):
        return "surged" if entry.digest else "risen"
    if entry.digest:
        return "reassigned" if _is_to_review(state, state.told_at, now_ms) else None
    again: Reason = "repeated" if state.tellings else "opened"
    return None if now_ms - state.told_at < rules.repeat_interval_ms else again


def _may_be_told(state: State, entry: Entry) -> bool:
    told = entry.notify and entry.maturity == "stable"
    return told and state.status != "resolved" and state.shown_severity != "info"


def _has_risen(state: State) -> bool:
    told = state.told_severity
    return told is not None and SEVERITIES.index(state.severity) > SEVERITIES.index(told)


def _is_to_review(state: State, told_at: int, now_ms: int) -> bool:
    """Tell whether to ask again who a conversation's ends are: it goes on since it was told."""
    return now_ms - told_at >= REVIEW_MS and (state.last_seen or 0) > told_at


def _told(state: State, entry: Entry, reason: Reason, now_ms: int) -> Transition:
    told = msgspec.structs.replace(
        state,
        told_at=now_ms,
        tellings=state.tellings + 1,
        heard=state.heard + 1,
        told_severity=state.severity,
        quiet_until=None,
        muted=None,
    )
    identity = notification_id(told.id, told.episode, told.tellings)
    finding = finding_of(told, entry)
    if reason == "reassigned":
        # Whose it was when it was told, against whose it is: what was before then is known.
        since = rfc3339(_latest(state.first_seen, state.told_at))
        finding = msgspec.structs.replace(finding, first_seen=since)
    return Transition(told, Notification(identity, reason, finding))


def _ended(state: State, entry: Entry) -> State:
    last = state.recorded_at if state.last_seen is None else state.last_seen
    return msgspec.structs.replace(
        state,
        status="resolved",
        resolved_at=last + entry.resolve_after_ms,
        quiet_until=None,
        muted=None,
    )


def _resolved(state: State, entry: Entry, now_ms: int, rules: Rules) -> Transition:
    over = _ended(state, entry)
    if not (rules.tell_resolved and state.heard and not entry.digest):
        return Transition(over)
    told = _told(over, entry, "resolved", now_ms)
    # Its end was told: its return is news, however soon it comes.
    again = msgspec.structs.replace(told.state, told_at=None, told_severity=None)
    return Transition(again, told.notification)


def _following(state: State | None, observation: Observation, entry: Entry, now_ms: int) -> State:
    if state is None:
        return _opened(observation, entry, now_ms)
    if not _is_over(state, observation):
        return _continued(raised_by(state, entry, now_ms), observation, entry, now_ms)
    # Told lately, it is not told again for a new episode: that waits for the interval.
    return msgspec.structs.replace(
        _opened(observation, entry, now_ms),
        episode=state.episode + 1,
        told_at=None if entry.digest else state.told_at,
        told_severity=None if entry.digest else state.told_severity,
        hours=_hours(state.hours, observation, entry),
    )


def _escalated(
    had: State | None,
    state: State,
    observation: Observation,
    entry: Entry,
    around: Iterable[Escalation],
) -> State:
    tallies = tallied(entry, had.tallies if had else {}, observation.tallies, state.severity)
    before = had.things if had else NOTHING
    things = things_added(entry, before, observation.things, state.severity)
    by = graver_by(entry, state.severity, tallies, things, around)
    if by is None:
        # Where its sightings have become graver, what made it graver before no longer says why.
        why = state.escalated if had and had.severity == state.severity else None
        return msgspec.structs.replace(state, tallies=tallies, things=things, escalated=why)
    return msgspec.structs.replace(
        state,
        severity=by.to,
        escalated=by.text,
        tallies=tallied(entry, tallies, {}, by.to),
        things=things_added(entry, things, NOTHING, by.to),
    )


def _is_over(state: State, observation: Observation) -> bool:
    if state.status != "resolved":
        return False
    end, seen = state.resolved_at, observation.last_seen
    return end is None or seen is None or seen > end


def _raised(state: State, observation: Observation, entry: Entry) -> tuple[bool, Amounts]:
    """Tell whether a finding counts as a fault by now, else what it adds up to."""
    if state.raised:
        return True, NOTHING
    thresholds = raising(entry)
    amounts = added(thresholds, state.amounts, observation.amounts)
    enough = is_enough(thresholds, observation.amounts) or is_enough(thresholds, amounts)
    return enough, NOTHING if enough else amounts


def _opened(observation: Observation, entry: Entry, now_ms: int) -> State:
    raised = is_enough(raising(entry), observation.amounts)
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
        opened_at=now_ms,
        recorded_at=now_ms,
        raised=raised,
        hint=observation.hint,
        amounts=NOTHING if raised else observation.amounts,
        hours=_hours((), observation, entry),
        extents=observation.extents,
    )


def _continued(state: State, observation: Observation, entry: Entry, now_ms: int) -> State:
    raised, amounts = _raised(state, observation, entry)
    hours = _hours(state.hours, observation, entry)
    severity = graver(state.severity, observation.severity)
    return msgspec.structs.replace(
        state,
        # What comes late, from before the end, does not bring a finding back.
        status="resolved" if state.status == "resolved" else "ongoing",
        severity=graver(severity, "medium") if surges(hours, now_ms) else severity,
        confidence=surer(state.confidence, observation.confidence),
        component=state.component or observation.component,
        count=state.count + observation.count,
        first_seen=_earliest(state.first_seen, observation.first_seen),
        last_seen=_latest(state.last_seen, observation.last_seen),
        evidence=(*state.evidence, *observation.evidence)[:MAX_EVIDENCE],
        recorded_at=max(state.recorded_at, now_ms),
        raised=raised,
        hint=state.hint and observation.hint,
        amounts=amounts,
        hours=hours,
        extents=extents_added(state.extents, observation.extents),
    )


def _hours(hours: Hours, observation: Observation, entry: Entry) -> Hours:
    if not entry.digest:
        return ()
    return with_sightings(hours, [(observation.last_seen, observation.count)])


def _earliest(one: int | None, other: int | None) -> int | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _latest(one: int | None, other: int | None) -> int | None:
    return max((time for time in (one, other) if time is not None), default=None)
