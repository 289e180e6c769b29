"""Questions wait until the log was heard past them, and are given up where it was not."""

import inspect

from netpolwatch.catalogue.event_lists import EventFile, records_of
from netpolwatch.catalogue.loader import load
from netpolwatch.correlation.correlator import LATENESS_MS, Correlator
from netpolwatch.correlation.detectors import DETECTORS
from netpolwatch.correlation.watches import Watches
from netpolwatch.kubernetes.audit import read_audit_event

WATCHES = Watches(load())
_MINUTE_MS = 60_000


def _policy(name: str = "allow-client") -> EventFile:
    return EventFile(
        resource="networkpolicies",
        namespace="shop",
        name=name,
        response={
            "metadata": {"name": name, "namespace": "shop", "generation": 1},
            "spec": {"podSelector": {}},
        },
    )


def _heard(until_ms: int) -> tuple[Correlator, int]:
    """Return a correlator that heard of a policy and of heartbeats, and when the policy was."""
    correlator = Correlator(WATCHES)
    records = records_of((_policy(),), until_ms)
    for record in records:
        correlator.take(read_audit_event(record.event.message, record.event.timestamp))
    return correlator, records[0].event.timestamp or 0


def test_nothing_is_found_before_the_log_was_heard_past_a_question() -> None:
    # given a policy without endpoints, whose question is due after five minutes
    correlator, asked_ms = _heard(10 * _MINUTE_MS)
    due_ms = asked_ms + 5 * _MINUTE_MS
    # then
    assert correlator.answer(due_ms + LATENESS_MS - 1).sightings == ()
    assert [seen.issue for seen in correlator.answer(due_ms + LATENESS_MS).sightings] == [
        "networkpolicy-without-policyendpoint"
    ]


def test_a_fault_is_told_once_however_long_it_stands() -> None:
    # given
    correlator, asked_ms = _heard(180 * _MINUTE_MS)
    # when
    settled = correlator.answer(asked_ms + 180 * _MINUTE_MS)
    # then
    assert len(settled.sightings) == 1
    assert settled.endings == ()
    assert correlator.pending == 1


def test_absence_is_not_told_of_a_log_with_a_gap() -> None:
    # given a log that is silent for an hour after the policy
    correlator = Correlator(WATCHES)
    later = EventFile.model_validate({"after": "60m", "resource": "namespaces", "name": "new"})
    for number, event in enumerate((_policy(), later)):
        record = event.record(number)
        correlator.take(read_audit_event(record.event.message, record.event.timestamp))
    # when
    settled = correlator.answer((record.event.timestamp or 0) + LATENESS_MS)
    # then
    assert settled.sightings == ()


def test_a_question_is_data_and_a_detector_wakes_by_its_fact_alone() -> None:
    options = {"rules": ("made", "started"), "group_by": ("name",)}
    for build in DETECTORS.values():
        detector = build("issue/rule", None, options)
        assert list(inspect.signature(detector.wakes).parameters) == ["fact"]
