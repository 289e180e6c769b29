"""A greedy set cover: each thing once, the most shared key first."""

from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.reporting.covering import covered

THINGS = st.lists(st.sets(st.sampled_from("abcdef"), min_size=1), max_size=30)


@given(THINGS)
def test_each_thing_is_in_one_group_whose_key_it_has(things: list[set[str]]) -> None:
    numbered = list(enumerate(things))
    groups = list(covered(numbered, lambda each: sorted(each[1])))
    members = [number for _, group in groups for number, _ in group]
    assert sorted(members) == list(range(len(things)))
    assert all(key in keys for key, group in groups for _, keys in group)


@given(THINGS)
def test_no_key_has_more_things_left_than_the_one_that_is_taken(things: list[set[str]]) -> None:
    left = list(enumerate(things))
    for _, group in covered(left, lambda each: sorted(each[1])):
        most = max(sum(key in keys for _, keys in left) for key in "abcdef")
        assert len(group) == most
        left = [each for each in left if each not in group]


def test_ties_go_by_the_keys_order() -> None:
    assert [key for key, _ in covered([("b", "a"), ("c",)], lambda each: each)] == ["a", "c"]
