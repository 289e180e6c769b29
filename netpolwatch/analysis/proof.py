"""An entry proves itself: its examples are found, its counterexamples are not.

Lines are proven here; histories of events are in `netpolwatch.correlation.proof`.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.analysis.reading import Reading, read_event, rejudged
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Strength
from netpolwatch.catalogue.schema import EntryFile, ExampleFile
from netpolwatch.flows.model import Change, Contest, DecidingPod, Judgement, Since
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin

_A_CHANGE: Final = Change("policy-changed", "shop/allow-client", 0)


def failures(identity: str, file: EntryFile, matcher: Matcher) -> Iterator[str]:
    """Tell which examples and counterexamples are not as the entry says, a line each."""
    for number, example in enumerate(file.examples, 1):
        for reason in _of_example(identity, example, matcher) if example.line else ():
            yield f"{identity}: example {number}: {reason}"
    for number, example in enumerate(file.counterexamples, 1):
        if found := example.line and _shown(identity, example, matcher):
            yield f"{identity}: counterexample {number}: is found, as a {found[0]}"


def read_example(example: ExampleFile, matcher: Matcher, component: str | None) -> Reading:
    """Return what a component's line says, with what an example adds of objects."""
    origin = Origin(component, example.node)
    reading = read_event(LogEvent(example.line), origin, matcher)
    judgement = None if reading.flow is None else reading.flow.judgement
    if judgement is None:
        return reading
    return rejudged(reading, _by_objects(judgement, example), origin, matcher)


def _by_objects(judgement: Judgement, example: ExampleFile) -> Judgement:
    if example.contest is not None:
        contest = Contest(example.contest.address, example.contest.claimants)
        return msgspec.structs.replace(judgement, confidence="low", contest=contest)
    told = example.by_objects
    if told is None:
        return judgement
    pod = told.decider
    return Judgement(
        told.disposition,
        told.confidence,
        judgement.reasons,
        policies=told.policies,
        since=None if told.since is None else Since(told.since, _A_CHANGE),
        decider=None if pod is None else DecidingPod(pod.namespace, pod.pod, pod.workload),
    )


def _of_example(identity: str, example: ExampleFile, matcher: Matcher) -> Iterator[str]:
    shown = _shown(identity, example, matcher)
    if shown != [example.strength]:
        yield f"is not found as a {example.strength}" if not shown else f"is found as {shown}"
        return
    others = _issues(example, matcher) - {identity}
    if others != set(example.may_show_with):
        yield f"shows other issues, too: {', '.join(sorted(others)) or 'none'} (may_show_with)"
    fields = _fields(identity, example, matcher)
    for name, wanted in example.fields.items():
        if fields.get(name) != wanted:
            yield f"field {name}: {fields.get(name)!r} is found, {wanted!r} is wanted"


def _issues(example: ExampleFile, matcher: Matcher) -> set[str]:
    reading = read_example(example, matcher, example.component)
    return {sighting.issue for sighting in reading.sightings}


def _shown(identity: str, example: ExampleFile, matcher: Matcher) -> list[Strength]:
    if identity in _issues(example, matcher):
        return ["sighting"]
    matches = matcher.match_text(example.line, example.component)
    strengths = [match.rule.strength for match in matches if match.entry.id == identity]
    return [strength for strength in strengths if strength != "sighting"]


def _fields(identity: str, example: ExampleFile, matcher: Matcher) -> dict[str, object]:
    reading = read_example(example, matcher, example.component)
    for sighting in reading.sightings:
        if sighting.issue == identity:
            return dict(sighting.fields)
    for match in matcher.match_text(example.line, example.component):
        if match.entry.id == identity:
            return dict(match.fields)
    return {}
