"""Times, lengths and counts in words."""

import pytest

from netpolwatch.reporting.report.words import (
    Clock,
    counted,
    first_sentences,
    length_text,
    listed,
)
from tests.unit.findings.making import DAY_MS, HOUR_MS, NOON

MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [
        (0, "0 s"),
        (45_500, "45 s"),
        (90_000, "1 min"),
        (HOUR_MS, "1 h"),
        (HOUR_MS + 58 * MINUTE_MS, "1 h 58 min"),
        (3 * DAY_MS + 4 * HOUR_MS, "3 d 4 h"),
        (175 * DAY_MS + HOUR_MS, "175 d"),
    ],
)
def test_a_length_has_its_two_largest_units(length_ms: int, text: str) -> None:
    assert length_text(length_ms) == text


def test_counts_and_lists() -> None:
    assert [counted(1, "file"), counted(2000, "file")] == ["1 file", "2,000 files"]
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_a_summary_is_cut_after_its_second_sentence() -> None:
    text = "It drops e.g. packets of v1.3.0 or later. They are lost. More is known."
    assert first_sentences(text) == "It drops e.g. packets of v1.3.0 or later. They are lost."


def test_a_time_of_another_day_has_its_date() -> None:
    clock = Clock(NOON, NOON + DAY_MS)
    assert clock.moment(NOON) == "12:00"
    assert clock.moment(NOON + DAY_MS) == "2026-06-10 12:00"
    assert clock.moment(None) == "an unknown time"


def test_a_night_needs_no_dates() -> None:
    clock = Clock(NOON + 10 * HOUR_MS, NOON + 16 * HOUR_MS)
    assert clock.moment(NOON + 15 * HOUR_MS) == "03:00"
    assert clock.moment(NOON + DAY_MS) == "2026-06-10 12:00"


def test_what_goes_on_and_what_is_over() -> None:
    clock = Clock(NOON, NOON + 2 * HOUR_MS)
    assert clock.since(NOON + 2 * MINUTE_MS, NOON + 2 * HOUR_MS) == "since 12:02, for 1 h 58 min"
    assert clock.between(NOON, NOON + HOUR_MS) == "12:00 to 13:00, ended 1 h before the log's end"
    assert Clock(None, None).since(None, None) == "at an unknown time"
