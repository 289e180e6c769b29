"""Each entry proves itself: its examples are found, its counterexamples are not."""

from collections.abc import Callable

import pytest

from netpolwatch.analysis.proof import read_example
from netpolwatch.catalogue.loader import load, load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.schema import ExampleFile
from netpolwatch.correlation.proof import settled
from netpolwatch.correlation.watches import Watches
from netpolwatch.ingest.origin import APPLICATION

FILES = load_files()
ENTRIES = {entry.id: entry for entry in load()}
WATCHES = Watches(tuple(ENTRIES.values()))
ACTIVE = {name: entry for name, entry in ENTRIES.items() if entry.maturity != "planned"}


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(ENTRIES[identity], example, id=f"{identity}-{number}")
        for identity, file in FILES.items()
        for number, example in enumerate(getattr(file, kind), 1)
        if example.line
    ]


examples = pytest.mark.parametrize(("entry", "example"), _cases("examples"))
counterexamples = pytest.mark.parametrize(("entry", "example"), _cases("counterexamples"))


@examples
def test_an_example_shows_its_issue_and_no_other(
    entry: Entry, example: ExampleFile, matcher: Matcher
) -> None:
    # when
    reading = read_example(example, matcher, example.component)
    # then
    if example.strength != "sighting":
        signals = (entry.id,) if example.strength == "signal" else ()
        assert (reading.sightings, reading.signals) == ((), signals)
        return
    (sighting,) = [found for found in reading.sightings if found.issue == entry.id]
    others = {found.issue for found in reading.sightings} - {entry.id}
    assert others == set(example.may_show_with)
    assert reading.signals == ()
    assert sighting.severity == (example.severity or entry.severity)
    assert sighting.fields.items() >= example.fields.items()
    assert sighting.component == (example.component or entry.component)
    assert sighting.text


@examples
def test_what_makes_no_sighting_is_found_as_the_example_says(
    entry: Entry, example: ExampleFile, matcher: Matcher
) -> None:
    if example.strength != "sighting":
        matches = matcher.match_text(example.line, example.component)
        (found,) = [match for match in matches if match.entry.id == entry.id]
        assert found.rule.strength == example.strength
        assert found.fields.items() >= example.fields.items()


@examples
def test_an_application_that_prints_an_example_shows_nothing(
    entry: Entry, example: ExampleFile, matcher: Matcher
) -> None:
    reading = read_example(example, matcher, APPLICATION)
    assert (reading.flow, reading.sightings, reading.signals) == (None, (), ()), entry.id


@examples
@pytest.mark.parametrize("change", [str.upper, str.lower, str.swapcase])
def test_a_rule_of_any_letter_case_holds_to_it(
    entry: Entry, example: ExampleFile, change: Callable[[str], str], matcher: Matcher
) -> None:
    for found in matcher.match_text(example.line, example.component):
        if found.rule.ignore_case:
            again = matcher.match_text(change(example.line), example.component)
            assert entry.id in [match.entry.id for match in again]


@counterexamples
def test_a_counterexample_does_not_show_the_issue(
    entry: Entry, example: ExampleFile, matcher: Matcher
) -> None:
    reading = read_example(example, matcher, example.component)
    assert entry.id not in [sighting.issue for sighting in reading.sightings]
    assert entry.id not in reading.signals


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_rule_of_text_names_who_may_have_written_it(entry: Entry) -> None:
    for rule in entry.rules:
        assert rule.flow or rule.objects or rule.setup or rule.components
        assert APPLICATION not in rule.components


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_rule_has_an_example(entry: Entry, matcher: Matcher) -> None:
    # Of JSON and text; flow rules are one to an entry, histories prove those over objects, and the
    # doctor's own tests those of a set-up.
    rules = {rule.name for rule in entry.rules if not (rule.flow or rule.objects or rule.setup)}
    proven = {
        match.rule.name
        for example in FILES[entry.id].examples
        for match in matcher.match_text(example.line, example.component)
        if match.entry.id == entry.id
    }
    missing = rules - proven
    assert not missing or missing <= UNPROVEN.get(entry.id, set())


UNPROVEN = {"npa-bpf-map-update-failed": {"bulk-refresh"}}
"""Rules whose text was read in the agent's source and never seen in a log."""


@pytest.mark.parametrize("entry", ACTIVE.values(), ids=ACTIVE)
def test_a_subject_is_made_of_what_the_rules_find(entry: Entry, matcher: Matcher) -> None:
    # given every field that some example of the entry, or of the one that it gathers, shows
    shown = {"node"}
    for example in FILES[FILES[entry.id].gathers or entry.id].examples:
        if example.events:
            shown.update(*(seen.fields for seen in settled(example, WATCHES, matcher).sightings))
        reading = read_example(example, matcher, example.component)
        shown.update(*(sighting.fields for sighting in reading.sightings))
    # then: of a set-up, whatever the check objects to is the subject
    assert shown >= set(entry.group_by) or all(rule.setup for rule in entry.rules)


@examples
def test_a_sighting_of_text_is_as_sure_as_its_rule(
    entry: Entry, example: ExampleFile, matcher: Matcher
) -> None:
    # given
    reading = read_example(example, matcher, example.component)
    if reading.flow is not None:
        return
    confidences = {
        match.entry.id: match.rule.confidence
        for match in matcher.match_text(example.line, example.component)
        if match.rule.strength == "sighting"
    }
    # then
    assert {seen.issue: seen.confidence for seen in reading.sightings} == confidences, entry.id


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_every_entry_stands_in_the_index_by_symptom(entry: Entry) -> None:
    assert entry.symptom is not None
