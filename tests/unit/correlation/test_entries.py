"""Each entry over objects proves itself by its histories, and its events reach a deployment."""

import pytest

from netpolwatch.catalogue.loader import load, load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.correlation.detectors import DETECTORS
from netpolwatch.correlation.proof import history_failures
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.subscription.pattern import parse
from netpolwatch.subscription.split import split_patterns

ENTRIES = load()
FILES = load_files()
MATCHER = Matcher(ENTRIES)
OVER_OBJECTS = [
    entry for entry in ENTRIES if any(example.events for example in FILES[entry.id].examples)
]
of_objects = pytest.mark.parametrize("entry", OVER_OBJECTS, ids=lambda entry: entry.id)


@of_objects
def test_its_examples_are_found_and_its_twins_are_not(entry: Entry) -> None:
    assert list(history_failures(entry.id, FILES[entry.id], ENTRIES, MATCHER)) == []


@of_objects
def test_it_has_three_twins_or_more(entry: Entry) -> None:
    assert len([one for one in FILES[entry.id].counterexamples if one.events]) >= 3


@of_objects
def test_a_subscription_passes_every_event_that_teaches(entry: Entry) -> None:
    # given the pattern that a deployment subscribes with
    lines = {name: [text for one in file.examples for text in one.texts]
             for name, file in FILES.items()}  # fmt: skip
    pattern = parse(split_patterns(ENTRIES, lines).audit)
    # then
    for example in FILES[entry.id].examples:
        for record in example.records():
            text = record.event.message
            assert pattern.matches(text) or not read_audit_event(text), text


def test_every_detector_is_used() -> None:
    used = {rule.objects.detector for entry in ENTRIES for rule in entry.rules if rule.objects}
    assert used | {"absence"} == set(DETECTORS)  # `absence` is for private entries
