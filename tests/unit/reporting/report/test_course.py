"""Counts over time stay few, and none is lost."""

from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.reporting.report import course as module
from netpolwatch.reporting.report.course import MAX_BUCKETS, CourseCounter
from tests.unit.findings.making import DAY_MS, NOON

MINUTES = st.integers(0, 60 * 24 * 400).map(lambda minute: NOON + minute * 60_000)


@given(st.lists(MINUTES, min_size=1, max_size=300))
def test_every_packet_is_in_one_bucket_and_buckets_have_no_holes(times_ms: list[int]) -> None:
    # given
    counter = CourseCounter()
    for time_ms in times_ms:
        counter.add({(time_ms, "Denies", "violation"): 1, (time_ms, "Flows", "DENY"): 1})
    # when
    course = counter.course(min(times_ms), max(times_ms))
    # then
    starts = [bucket.start_ms for bucket in course.buckets]
    assert sum(bucket.violations for bucket in course.buckets) == len(times_ms)
    assert len(course.buckets) <= MAX_BUCKETS + 1
    assert starts == list(range(starts[0], starts[-1] + 1, course.width_ms))


def test_a_long_log_is_counted_in_wider_buckets() -> None:
    counter = CourseCounter()
    for minute in range(3 * module._MAX_KEPT):
        counter.add({(NOON + minute * 60_000, "Flows", "ACCEPT"): 1})
    assert len(counter._counts) <= module._MAX_KEPT
    assert counter.between(None, None).total() == 3 * module._MAX_KEPT


def test_each_disposition_has_its_place() -> None:
    counter = CourseCounter()
    for label in ("violation", "agent-state", "reply", "noise", "unknown"):
        counter.add({(NOON, "Denies", label): 2})
    counter.add({(NOON, "Flows", "ACCEPT"): 7, (None, "Denies", "violation"): 9})
    (bucket,) = counter.course(NOON, NOON).buckets
    assert (bucket.violations, bucket.agent, bucket.aside, bucket.allowed) == (2, 2, 6, 7)


def test_a_log_without_times_has_no_course() -> None:
    assert CourseCounter().course(None, None).buckets == ()
    assert CourseCounter().course(NOON, NOON + DAY_MS).buckets == ()
