"""Who owned an address: the same answer in whatever order that is learned."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact, KubeletHeard, PolicySeen
from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.snapshot import SnapshotError
from netpolwatch.kubernetes.snapshot_yaml import read_snapshot
from tests.corpus import cluster_day

FACTS = tuple(
    fact
    for event in cluster_day.events("audit")
    for fact in read_audit_event(event["message"], event["timestamp"])
)
QUESTIONS = tuple(
    (address, event["timestamp"])
    for event in cluster_day.events("flows")[::6]
    for address in ("10.42.1.42", "10.42.17.100", "10.42.17.110", "10.42.1.17", "172.20.99.92")
)


def answers(facts: list[AnyFact] | tuple[AnyFact, ...]) -> list[Identity]:
    known = Knowledge()
    known.learn(facts)
    return [known.owner(address, at_ms) for address, at_ms in QUESTIONS]


EXPECTED = answers(FACTS)


def test_addresses_are_reused_in_the_course_of_the_day() -> None:
    owners = {(who.namespace, who.name) for who in EXPECTED if who.address == "10.42.1.42"}
    assert len(owners) >= 3


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_delivery_and_repetition_change_nothing(order: random.Random) -> None:
    facts = [*FACTS, *order.sample(FACTS, 200)]
    order.shuffle(facts)
    assert answers(facts) == EXPECTED


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_was_asked_before_changes_no_answer_about_policies(order: random.Random) -> None:
    # given the day's facts in any order, and questions between them
    facts = [fact for fact in FACTS if not isinstance(fact, KubeletHeard)]
    asked = Knowledge()
    order.shuffle(facts)
    namespaces = sorted({fact.namespace for fact in facts if isinstance(fact, PolicySeen)})
    first, last = min(fact.at_us for fact in facts), max(fact.at_us for fact in facts)
    for start in range(0, len(facts), 60):
        asked.learn(facts[start : start + 60])
        # when
        never_asked = Knowledge()
        never_asked.learn(facts[: start + 60])
        for _ in range(30):
            at_ms = order.randint(first - 1_000_000, last + 1_000_000) // 1000
            namespace = order.choice(namespaces)
            # then
            assert asked.policies(namespace, at_ms) == never_asked.policies(namespace, at_ms)


@pytest.mark.parametrize("times", [(8, 4, 12), (4, 8, 12), (12, 8, 4)])
def test_a_policy_is_there_from_its_creation_whatever_time_was_asked_before(
    times: tuple[int, ...],
) -> None:
    # given a policy that was first seen at 10, and says that it was created at 6
    known = Knowledge()
    seen = PolicySeen(at_us=10_000, source="s", namespace="shop", name="a", created_us=6_000)
    known.learn([seen])
    # then
    assert {at: len(known.policies("shop", at)) for at in times} == {4: 0, 8: 1, 12: 1}


def test_the_day_ends_with_the_pods_and_addresses_of_its_snapshot() -> None:
    # given
    snapshot = read_snapshot(cluster_day.content("snapshot.yaml"))
    known, listed = Knowledge(), Knowledge()
    known.learn(FACTS)
    listed.learn(snapshot.facts)
    # then
    for fact in snapshot.facts:
        for address in getattr(fact, "addresses", ()):
            shown, at_end = (
                listed.owner(address, snapshot.at_ms),
                known.owner(address, snapshot.at_ms),
            )
            if at_end.kind != "unknown":
                assert (at_end.namespace, at_end.name) == (shown.namespace, shown.name)


def test_what_nobody_showed_is_unknown() -> None:
    known = Knowledge()
    assert known.owner("10.0.0.7", 0).kind == "unknown"
    assert known.owner(None, 0).kind == "unknown"
    assert known.owner("169.254.169.254", 0).kind == "external"
    assert known.owner("203.0.113.9", 0).kind == "external"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  # JSON
    found = [path] if path else []
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in parts:
        found += _places(part, (*path, key))
    return found


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_event_never_raises(data: st.DataObject) -> None:
    # given an event of the day with one part replaced by anything
    event = json.loads(data.draw(st.sampled_from(cluster_day.events("audit")))["message"])
    *way, last = data.draw(st.sampled_from(_places(event)))
    part = event
    for key in way:
        part = part[key]
    part[last] = data.draw(_json)
    # when, then
    known = Knowledge()
    known.learn(read_audit_event(json.dumps(event), 0))
    known.owner("10.42.1.42", 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"a: &x [1]\nb: *x\n", "alias"),
        (b"a: " + b"[" * 200 + b"]" * 200, "nested too deeply"),
        (b"items: {", "no YAML"),
    ],
)
def test_a_file_that_is_no_snapshot_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(SnapshotError, match=reason):
        read_snapshot(text)
