"""A fault counts once it was seen often enough, whatever the order in which that is learned."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.model import FULL_WEIGHT, Threshold
from netpolwatch.findings.threshold import (
    MAX_STEPS,
    UNTIMED,
    Weights,
    is_met,
    together,
    weights_of,
)
from tests.unit.findings.making import NOON

MINUTE_MS = 60_000
WINDOW_MS = 10 * MINUTE_MS
THIRD = Threshold(3, WINDOW_MS).weight


def at(*minutes: int | None) -> Weights:
    """Weigh sightings of a threshold of three, by the minutes after noon at which they came."""
    times = [None if minute is None else NOON + minute * MINUTE_MS for minute in minutes]
    return weights_of(((time, THIRD) for time in times), WINDOW_MS)


def test_so_many_sightings_within_the_window_meet_it() -> None:
    assert is_met(at(0, 4, 9), WINDOW_MS)
    assert not is_met(at(0, 4), WINDOW_MS)
    assert not is_met(at(0, 9, 25), WINDOW_MS)


def test_one_sighting_of_full_weight_meets_it() -> None:
    assert is_met(UNTIMED, WINDOW_MS)
    assert is_met(weights_of([(NOON, FULL_WEIGHT)], 0), 0)


def test_sightings_without_a_time_count_for_every_window() -> None:
    assert is_met(at(None, None, 400), WINDOW_MS)


def test_batches_meet_it_together() -> None:
    one = at(0, 1)
    assert not is_met(one, WINDOW_MS)
    assert is_met(together(one, at(7), WINDOW_MS), WINDOW_MS)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_batches_does_not_decide(minutes: list[int], order: random.Random) -> None:
    # given late batches, no later than a window after the next ones
    late = sorted(minutes, key=lambda minute: minute + order.uniform(0, WINDOW_MS / MINUTE_MS))

    def met(seen: list[int]) -> bool:
        each = [at(minute) for minute in seen]
        known = list(each[:1])
        for batch in each[1:]:
            known.append(together(known[-1], batch, WINDOW_MS))
        return any(is_met(weights, WINDOW_MS) for weights in known)

    assert met(late) == met(sorted(minutes))


@given(st.lists(st.integers(-(2**40), 2**40), max_size=400))
def test_what_is_remembered_is_bounded(times: list[int]) -> None:
    weights: Weights = ()
    for time in times:
        weights = together(weights, weights_of([(time, 1)], WINDOW_MS), WINDOW_MS)
    assert len(weights) <= MAX_STEPS + 1


@pytest.mark.parametrize("hours", [1, 24, 24 * 7])
def test_a_high_count_over_a_long_window_is_met_as_sightings_trickle_in(hours: int) -> None:
    # given 500 sightings spread evenly over nine tenths of the window, a batch each
    window_ms = hours * 60 * MINUTE_MS
    weight = Threshold(500, window_ms).weight
    known: Weights = ()
    for number in range(500):
        assert not is_met(known, window_ms)
        seen = [(NOON + number * window_ms * 9 // 5000, weight)]
        known = together(known, weights_of(seen, window_ms), window_ms)
    # then
    assert is_met(known, window_ms)
    assert len(known) <= MAX_STEPS
