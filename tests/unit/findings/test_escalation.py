"""A finding is graver where it is seen often, on many nodes, or beside another fault."""

import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.model import Entry, Escalation, Rule, Threshold
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.items import FindingItem, SpreadItem
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.observation import Observation, Place, observe
from netpolwatch.findings.recording import record
from netpolwatch.findings.rules import DEFAULT_RULES
from netpolwatch.findings.spread import MAX_STEPS
from netpolwatch.findings.state import State
from netpolwatch.findings.surroundings import IssueKey, Surroundings
from tests.unit.findings.making import NOON, PLACE, entry, sighting
from tests.unit.findings.memory_ledger import MemoryLedger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netpolwatch.findings.escalation import Spreads

MINUTE_MS = 60_000
HALF_HOUR_MS = 30 * MINUTE_MS

OFTEN = entry(
    id="often", severity="medium",
    escalate=(
        Escalation(to="high", count=3, within_ms=HALF_HOUR_MS),
        Escalation(to="critical", count=5, within_ms=HALF_HOUR_MS),
    ),
)  # fmt: skip
WIDE = entry(id="wide", escalate=(Escalation(to="critical", nodes=3, within_ms=HALF_HOUR_MS),))
RARE = entry(
    id="rare", threshold=Threshold(2, HALF_HOUR_MS),
    escalate=(Escalation(to="critical", nodes=3, within_ms=HALF_HOUR_MS),),
)  # fmt: skip
BESIDE = entry(
    id="beside", severity="low", group_by=("node", "interface"),
    escalate=(Escalation(to="high", beside="wide"), Escalation(to="critical", beside="everywhere")),
)  # fmt: skip
LEFT = Threshold(3, HALF_HOUR_MS)
CLEANUP = entry(
    id="cleanup", severity="medium",
    rules=(Rule("build"), Rule("leftover", threshold=LEFT)),
    escalate=(Escalation(to="high", rules=("build", "leftover")),),
)  # fmt: skip
EVERYWHERE = entry(id="everywhere", group_by=())
ENTRIES = {each.id: each for each in (OFTEN, WIDE, RARE, BESIDE, CLEANUP, EVERYWHERE)}


def seen(known: Entry, minute: int | None = 0, node: str = "a", **changes: object) -> Sighting:
    """See an issue on a node, some minutes after noon."""
    whole = sighting(
        issue=known.id, severity=known.severity, node=node, weight=known.threshold.weight,
        timestamp=None if minute is None else NOON + minute * MINUTE_MS,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


def batch(*sightings: Sighting) -> list[Observation]:
    return observe(sightings, ENTRIES, PLACE)


class Both:
    """A run on a laptop and a deployment, which see the same and must say the same."""

    def __init__(self) -> None:
        self.book, self.ledger = FindingBook(ENTRIES), MemoryLedger()
        self.delivered = 0

    def see(self, *sightings: Sighting) -> None:
        self.delivered += 1
        self.book.record(batch(*sightings))
        record_in(self.ledger, f"batch-{self.delivered}", *sightings)

    def said(self) -> dict[str, tuple[str, str | None]]:
        """Say how grave each finding is and why, by its issue and node."""
        told: dict[str, tuple[str, str | None]] = {
            _name(found): (found.severity, found.escalated) for found in self.book.findings()
        }
        assert told == stored(self.ledger)
        return told


def record_in(ledger: MemoryLedger, name: str, *sightings: Sighting) -> None:
    record(ledger, batch(*sightings), ENTRIES, name, now_ms=NOON, rules=DEFAULT_RULES)


def stored(ledger: MemoryLedger) -> dict[str, tuple[str, str | None]]:
    states = [item.state for item in ledger.items().values() if isinstance(item, FindingItem)]
    return {
        _name(state): (state.shown_severity, state.escalated if state.raised else None)
        for state in states
    }


def spread_writes(ledger: MemoryLedger) -> int:
    return sum(version for key, (version, _) in ledger.stored.items() if key.startswith("spread#"))


def _name(found: Finding | State) -> str:
    return f"{found.issue}/{found.subject.get('node')}"


# --- how often -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "severity", "why"),
    [
        ([0, 10], "medium", None),
        ([0, 40, 80, 120, 160], "medium", None),
        ([0, 10, 20], "high", "3 times within 30 min"),
        ([0, 10, 15, 20, 30], "critical", "5 times within 30 min"),
        ([None, None, 5], "high", "3 times within 30 min"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_seen_so_often_within_the_time_it_is_graver(
    minutes: list[int | None], severity: str, why: str | None, size: int
) -> None:
    both = Both()
    for start in range(0, len(minutes), size):
        both.see(*(seen(OFTEN, minute) for minute in minutes[start : start + size]))
    assert both.said() == {"often/a": (severity, why)}


def test_within_an_episode_it_never_falls_and_the_next_one_begins_anew() -> None:
    # given a finding that is graver
    book = FindingBook(ENTRIES)
    book.record(batch(*(seen(OFTEN, minute) for minute in range(3))))
    # when it is seen once more, and again after its silence
    book.record(batch(seen(OFTEN, 25)))
    (first,) = book.findings()
    book.record(batch(seen(OFTEN, 100)))
    (second,) = book.findings()
    # then
    assert (first.episode, first.severity) == (1, "high")
    assert (second.episode, second.severity, second.escalated) == (2, "medium", None)


def test_where_its_sightings_become_graver_nothing_else_says_why() -> None:
    both = Both()
    both.see(*(seen(OFTEN, minute) for minute in range(3)))
    both.see(seen(OFTEN, 4, severity="critical"))
    assert both.said() == {"often/a": ("critical", None)}


def test_it_is_told_again_as_risen() -> None:
    # given a finding that was told and sent
    ledger = MemoryLedger()
    record_in(ledger, "1", seen(OFTEN))
    sent = {key: msgspec.structs.replace(item, outbox=()) for key, item in ledger.items().items()}
    ledger.change(list(sent), lambda _: {**sent}, NOON)
    # when
    record_in(ledger, "2", seen(OFTEN), seen(OFTEN))
    # then
    (outgoing,) = [out for item in ledger.items().values() for out in item.outbox]
    assert isinstance(outgoing.notice, FindingNotice)
    assert (outgoing.notice.reason, outgoing.notice.severity) == ("risen", "high")


def test_what_is_remembered_of_a_decided_count_is_forgotten() -> None:
    ledger = MemoryLedger()
    record_in(ledger, "1", *(seen(OFTEN, minute) for minute in range(5)))
    (item,) = [each for each in ledger.items().values() if isinstance(each, FindingItem)]
    assert (item.state.severity, item.state.tallies) == ("critical", {})


@given(st.lists(st.integers(0, 90), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_batches_changes_how_grave_it_is(
    minutes: list[int], order: random.Random
) -> None:
    # given batches that come late, no later than a window, and some of them twice
    late = sorted(enumerate(minutes), key=lambda one: one[1] + order.uniform(0, 30))
    late += order.sample(late, order.randrange(len(late)))

    def severity(deliveries: "Sequence[tuple[int, int]]") -> dict[str, tuple[str, str | None]]:
        ledger = MemoryLedger()
        for name, minute in deliveries:
            record_in(ledger, str(name), seen(OFTEN, minute))
        return stored(ledger)

    # then
    assert severity(late) == severity(sorted(enumerate(minutes), key=lambda one: one[1]))


# --- by which rules ------------------------------------------------------------------------------


def build(minute: int) -> Sighting:
    return seen(CLEANUP, minute, rule="build")


def leftover(minute: int) -> Sighting:
    return seen(CLEANUP, minute, rule="leftover", weight=LEFT.weight)


@pytest.mark.parametrize(
    ("shown", "severity"),
    [
        ([build(0)] * 5, "medium"),
        ([leftover(0), leftover(5)], "info"),
        ([leftover(0), leftover(5), leftover(9), leftover(12)], "medium"),
        ([build(0), leftover(1), leftover(2)], "medium"),
        ([build(0), leftover(1), leftover(40), leftover(80)], "medium"),
        ([leftover(0), leftover(5), leftover(9), build(0)], "high"),
        ([build(0), leftover(70), leftover(75), leftover(79)], "high"),
    ],
)
def test_several_of_its_rules_make_it_graver_each_by_its_own_threshold(
    shown: list[Sighting], severity: str
) -> None:
    ledger = MemoryLedger()
    for number, one in enumerate(shown):
        record_in(ledger, str(number), one)
    why = "build and leftover" if severity == "high" else None
    assert stored(ledger) == {"cleanup/a": (severity, why)}


# --- on how many nodes ---------------------------------------------------------------------------


def test_on_so_many_nodes_within_the_time_it_is_graver() -> None:
    # given two nodes
    both = Both()
    both.see(seen(WIDE, 0, "a"))
    both.see(seen(WIDE, 10, "b"), seen(WIDE, 11, "b"))
    assert {severity for severity, _ in both.said().values()} == {"high"}
    # when a third one shows it
    both.see(seen(WIDE, 20, "c"))
    # then it is graver, and so is the first one once it is seen again
    assert both.said()["wide/c"] == ("critical", "3 nodes within 30 min")
    assert both.said()["wide/a"] == ("high", None)
    both.see(seen(WIDE, 25, "a"))
    assert both.said()["wide/a"] == ("critical", "3 nodes within 30 min")


def test_nodes_of_one_batch_count_for_each_of_them() -> None:
    both = Both()
    both.see(*(seen(WIDE, 0, node) for node in "abc"))
    assert {severity for severity, _ in both.said().values()} == {"critical"}


def test_a_large_batch_is_the_same_on_a_laptop_and_in_a_deployment() -> None:
    both = Both()
    both.see(*(seen(WIDE, 0, f"node-{number}") for number in range(45)), seen(OFTEN))
    assert len(both.said()) == 46


@pytest.mark.parametrize("minutes", [(0, 40, 80), (0, 10, 60)])
def test_nodes_that_lie_apart_do_not_count_together(minutes: tuple[int, ...]) -> None:
    both = Both()
    for minute, node in zip(minutes, "abc", strict=True):
        both.see(seen(WIDE, minute, node))
    assert {severity for severity, _ in both.said().values()} == {"high"}


def test_another_issue_and_another_cluster_are_no_neighbours() -> None:
    both = Both()
    both.see(seen(WIDE, 0, "a"), seen(WIDE, 0, "b"), seen(OFTEN, 0, "c"))
    elsewhere = observe([seen(WIDE, 0, "c")], ENTRIES, Place("other", "group", "stream"))
    record(both.ledger, elsewhere, ENTRIES, "there", now_ms=NOON, rules=DEFAULT_RULES)
    assert "critical" not in {severity for severity, _ in stored(both.ledger).values()}


def test_a_node_without_a_name_is_none() -> None:
    both = Both()
    both.see(seen(WIDE, 0, "a"), seen(WIDE, 0, "b"))
    both.see(sighting(issue="wide", node=None, timestamp=NOON, fields={}))
    assert {severity for severity, _ in both.said().values()} == {"high"}


def test_nodes_of_events_without_a_time_count_for_every_window() -> None:
    both = Both()
    both.see(seen(WIDE, None, "a"))
    both.see(seen(WIDE, None, "b"))
    both.see(seen(WIDE, 500, "c"))
    assert both.said()["wide/c"][0] == "critical"


def test_what_is_information_only_counts_as_no_node() -> None:
    # given three nodes that show an issue less often than its threshold
    both = Both()
    for node in "abc":
        both.see(seen(RARE, 0, node))
    assert set(both.said().values()) == {("info", None)}
    # when two of them, and then the third, show it often enough
    both.see(seen(RARE, 5, "a"))
    both.see(seen(RARE, 5, "b"))
    assert both.said()["rare/b"] == ("high", None)
    both.see(seen(RARE, 5, "c"))
    # then
    assert both.said()["rare/c"] == ("critical", "3 nodes within 30 min")


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from("abcde")), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_repetition_changes_how_grave_the_gravest_is(
    shown: list[tuple[int, str]], order: random.Random
) -> None:
    # given batches that come late, no later than a window, and some of them twice
    late = sorted(enumerate(shown), key=lambda one: one[1][0] + order.uniform(0, 30))
    late += order.sample(late, order.randrange(len(late)))

    def gravest(deliveries: "Sequence[tuple[int, tuple[int, str]]]") -> set[str]:
        ledger = MemoryLedger()
        for name, (minute, node) in deliveries:
            record_in(ledger, str(name), seen(WIDE, minute, node))
        return {severity for severity, _ in stored(ledger).values()} & {"critical"}

    # then
    assert gravest(late) == gravest(sorted(enumerate(shown), key=lambda one: one[1][0]))


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), st.text(max_size=9)), max_size=300))
def test_what_is_remembered_of_nodes_is_bounded(shown: list[tuple[int, str]]) -> None:
    known: dict[IssueKey, Spreads] = {}
    for time, node in shown:
        surroundings = Surroundings(ENTRIES, known, lambda *_: False)
        (one,) = batch(sighting(issue="wide", node=node, timestamp=time))
        surroundings.see([one])
        known = surroundings.remembered()
    for spreads in known.values():
        assert all(len(spread) <= MAX_STEPS for spread in spreads.values())
        assert all(len(nodes) <= 3 for spread in spreads.values() for _, nodes in spread)


def test_a_storm_of_nodes_hardly_ever_writes_where_they_are_remembered() -> None:
    # given a hundred nodes that show it every minute of half an hour
    ledger = MemoryLedger()
    for minute in range(30):
        for node in range(100):
            record_in(ledger, f"{minute}/{node}", seen(WIDE, minute, f"node-{node}"))
    # then three writes a step were enough
    assert spread_writes(ledger) == 3 * 10


# --- beside another fault ------------------------------------------------------------------------


def test_beside_an_open_fault_of_the_same_subject_it_is_graver() -> None:
    both = Both()
    both.see(seen(WIDE, 0, "a"))
    both.see(seen(BESIDE, 1, "a"), seen(BESIDE, 1, "b"))
    assert both.said()["beside/a"] == ("high", "beside wide")
    assert both.said()["beside/b"] == ("low", None)


def test_a_fault_of_the_whole_cluster_stands_beside_every_subject() -> None:
    both = Both()
    both.see(seen(EVERYWHERE, 0, "a"))
    both.see(seen(BESIDE, 1, "b"))
    assert both.said()["beside/b"] == ("critical", "beside everywhere")


def test_faults_of_one_batch_stand_beside_one_another() -> None:
    both = Both()
    both.see(
        seen(BESIDE, 0, "a"), seen(WIDE, 0, "a"), *(seen(OFTEN, 0, f"n{n}") for n in range(30))
    )
    assert both.said()["beside/a"] == ("high", "beside wide")


def test_a_fault_that_comes_later_makes_it_graver_when_it_is_seen_again() -> None:
    both = Both()
    both.see(seen(BESIDE, 0, "a"))
    both.see(seen(WIDE, 1, "a"))
    assert both.said()["beside/a"] == ("low", None)
    both.see(seen(BESIDE, 2, "a"))
    assert both.said()["beside/a"] == ("high", "beside wide")


def test_a_fault_that_is_over_stands_beside_nothing() -> None:
    book = FindingBook(ENTRIES)
    book.record(batch(seen(WIDE, 0, "a")))
    book.record(batch(seen(BESIDE, 31, "a")))
    assert [found.severity for found in book.findings()] == ["high", "low"]


# --- many writers and repeated deliveries --------------------------------------------------------


def test_a_repeated_delivery_changes_nothing() -> None:
    ledger = MemoryLedger()
    record_in(ledger, "1", seen(WIDE, 0, "a"), seen(OFTEN))
    before = dict(ledger.stored)
    for _ in range(3):
        record_in(ledger, "1", seen(WIDE, 0, "a"), seen(OFTEN))
    assert ledger.stored == before


def test_of_two_that_record_at_the_same_time_one_knows_of_both() -> None:
    # given two nodes, and a recorder that is overtaken between its read and its write
    ledger = MemoryLedger()
    record_in(ledger, "1", seen(WIDE, 0, "a"))
    others = iter([seen(WIDE, 0, "b")])

    def overtaken(where: str) -> bool:
        if where != "contended":
            return False
        for other in others:
            record_in(ledger, "other", other)
            return True
        return False

    ledger.fault = overtaken
    # when
    record_in(ledger, "ours", seen(WIDE, 0, "c"))
    # then
    assert stored(ledger)["wide/c"] == ("critical", "3 nodes within 30 min")
    (item,) = [each for each in ledger.items().values() if isinstance(each, SpreadItem)]
    assert [len(nodes) for _, nodes in item.spreads["3 nodes within 30 min"]] == [3]


def test_an_entry_that_changes_forgets_what_it_no_longer_asks_for() -> None:
    # given nodes that were remembered for another question
    ledger = MemoryLedger()
    record_in(ledger, "1", seen(WIDE, 0, "a"))
    changed = {**ENTRIES, "wide": entry(id="wide", escalate=(
        Escalation(to="critical", nodes=2, within_ms=MINUTE_MS),
    ))}  # fmt: skip
    # when
    for node in "bc":
        record(ledger, observe([seen(WIDE, 0, node)], changed, PLACE), changed, node,
               now_ms=NOON, rules=DEFAULT_RULES)  # fmt: skip
    # then
    assert stored(ledger)["wide/b"] == ("high", None)
    assert stored(ledger)["wide/c"] == ("critical", "2 nodes within 1 min")
    (item,) = [each for each in ledger.items().values() if isinstance(each, SpreadItem)]
    assert set(item.spreads) == {"2 nodes within 1 min"}
