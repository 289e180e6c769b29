"""What the end of a policy tells of the time before it: the policy may be older than the log."""

from itertools import permutations

import pytest

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, CollectionDeleted, PolicyGone, PolicySeen
from netpolwatch.kubernetes.identity import Knowledge
from tests.unit.catalogue.auditing import audited

POLICY = {
    "resource": "networkpolicies",
    "apiGroup": "networking.k8s.io",
    "namespace": "tmp",
    "name": "d",
}
BORN, ASKED, TOLD, WAITS, RELEASED = 1_000, 2_000, 3_000, 3_200, 3_420
"""In milliseconds since 1970."""


def released(spec: object) -> tuple[AnyFact, ...]:
    """Read the controller's patch that takes the last finalizer off."""
    left = {
        "kind": "NetworkPolicy",
        "metadata": {
            "name": "d",
            "namespace": "tmp",
            "uid": "u",
            "generation": 1,
            "creationTimestamp": "1970-01-01T00:00:01Z",
            "deletionTimestamp": "1970-01-01T00:00:03Z",
        },
        "spec": spec,
    }
    sent = {"metadata": {"finalizers": None}}
    return read_audit_event(audited("patch", POLICY, requestObject=sent, responseObject=left), 3420)


FACTS = (
    *released({"podSelector": {}, "policyTypes": ["Ingress"]}),
    CollectionDeleted(
        resource="networkpolicies", namespace="tmp", at_us=TOLD * 1000, source="s", event="a"
    ),
)


def test_the_last_finalizer_tells_the_body_and_the_end() -> None:
    assert [type(fact) for fact in FACTS] == [PolicySeen, PolicyGone, CollectionDeleted]


@pytest.mark.parametrize("facts", list(permutations(FACTS)))
@pytest.mark.parametrize(
    ("at_ms", "there"),
    [(BORN - 1, 0), (BORN, 1), (ASKED, 1), (TOLD, 1), (WAITS, 1), (RELEASED, 0)],
)
def test_a_policy_whose_end_alone_was_seen_was_in_force_with_the_body_it_ended_with(
    facts: tuple[AnyFact, ...], at_ms: int, there: int
) -> None:
    # given
    known = Knowledge()
    known.learn(facts)
    # when
    found = known.policies_in_force("tmp", at_ms)
    # then
    assert (len(found.states), found.unread) == (there, False)


def test_a_policy_that_ends_without_a_body_is_unread_until_then() -> None:
    # given a listing that does not hold the policy, and its end
    known = Knowledge()
    known.learn([PolicyGone(namespace="tmp", name="d", at_us=RELEASED * 1000, source="s")])
    # then
    assert known.policies_in_force("tmp", ASKED).unread
    assert known.policies_in_force("tmp", RELEASED).states == ()
