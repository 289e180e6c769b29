"""How many different values were seen, about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.findings.sketch import estimate, merged, sketch_of


@pytest.mark.parametrize("count", [0, 1, 3, 31, 500, 4_200, 200_000])
def test_an_estimate_is_near_whatever_the_count(count: int) -> None:
    estimated = estimate(sketch_of(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(count)))
    # Three standard errors.
    assert abs(estimated - count) <= max(3, 0.14 * count)


@given(st.lists(st.text()), st.lists(st.text()))
def test_sketches_add_up_in_any_order_and_however_often(one: list[str], other: list[str]) -> None:
    both = sketch_of([*one, *other])
    assert merged(sketch_of(one), sketch_of(other)) == both
    assert merged(both, sketch_of(other)) == merged(sketch_of(other), both) == both
    assert len(both) == 512


def test_nothing_is_the_same_as_no_sketch() -> None:
    some = sketch_of(["10.0.0.1"])
    assert merged("", some) == merged(some, "") == some
    assert estimate("") == 0
