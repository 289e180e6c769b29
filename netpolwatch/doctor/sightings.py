"""What the doctor objects to, as sightings of known issues: findings with a life cycle.

An entry's rule names checks (`setup: [settings-agree]`). A check that objects is a sighting for
each thing that is wrong; one that is content ends what it had objected to, where that has a fixed
name. A warning is of the entry's own severity, whatever its rule's is. What a check does not know
neither opens nor ends anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netpolwatch.catalogue.model import Entry, Rule
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.doctor.check import Result
from netpolwatch.doctor.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True)
class Seen:
    """What a diagnosis shows of the known issues.

    Attributes
    ----------
    endings
        What is over.
    """

    sightings: tuple[Sighting, ...]
    endings: tuple[Sighting, ...]


def seen_in(diagnosis: Diagnosis, entries: Sequence[Entry]) -> Seen:
    """Return what a diagnosis shows of the entries that have rules of `setup`."""
    results = {result.check.id: result for result in diagnosis.results}
    sightings: list[Sighting] = []
    endings: list[Sighting] = []
    for entry, rule in _rules(entries):
        for check in rule.setup:
            if (result := results.get(check)) is None:
                continue
            into = endings if rule.strength == "recovery" else sightings
            into += _of(entry, rule, result, diagnosis.setup.at_ms)
    return Seen(tuple(sightings), tuple(endings))


def _rules(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Rule]]:
    for entry in entries:
        if entry.maturity != "planned":
            yield from ((entry, rule) for rule in entry.rules if rule.setup)


def _of(entry: Entry, rule: Rule, result: Result, at_ms: int) -> Iterator[Sighting]:
    answer = result.answer
    wanted = {"pass"} if rule.strength == "recovery" else {"fail", "warn"}
    if answer.status not in wanted:
        return
    for subject in answer.subjects or (result.check.id,):
        yield Sighting(
            issue=entry.id,
            severity=(rule.severity if answer.status == "fail" else None) or entry.severity,
            fields=dict.fromkeys(entry.group_by, subject),
            component=entry.component,
            timestamp=at_ms,
            rule=rule.name,
            text=f"netpolwatch doctor, {result.check.id}: {answer.evidence}",
        )
