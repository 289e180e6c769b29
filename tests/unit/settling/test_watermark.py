"""A message waits until the cluster's audit log was heard past it, but not for ever."""

import pytest

from netpolwatch.settling.watermark import MARGIN_MS, MAX_WAITS, heard_until, ripeness

NOON = 1_780_999_200_000


def test_the_slowest_living_stream_counts() -> None:
    assert heard_until({"a": NOON, "b": NOON - 20_000}) == NOON - 20_000


def test_a_stream_that_has_ended_holds_nobody_up() -> None:
    assert heard_until({"a": NOON, "old": NOON - 3_600_000}) == NOON


def test_of_a_cluster_without_an_audit_log_nothing_was_heard() -> None:
    assert heard_until({}) is None


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
