"""How long the policies get that reading log groups takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.configuration import MAX_LOG_GROUPS
from netpolwatch.subscription.rights import (
    MAX_MANAGED_POLICIES,
    MAX_MANAGED_POLICY_CHARS,
    MAX_RESOURCE_POLICY_CHARS,
    filter_policies,
    filter_policy_chars,
    invoking_resource,
    resource_policy_chars,
    too_long,
)

STACK = "s" * 40

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_/.#", min_size=1, max_size=512)


def groups_of(length: int, count: int) -> list[str]:
    return [f"/aws/eks/{number:02}/".ljust(length, "n") for number in range(count)]


@given(st.lists(names, min_size=1, max_size=MAX_LOG_GROUPS, unique=True))
def test_every_group_is_in_one_policy_and_every_policy_fits(groups: list[str]) -> None:
    policies = filter_policies(groups)
    assert [group for policy in policies for group in policy] == groups
    assert len(policies) <= MAX_MANAGED_POLICIES
    assert all(filter_policy_chars(policy) <= MAX_MANAGED_POLICY_CHARS for policy in policies)
    assert resource_policy_chars(STACK, groups) <= MAX_RESOURCE_POLICY_CHARS
    assert list(too_long(STACK, groups)) == []


def test_what_does_not_fit_is_named_with_its_length() -> None:
    (resource_policy, managed) = too_long(STACK, groups_of(512, 60))
    assert resource_policy.startswith("the analyzer's resource policy has ")
    assert resource_policy.endswith(" characters, and Lambda takes 20,480")
    assert managed == "the subscriber needs 6 managed policies, and an update leaves room for 5"


@pytest.mark.parametrize("length", [24, 180, 181, 512])
def test_an_invocation_names_the_log_group_as_far_as_there_is_room(length: int) -> None:
    (name,) = groups_of(length, 1)
    resource = invoking_resource(name)
    if length <= 180:
        assert resource == f"log-group:{name}:*"
    else:
        assert resource == f"log-group:{name[:180]}*"
