"""The findings of a run on a laptop."""

from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.observation import observe
from tests.unit.findings.making import ENTRIES, PLACE, denied, sighting


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
