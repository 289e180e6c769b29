"""A finding opens once, goes on, and is told again after its interval."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.model import Entry, Threshold
from netpolwatch.findings.amounts import NOTHING, Amounts, raising
from netpolwatch.findings.lifecycle import (
    Transition,
    advance,
    ended_before,
    ended_by,
    next_tick,
    tick,
)
from netpolwatch.findings.model import MAX_EVIDENCE, KeptEvidence
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.rules import DEFAULT_RULES
from netpolwatch.findings.state import State, finding_of
from netpolwatch.findings.threshold import weights_of
from tests.unit.findings.making import (
    DAY_MS,
    HOUR_MS,
    LINK_NOT_FOUND,
    NOON,
    entry,
    observation,
)


def step(
    state: State | None, at: int, known: Entry = LINK_NOT_FOUND, **changes: object
) -> Transition:
    return advance(state, observation(**changes), known, now_ms=at, rules=DEFAULT_RULES)


def test_the_first_observation_opens_a_finding_and_tells_it() -> None:
    opened = step(None, NOON, count=3)
    assert (opened.state.status, opened.state.episode, opened.state.count) == ("open", 1, 3)
    assert (opened.state.told_at, opened.state.tellings) == (NOON, 1)
    assert opened.notification is not None
    assert opened.notification.reason == "opened"
    assert opened.notification.finding.status == "open"
    assert opened.notification.finding.first_seen == "2026-06-09T12:00:00.000Z"
    assert opened.notification.finding.remedy == LINK_NOT_FOUND.remedy


def test_the_second_one_goes_on_without_being_told() -> None:
    ongoing = step(step(None, NOON).state, NOON + HOUR_MS)
    assert (ongoing.state.status, ongoing.state.count) == ("ongoing", 2)
    assert ongoing.notification is None


@pytest.mark.parametrize(("after", "told"), [(DAY_MS - 1, False), (DAY_MS, True)])
def test_it_is_told_again_after_the_interval_and_not_before(after: int, *, told: bool) -> None:
    opened = step(None, NOON)
    later = step(opened.state, NOON + after)
    assert (later.notification is not None) is told
    if later.notification is not None and opened.notification is not None:
        assert later.notification.reason == "repeated"
        assert later.notification.finding.status == "ongoing"
        assert later.notification.id != opened.notification.id


def test_the_interval_counts_from_the_last_telling() -> None:
    # Given a finding observed every hour for three days
    state, told = step(None, NOON).state, [NOON]
    for hour in range(1, 72):
        change = step(state, NOON + hour * HOUR_MS)
        state = change.state
        if change.notification is not None:
            told.append(NOON + hour * HOUR_MS)
    # Then it was told once a day
    assert told == [NOON, NOON + DAY_MS, NOON + 2 * DAY_MS]
    assert state.tellings == 3
    assert state.count == 72


@pytest.mark.parametrize(
    "silent", [entry(notify=False), entry(maturity="incubating"), entry(maturity="planned")]
)
def test_what_is_only_recorded_is_never_told(silent: Entry) -> None:
    state = None
    for day in range(5):
        change = step(state, NOON + day * DAY_MS, silent)
        state = change.state
        assert change.notification is None
    assert state is not None
    assert (state.count, state.tellings, state.told_at) == (5, 0, None)


def test_information_is_told_once_it_is_more() -> None:
    # given
    known = step(None, NOON, severity="info")
    # when
    graver = step(known.state, NOON + HOUR_MS, severity="high")
    # then
    assert known.notification is None
    assert graver.notification is not None
    assert graver.notification.reason == "opened"


def test_an_entry_that_is_promoted_is_told_at_its_next_observation() -> None:
    recorded = step(None, NOON, entry(maturity="incubating"))
    promoted = step(recorded.state, NOON + HOUR_MS)
    assert promoted.notification is not None
    assert promoted.notification.reason == "opened"


def test_a_clock_that_runs_back_tells_nothing_twice() -> None:
    assert step(step(None, NOON).state, NOON - DAY_MS).notification is None


def test_a_late_event_widens_the_past_and_not_the_present() -> None:
    opened = step(None, NOON, first_seen=NOON - HOUR_MS, last_seen=NOON)
    late = step(opened.state, NOON + 1, first_seen=NOON - 9 * HOUR_MS, last_seen=NOON - HOUR_MS)
    assert (late.state.first_seen, late.state.last_seen) == (NOON - 9 * HOUR_MS, NOON)


@pytest.mark.parametrize(
    ("first", "second"), [((None, None), (NOON, NOON)), ((NOON, NOON), (None, None))]
)
def test_a_known_time_wins_over_none(
    first: tuple[int | None, int | None], second: tuple[int | None, int | None]
) -> None:
    state = step(None, NOON, first_seen=first[0], last_seen=first[1]).state
    state = step(state, NOON, first_seen=second[0], last_seen=second[1]).state
    assert (state.first_seen, state.last_seen) == (NOON, NOON)


def test_judgements_only_grow() -> None:
    state = step(None, NOON, severity="high", confidence="low", component=None).state
    state = step(state, NOON, severity="critical", confidence="high", component="ipamd").state
    state = step(state, NOON, severity="low", confidence="medium", component="kubelet").state
    assert (state.severity, state.confidence, state.component) == ("critical", "high", "ipamd")


def test_evidence_keeps_what_opened_it_and_stays_bounded() -> None:
    def lines(*names: str) -> tuple[KeptEvidence, ...]:
        return tuple(KeptEvidence(None, "group", "stream", name) for name in names)

    state = step(None, NOON, evidence=lines("a", "b")).state
    state = step(state, NOON, evidence=lines("c", "d", "e", "f", "g")).state
    assert [each.text for each in state.evidence] == ["a", "b", "c", "d", "e"]
    assert len(state.evidence) == MAX_EVIDENCE


_observations = st.builds(
    lambda time, count, severity: observation(
        first_seen=time, last_seen=time, count=count, severity=severity
    ),
    st.none() | st.integers(-(2**53), 2**53),
    st.integers(1, 10_000),
    st.sampled_from(["critical", "high", "medium", "low", "info"]),
)


# An episode ends by silence, and which one a late event belongs to its order tells.
_ENDLESS = entry(resolve_after_ms=2**60)


@given(st.lists(_observations, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_observations_changes_nothing(
    seen: list[Observation], order: random.Random
) -> None:
    def end(observations: list[Observation]) -> tuple[object, ...]:
        state = None
        for each in observations:
            change = advance(state, each, _ENDLESS, now_ms=NOON, rules=DEFAULT_RULES)
            state = change.state
        assert state is not None
        return state.id, state.count, state.first_seen, state.last_seen, state.severity

    assert end(order.sample(seen, len(seen))) == end(seen)


_THREE_IN_TEN = entry(threshold=Threshold(3, 10 * 60_000))
_THIRD = _THREE_IN_TEN.threshold.weight


def _seen_at(time: int) -> dict[str, object]:
    weights = weights_of([(time, _THIRD)], _THREE_IN_TEN.threshold.within_ms)
    amounts = Amounts(dict.fromkeys(raising(_THREE_IN_TEN), weights))
    return {"first_seen": time, "last_seen": time, "amounts": amounts}


def test_below_its_threshold_a_fault_is_information_and_told_to_nobody() -> None:
    # given
    first = step(None, NOON, _THREE_IN_TEN, **_seen_at(NOON))
    second = step(first.state, NOON, _THREE_IN_TEN, **_seen_at(NOON + 60_000))
    # when
    third = step(second.state, NOON, _THREE_IN_TEN, **_seen_at(NOON + 120_000))
    # then
    assert [one.state.shown_severity for one in (first, second, third)] == ["info", "info", "high"]
    assert [one.notification is None for one in (first, second, third)] == [True, True, False]
    assert third.notification is not None
    assert (third.notification.reason, third.notification.finding.count) == ("opened", 3)


_TO_END = entry(threshold=Threshold(3, 10 * 60_000), ends_within_ms=20 * 60_000,
                resolve_after_ms=DAY_MS)  # fmt: skip
_DUE = NOON + 20 * 60_000


def _ticked(state: State, at: int) -> Transition:
    return tick(state, _TO_END, now_ms=at, rules=DEFAULT_RULES)


def test_a_fault_whose_end_is_not_seen_in_time_counts_however_seldom_it_was_seen() -> None:
    # given one sighting, of too few
    once = step(None, NOON, _TO_END, **_seen_at(NOON)).state
    assert (once.shown_severity, next_tick(once, _TO_END, DEFAULT_RULES)) == ("info", _DUE)
    # when time passes
    early, due = _ticked(once, _DUE - 1), _ticked(once, _DUE)
    # then it is told, and why
    assert (early.state, early.notification) == (once, None)
    assert due.notification is not None
    found = due.notification.finding
    assert (found.severity, found.escalated) == ("high", "no end within 20 min")
    assert next_tick(due.state, _TO_END, DEFAULT_RULES) == NOON + DAY_MS
    # and so it is where it is seen again, or on a laptop, whose log goes on
    again = step(once, _DUE, _TO_END, **_seen_at(_DUE)).state
    assert again.shown_severity == "high"
    shown = [finding_of(once, _TO_END, until_ms=at).severity for at in (_DUE - 1, _DUE)]
    assert shown == ["info", "high"]


def test_a_fault_whose_end_is_seen_in_time_stays_information() -> None:
    once = step(None, NOON, _TO_END, **_seen_at(NOON)).state
    end = observation(first_seen=NOON + 1, last_seen=NOON + 1)
    over = ended_by(once, end, _TO_END, now_ms=NOON + 2, rules=DEFAULT_RULES).state
    assert _ticked(over, _DUE).state.shown_severity == "info"
    assert finding_of(over, _TO_END, until_ms=_DUE).severity == "info"
    assert next_tick(over, _TO_END, DEFAULT_RULES) is None


def test_of_a_fault_without_a_time_nobody_knows_how_long_it_lasts() -> None:
    once = step(None, 0, _TO_END, first_seen=None, last_seen=None, amounts=NOTHING).state
    assert finding_of(once, _TO_END, until_ms=NOON).severity == "info"


def test_sightings_far_apart_never_make_a_fault() -> None:
    state = None
    for hour in range(50):
        later = NOON + hour * HOUR_MS
        state = step(state, later, _THREE_IN_TEN, **_seen_at(later)).state
        assert state.shown_severity == "info"


def test_a_rise_of_severity_is_told_at_once() -> None:
    opened = step(None, NOON, severity="medium")
    risen = step(opened.state, NOON + 1, severity="critical")
    assert risen.notification is not None
    assert risen.notification.reason == "risen"
    assert step(risen.state, NOON + 2, severity="high").notification is None


def test_after_its_silence_a_fault_begins_a_new_episode() -> None:
    # given a finding told lately, whose log has nothing of it for its time of silence
    opened = step(None, NOON)
    later = NOON + LINK_NOT_FOUND.resolve_after_ms + 1
    seen = observation(first_seen=later, last_seen=later)
    over = ended_before(opened.state, seen, LINK_NOT_FOUND)
    # when
    again = step(over, later, first_seen=later, last_seen=later)
    # then it is not told before the interval is over
    assert (over.status, over.resolved_at) == ("resolved", later - 1)
    assert (again.state.episode, again.state.count, again.state.status) == (2, 1, "open")
    assert again.notification is None


def test_in_a_deployment_the_order_of_delivery_begins_no_episode() -> None:
    # given a backlog of a day, delivered in any order within a minute
    later = NOON + DAY_MS
    state = step(None, NOON, first_seen=later, last_seen=later).state
    state = step(state, NOON + 1, first_seen=NOON, last_seen=NOON).state
    state = step(state, NOON + 2, first_seen=later + 1, last_seen=later + 1).state
    assert (state.episode, state.count) == (1, 3)
    # when it is silent from then on
    silent = NOON + 2 + LINK_NOT_FOUND.resolve_after_ms
    early = tick(state, LINK_NOT_FOUND, now_ms=silent - 1, rules=DEFAULT_RULES)
    over = tick(state, LINK_NOT_FOUND, now_ms=silent, rules=DEFAULT_RULES)
    # then
    assert (early.state.status, early.notification) == ("ongoing", None)
    assert over.state.status == "resolved"
    assert over.notification is not None
    assert over.notification.finding.status == "resolved"


def test_what_comes_late_begins_no_episode() -> None:
    opened = step(None, NOON)
    late = step(opened.state, NOON, first_seen=NOON - DAY_MS, last_seen=NOON - DAY_MS)
    assert (late.state.episode, late.state.count) == (1, 2)


def test_a_fault_that_was_silent_until_the_logs_end_is_over() -> None:
    state = step(None, NOON).state
    end = NOON + LINK_NOT_FOUND.resolve_after_ms
    assert finding_of(state, LINK_NOT_FOUND, until_ms=end - 1).status == "open"
    over = finding_of(state, LINK_NOT_FOUND, until_ms=end)
    assert (over.status, over.resolved_at) == ("resolved", "2026-06-09T12:30:00.000Z")
