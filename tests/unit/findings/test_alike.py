"""One thing that shows a fault again and again counts sooner than many that show it once."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.model import Entry, Threshold
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.alike import MAX_VALUES
from netpolwatch.findings.amounts import Amounts, added, is_enough, raising, raising_amounts
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import observe
from tests.unit.findings.making import LINK_NOT_FOUND, NOON, PLACE, sighting

MINUTE_MS = 60_000
ENTRY = msgspec.structs.replace(
    LINK_NOT_FOUND,
    threshold=Threshold(20, 60 * MINUTE_MS),
    repeated=Threshold(3, 10 * MINUTE_MS, same=("interface", "hash")),
)


def seen(interface: object, minute: int, field: str = "interface") -> Sighting:
    return sighting(
        timestamp=NOON + minute * MINUTE_MS,
        fields={field: interface},
        weight=ENTRY.threshold.weight,
    )


def severity(entry: Entry, batches: list[list[Sighting]]) -> str:
    entries = {entry.id: entry}
    book = FindingBook(entries)
    for batch in batches:
        book.record(observe(batch, entries, PLACE))
    (found,) = book.findings()
    return found.severity


def test_one_interface_three_times_is_a_fault_and_three_interfaces_are_none() -> None:
    same = [[seen("eni1", 0)], [seen("eni1", 4)], [seen("eni1", 9)]]
    others = [[seen("eni1", 0)], [seen("eni2", 4)], [seen("eni3", 9)]]
    assert severity(ENTRY, same) == "high"
    assert severity(ENTRY, others) == "info"


def test_twenty_interfaces_are_a_fault_again() -> None:
    assert severity(ENTRY, [[seen(f"eni{number}", number)] for number in range(20)]) == "high"


def test_the_window_is_its_own() -> None:
    assert severity(ENTRY, [[seen("eni1", minute)] for minute in (0, 15, 30)]) == "info"


def test_the_first_field_that_a_sighting_has_names_the_thing() -> None:
    amounts = raising_amounts(
        ENTRY, [seen("9ea69618bf0", 0, "hash"), seen(None, 1), seen("eni1", 2)]
    )
    (alike,) = amounts.alike.values()
    assert len(alike) == 2


def test_an_entry_without_it_remembers_nothing() -> None:
    assert raising_amounts(LINK_NOT_FOUND, [seen("eni1", 0)]).alike == {}


batches = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=4), max_size=6
)


@given(batches, st.randoms(use_true_random=False))
def test_the_order_of_batches_does_not_decide(
    found: list[list[tuple[int, int]]], order: random.Random
) -> None:
    def met(parts: list[list[tuple[int, int]]]) -> bool:
        known = Amounts()
        for part in parts:
            more = raising_amounts(ENTRY, [seen(f"eni{name}", minute) for name, minute in part])
            known = added(raising(ENTRY), known, more)
        return is_enough(raising(ENTRY), known)

    assert met(found) == met(order.sample(found, len(found)))


@given(st.lists(st.integers(0, 200), max_size=200))
def test_what_is_remembered_is_bounded(names: list[int]) -> None:
    seen_once = raising_amounts(ENTRY, [seen(f"eni{name}", name) for name in names])
    twice = added(raising(ENTRY), seen_once, seen_once)
    assert all(len(alike) <= MAX_VALUES for alike in twice.alike.values())


@pytest.mark.parametrize("issue", ["npa-link-not-found", "npa-bpf-map-update-failed"])
def test_the_catalogue_asks_for_it(issue: str) -> None:
    (entry,) = (each for each in load() if each.id == issue)
    assert entry.repeated is not None
    assert set(entry.repeated.same) >= set(entry.threshold.distinct)
    assert entry.repeated.count < entry.threshold.count
