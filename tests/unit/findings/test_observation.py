"""A batch's sightings become one observation a fault."""

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.crowds import OTHER
from netpolwatch.findings.model import MAX_EVIDENCE
from netpolwatch.findings.observation import Observation, observe
from tests.unit.findings.making import (
    ENTRIES,
    HOUR_MS,
    LOG_GROUP,
    LOG_STREAM,
    NODE,
    NOON,
    PLACE,
    denied,
    entry,
    sighting,
)


def subjects(observations: list[Observation]) -> dict[object, int]:
    return {found.subject["source"]: found.count for found in observations}


def test_sightings_of_one_subject_are_one_observation() -> None:
    # Given three sightings of one node, out of order, of different strength
    seen = [
        sighting(timestamp=NOON + HOUR_MS, severity="medium", confidence="low"),
        sighting(timestamp=NOON, severity="critical", confidence="medium"),
        sighting(timestamp=None, severity="high", confidence="high"),
    ]
    # When a batch is observed
    (found,) = observe(seen, ENTRIES, PLACE)
    # Then it is counted once, with the bounds of its time and the gravest of its judgements
    assert (found.count, found.first_seen, found.last_seen) == (3, NOON, NOON + HOUR_MS)
    assert (found.severity, found.confidence) == ("critical", "high")
    assert found.subject == {"node": NODE}
    assert found.cluster == "retail-prod"


def test_a_subject_is_made_of_the_entrys_keys_in_their_order() -> None:
    (found,) = observe([denied("10.0.1.44")], ENTRIES, PLACE)
    assert list(found.subject.items()) == [
        ("source", "10.0.1.44"), ("destination", "172.20.0.10"), ("port", 53), ("protocol", "UDP"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "node", "expected"),
    [
        ({}, NODE, NODE),
        ({"node": None}, NODE, NODE),
        ({"node": "ip-10-0-9-9"}, NODE, "ip-10-0-9-9"),
        ({}, None, None),
    ],
)
def test_a_node_that_the_text_does_not_name_is_the_streams(
    fields: dict[str, str | int | None], node: str | None, expected: str | None
) -> None:
    (found,) = observe([sighting(fields=fields, node=node)], ENTRIES, PLACE)
    assert found.subject == {"node": expected}


def test_an_issue_of_the_whole_cluster_is_one_observation() -> None:
    entries = {"npa-link-not-found": entry(group_by=())}
    (found,) = observe([sighting(node="a"), sighting(node="b")], entries, PLACE)
    assert (found.subject, found.count) == ({}, 2)


def test_subjects_beyond_the_bound_are_counted_as_other() -> None:
    # Given an entry that tells 3 subjects apart, and 10,000 of them
    seen = [denied("10.0.0.1")] * 4 + [denied("10.0.0.2")] * 3 + [denied("10.0.0.3")] * 2
    seen += [denied(f"10.1.{number >> 8}.{number & 255}") for number in range(9_991)]
    # When a batch is observed
    found = observe(seen, ENTRIES, PLACE)
    # Then the most frequent ones are told apart and nothing is lost
    assert subjects(found) == {"10.0.0.1": 4, "10.0.0.2": 3, "10.0.0.3": 2, OTHER: 9_991}
    (rest,) = [each for each in found if each.subject["source"] == OTHER]
    assert set(rest.subject.values()) == {OTHER}
    assert len(rest.evidence) == MAX_EVIDENCE


def test_ties_at_the_bound_do_not_depend_on_the_order() -> None:
    seen = [denied(source) for source in ("10.0.0.9", "10.0.0.5", "10.0.0.1", "10.0.0.7")]
    seen += [denied(None), denied("None")]  # type: ignore[arg-type]  # a redacted address
    first = observe(seen, ENTRIES, PLACE)
    for _ in range(10):
        random.shuffle(seen)
        assert subjects(observe(seen, ENTRIES, PLACE)) == subjects(first)


def test_a_batch_has_one_observation_a_finding() -> None:
    # Given a subject that is called `other`, the same port as a number and as text, and a rest:
    # two writes of one item would make the table refuse the whole transaction
    other = sighting(
        issue="denied-conversation",
        fields=dict.fromkeys(("source", "destination", "port", "protocol"), OTHER),
    )
    seen = [other] * 9 + [denied("10.0.0.1", 53)] * 5 + [denied("10.0.0.1", "53")] * 4
    seen += [denied("10.0.0.2")] * 3 + [denied("10.0.0.3")] * 2 + [denied("10.0.0.4")]
    # When
    found = observe(seen, ENTRIES, PLACE)
    # Then
    assert len({each.id for each in found}) == len(found)
    assert subjects(found) == {OTHER: 12, "10.0.0.1": 9, "10.0.0.2": 3}


def test_evidence_is_bounded_and_says_where_it_is_from() -> None:
    seen = [sighting(timestamp=NOON + number, text=f"line {number}") for number in range(8)]
    (found,) = observe(seen, ENTRIES, PLACE)
    assert [each.text for each in found.evidence] == [f"line {number}" for number in range(5)]
    assert found.evidence[1].timestamp == "2026-06-09T12:00:00.001Z"
    assert (found.evidence[0].log_group, found.evidence[0].log_stream) == (LOG_GROUP, LOG_STREAM)


def test_without_any_time_there_is_no_first_and_last() -> None:
    (found,) = observe([sighting(timestamp=None)] * 2, ENTRIES, PLACE)
    assert (found.first_seen, found.last_seen, found.evidence[0].timestamp) == (None, None, None)


def test_no_sightings_are_no_observations() -> None:
    assert observe([], ENTRIES, PLACE) == []


_Severity = Literal["critical", "high", "medium", "low", "info"]
_severities: st.SearchStrategy[_Severity] = st.sampled_from(
    ("critical", "high", "medium", "low", "info")
)
_sightings = st.builds(
    lambda node, time, severity: sighting(node=node, timestamp=time, severity=severity),
    st.sampled_from([None, "None", "other", "a", "b", "c"]),
    st.none() | st.integers(0, NOON),
    _severities,
)


@given(st.lists(_sightings, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_sightings_changes_nothing_but_evidence(
    seen: list[Sighting], order: random.Random
) -> None:
    entries = {"npa-link-not-found": entry(max_subjects=3)}

    def told(sightings: list[Sighting]) -> list[tuple[object, ...]]:
        return [
            (each.id, each.subject, each.count, each.first_seen, each.last_seen, each.severity)
            for each in observe(sightings, entries, PLACE)
        ]

    mixed = order.sample(seen, len(seen))
    assert told(mixed) == told(seen)
    assert sum(each.count for each in observe(seen, entries, PLACE)) == len(seen)
