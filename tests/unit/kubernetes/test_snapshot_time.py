"""When a snapshot was taken: no earlier than the writes whose result it shows."""

from itertools import permutations

import pytest

from netpolwatch.kubernetes.facts import AnyFact, PodGone, PolicySeen, SnapshotTaken
from netpolwatch.kubernetes.snapshot import Dating

TOLD, WRITTEN, RELABELLED = 5_000, 9_000, 12_000


def policy(at_us: int, generation: int, source: str = "NetworkPolicy update") -> PolicySeen:
    return PolicySeen(
        namespace="shop", name="a", uid="u", generation=generation, at_us=at_us, source=source
    )


def listing(generation: int) -> list[AnyFact]:
    """List a policy, a pod that finished before, and that these were all."""
    return [
        PodGone(namespace="shop", name="job", ending="finished", at_us=2_000, source="snapshot"),
        policy(TOLD, generation, "snapshot"),
        SnapshotTaken(at_us=TOLD, source="snapshot", resources=("networkpolicies",)),
    ]


WRITES = (policy(1_000, 1), policy(WRITTEN, 2), policy(RELABELLED, 2))
"""A creation, a change of the spec, and a change of metadata alone."""


@pytest.mark.parametrize("writes", list(permutations(WRITES)))
@pytest.mark.parametrize(("generation", "taken"), [(1, TOLD), (2, WRITTEN), (3, TOLD)])
def test_a_snapshot_is_put_after_the_write_that_it_shows_and_after_no_other(
    writes: tuple[PolicySeen, ...], generation: int, taken: int
) -> None:
    # given
    listed = Dating(listing(generation))
    # when
    for write in writes:
        listed.learn([write])
    # then
    assert [fact.at_us for fact in listed.facts()] == [2_000, taken, taken]


def test_a_policy_made_anew_under_the_name_proves_nothing() -> None:
    # given
    listed = Dating(listing(2))
    other = PolicySeen(namespace="shop", name="a", uid="v", generation=2, at_us=WRITTEN, source="s")
    # when
    listed.learn([other])
    # then
    assert list(listed.facts()) == listing(2)
