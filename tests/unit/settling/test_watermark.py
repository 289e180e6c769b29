"""A message waits until the cluster's audit log was heard past it, but not for ever."""

import pytest

from netpolwatch.settling.watermark import (
    MARGIN_MS,
    MAX_WAITS,
    ClusterHeard,
    StreamHeard,
    ripeness,
)

NOON = 1_780_999_200_000


def heard(**streams: tuple[int, int]) -> ClusterHeard:
    """Return how far streams were heard: until when, and when that was noted."""
    return ClusterHeard({name: StreamHeard(*times) for name, times in streams.items()})


def test_the_slowest_living_stream_counts() -> None:
    known = heard(a=(NOON, NOON), b=(NOON - 20_000, NOON))
    assert known.until(NOON + 5_000) == NOON - 20_000


def test_a_stream_that_has_ended_holds_nobody_up() -> None:
    known = heard(a=(NOON, NOON), old=(NOON - 3_600_000, NOON - 3_600_000))
    assert known.until(NOON + 5_000) == NOON


def test_a_stream_that_is_late_and_still_delivered_is_waited_for() -> None:
    late_ms = NOON - 600_000
    assert heard(a=(NOON, NOON), late=(late_ms, NOON - 30_000)).until(NOON + 5_000) == late_ms


def test_of_a_cluster_without_an_audit_log_nothing_was_heard() -> None:
    assert ClusterHeard().until(NOON) is None


def test_what_was_lost_is_missing_from_then_on() -> None:
    known = ClusterHeard(lost_ms=NOON)
    assert known.lost_before(NOON + 1)
    assert not known.lost_before(NOON - 1)
    assert not ClusterHeard().lost_before(NOON)


@pytest.mark.parametrize(
    ("heard_ms", "waits", "expected"),
    [
        (NOON + MARGIN_MS, 0, "heard"),
        (NOON + MARGIN_MS - 1, 0, "waiting"),
        (NOON - 3_600_000, MAX_WAITS - 1, "waiting"),
        (NOON - 3_600_000, MAX_WAITS, "unheard"),
        (None, 0, "unheard"),
    ],
)
def test_ripeness(heard_ms: int | None, waits: int, expected: str) -> None:
    assert ripeness(NOON, heard_ms, waits) == expected
