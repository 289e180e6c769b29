"""A threshold counts lines, one thing again and again, or different things."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.model import Entry, Escalation, Rule, Threshold
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.amounts import NOTHING, Amounts, added, is_enough, raising
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import observe
from netpolwatch.findings.spread import MAX_STEPS
from tests.unit.findings.making import NOON, PLACE, entry, sighting

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

THREE_PODS = entry(threshold=Threshold(3, HOUR_MS, distinct=("pod", "address")))
SAME_VERB = entry(threshold=Threshold(2, 10 * MINUTE_MS, same=("verb",)))
TWO_WINDOWS = entry(
    threshold=Threshold(3, 10 * MINUTE_MS),
    rules=(Rule("starting", threshold=Threshold(5, HOUR_MS)),),
)
PENDING = entry(
    severity="info",
    escalate=(
        Escalation(to="medium", lasting=True, within_ms=15 * MINUTE_MS, same=("pod",)),
        Escalation(to="high", count=4, within_ms=HOUR_MS, distinct=("pod",)),
    ),
)


def seen(known: Entry, minute: int, rule: str = "", **fields: str) -> Sighting:
    weight = known.thresholds.get(rule, known.threshold).weight
    return sighting(
        timestamp=NOON + minute * MINUTE_MS, fields={**fields}, weight=weight, rule=rule,
        severity=known.severity, text=f"a line of minute {minute}",
    )  # fmt: skip


def severity(known: Entry, sightings: list[Sighting], size: int = 1) -> str:
    """Say how grave a finding is after batches of some sightings each."""
    entries = {known.id: known}
    book = FindingBook(entries)
    for start in range(0, len(sightings), size):
        book.record(observe(sightings[start : start + size], entries, PLACE))
    (found,) = book.findings()
    return found.severity


@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        (["a", "a", "a", "a", "b", "b"], "info"),
        (["a", "b", "a", "c"], "high"),
    ],
)
def test_different_things_count_once_each(pods: list[str], expected: str, size: int) -> None:
    shown = [seen(THREE_PODS, minute, pod=pod) for minute, pod in enumerate(pods)]
    assert severity(THREE_PODS, shown, size) == expected


def test_different_things_lie_within_the_window() -> None:
    shown = [seen(THREE_PODS, minute, pod=pod) for minute, pod in ((0, "a"), (50, "b"), (120, "c"))]
    assert severity(THREE_PODS, shown) == "info"


def test_the_first_field_that_is_there_names_the_thing() -> None:
    shown = [
        seen(THREE_PODS, 0, pod="a"), seen(THREE_PODS, 1, address="a"),
        seen(THREE_PODS, 2, pod="a", address="b"), seen(THREE_PODS, 3, address="c"),
    ]  # fmt: skip
    assert severity(THREE_PODS, shown[:3]) == "info"
    assert severity(THREE_PODS, shown[:4]) == "info"
    assert severity(THREE_PODS, [*shown, seen(THREE_PODS, 4, address="d")]) == "high"


def test_what_names_nothing_counts_for_itself_and_a_repeated_line_does_not() -> None:
    nameless = [seen(THREE_PODS, minute) for minute in range(3)]
    assert severity(THREE_PODS, nameless) == "high"
    assert severity(THREE_PODS, [nameless[0]] * 3) == "info"


def test_one_and_the_same_thing_must_show_it_so_often() -> None:
    lists = [seen(SAME_VERB, 0, verb="list"), seen(SAME_VERB, 5, verb="list")]
    others = [seen(SAME_VERB, 0, verb="list"), seen(SAME_VERB, 5, verb="watch")]
    assert (severity(SAME_VERB, lists), severity(SAME_VERB, others)) == ("high", "info")


def test_lines_of_different_windows_count_apart() -> None:
    others = [seen(TWO_WINDOWS, minute) for minute in (0, 20, 40)]
    starts = [seen(TWO_WINDOWS, minute, "starting") for minute in (0, 15, 30, 45, 59)]
    assert severity(TWO_WINDOWS, others) == "info"
    assert severity(TWO_WINDOWS, starts[:4] + others) == "info"
    assert severity(TWO_WINDOWS, starts) == "high"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([(0, "a"), (5, "a"), (14, "a")], "info"),
        ([(0, "a"), (16, "b")], "info"),
        ([(0, "a"), (45, "a")], "info"),
        ([(0, "a"), (16, "a")], "medium"),
        ([(0, "a"), (10, "a"), (20, "a")], "medium"),
        ([(0, "a"), (1, "b"), (2, "c"), (3, "d")], "high"),
        ([(0, "a"), (16, "a"), (17, "b"), (18, "c"), (19, "d")], "high"),
    ],
)
def test_what_lasts_and_what_shows_on_many_is_graver(
    shown: list[tuple[int, str]], expected: str
) -> None:
    sightings = [seen(PENDING, minute, pod=pod) for minute, pod in shown]
    assert severity(PENDING, sightings) == expected
    assert severity(PENDING, sightings, len(sightings)) == expected


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from("abcd")), min_size=1, max_size=9),
    st.randoms(use_true_random=False),
)
def test_the_order_of_batches_does_not_decide(
    shown: list[tuple[int, str]], order: random.Random
) -> None:
    late = sorted(shown, key=lambda one: one[0] + order.uniform(0, 30))
    for known in (THREE_PODS, PENDING):
        entries = {known.id: msgspec.structs.replace(known, resolve_after_ms=10 * HOUR_MS)}
        said: set[str] = set()
        for deliveries in (late, sorted(shown)):
            book = FindingBook(entries)
            for minute, pod in deliveries:
                book.record(observe([seen(known, minute, pod=pod)], entries, PLACE))
            said.update(found.severity for found in book.findings())
        assert len(said) == 1


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), st.text(max_size=9)), max_size=100))
def test_what_is_remembered_is_bounded(shown: list[tuple[int, str]]) -> None:
    known, amounts = {THREE_PODS.id: THREE_PODS}, NOTHING
    for time, pod in shown:
        (one,) = observe([sighting(timestamp=time, fields={"pod": pod})], known, PLACE)
        amounts = added(raising(THREE_PODS), amounts, one.amounts)
    for spread in amounts.spreads.values():
        assert len(spread) <= MAX_STEPS
        assert all(len(things) <= 3 for _, things in spread)


def test_what_no_threshold_asks_for_any_more_is_forgotten() -> None:
    had = Amounts(spreads={"9 different pods within 1 h": ((None, ("a",)),)})
    assert added(raising(THREE_PODS), had, NOTHING) == NOTHING
    assert not is_enough(raising(THREE_PODS), had)
