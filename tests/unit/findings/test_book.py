"""The findings of a run on a laptop."""

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.sighting import FieldValue, Sighting
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import observe
from tests.unit.findings.making import ENTRIES, NOON, PLACE, denied, sighting


def test_batches_add_up_and_the_gravest_stand_first() -> None:
    # Given a book
    book = FindingBook(ENTRIES)
    # When three batches are recorded
    book.record(observe([denied("10.0.0.1")], ENTRIES, PLACE))
    book.record(observe([denied("10.0.0.2")] * 3 + [sighting()], ENTRIES, PLACE))
    book.record(observe([denied("10.0.0.1")], ENTRIES, PLACE))
    # Then
    assert [
        (found.issue, found.subject.get("source"), found.count, found.status)
        for found in book.findings()
    ] == [
        ("npa-link-not-found", None, 1, "open"),
        ("denied-conversation", "10.0.0.2", 3, "open"),
        ("denied-conversation", "10.0.0.1", 2, "ongoing"),
    ]


def test_what_there_is_to_tell_is_news_once() -> None:
    # given a book with a fault and a denied conversation, which is only counted so far
    book = FindingBook(ENTRIES)
    book.record(observe([denied("10.0.0.1"), sighting()], ENTRIES, PLACE))
    # then
    assert "npa-link-not-found" in [found.issue for found in book.news()]
    assert book.news() == []
    # when it is seen once more
    book.record(observe([sighting()], ENTRIES, PLACE))
    # then it is no news
    assert book.news() == []
    assert len(book.findings()) == 2


def test_offline_there_is_neither_account_nor_region() -> None:
    book = FindingBook(ENTRIES)
    book.record(observe([sighting(timestamp=None)], ENTRIES, PLACE))
    (found,) = book.findings()
    assert (found.account, found.region, found.links.dashboard) == (None, None, None)
    assert (found.first_seen, found.resolved_at) == (None, None)
    assert found.schema == "netpolwatch/finding/v1"


def test_an_empty_book_has_no_findings() -> None:
    assert FindingBook(ENTRIES).findings() == []


ISSUE = "policyendpoint-admission-denied"
CATALOGUE: dict[str, Entry] = {entry.id: entry for entry in default_entries()}


def _refusal(at_ms: int) -> Sighting:
    subject: dict[str, FieldValue] = {
        "resource": "policyendpoints", "verb": "create", "namespace": "shop"
    }  # fmt: skip
    weight = CATALOGUE[ISSUE].threshold.weight
    return Sighting(ISSUE, "critical", subject, timestamp=at_ms, weight=weight)


_MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("refused", "accepted", "until", "expected"),
    [
        # The end is read before the fault, in the same batch or in one before.
        ([0], [5], 60, ("info", True)),
        # What was refused again after that is another.
        ([0, 48], [5], 50, ("info", False)),
        ([0, 48], [5], 69, ("critical", False)),
        # Of one batch, its first line is when it began.
        ([0, 16, 32, 48], [], 50, ("critical", False)),
        # It was one when its end came, too late.
        ([0], [25], 60, ("critical", True)),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_an_end_counts_by_its_time_whatever_is_read_first(
    refused: list[int],
    accepted: list[int],
    until: int,
    expected: tuple[str, bool],
    *,
    together: bool,
) -> None:
    # given
    faults = [_refusal(NOON + minute * _MINUTE_MS) for minute in refused]
    ends = [_refusal(NOON + minute * _MINUTE_MS) for minute in accepted]
    book = FindingBook(CATALOGUE)
    # when
    if together:
        book.take(faults, ends, PLACE)
    else:
        book.take([], ends, PLACE)
        for fault in faults:
            book.take([fault], [], PLACE)
    # then
    (found,) = book.findings(NOON + until * _MINUTE_MS)
    assert (found.severity, found.status == "resolved") == expected
