"""A batch's sightings, grouped to one observation a fault."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netpolwatch.catalogue.masks import masked
from netpolwatch.catalogue.model import SEVERITIES, Entry, Severity
from netpolwatch.catalogue.sighting import FieldValue, Sighting
from netpolwatch.findings.amounts import ENOUGH, NOTHING, Amounts, raising_amounts
from netpolwatch.findings.crowds import (
    OTHER,
    Extents,
    author_of,
    crowd_subject,
    extents_of,
    teller_of,
)
from netpolwatch.findings.escalation import Spreads, Tallies, spreads_of, tallies_of, things_of
from netpolwatch.findings.fingerprint import finding_id, plain
from netpolwatch.findings.model import MAX_EVIDENCE, KeptEvidence, Subject
from netpolwatch.flows.model import Confidence
from netpolwatch.ingest.timestamps import rfc3339

_CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")

_Key = tuple[str | None, ...]
_Sightings = list[Sighting]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a batch showed of one fault.

    Attributes
    ----------
    first_seen, last_seen
        ms since 1970 (UTC), `None` where no event had a time.
    severity, confidence
        The highest of the sightings.
    amounts
        What the sightings add up to, by threshold: see `findings.amounts`.
    tallies, things, spreads
        How often, of what, and on which nodes, for what makes the fault graver: see
        `findings.escalation`.
    hint
        Whether all of it are signals: it is no finding unless they are as many as is asked.
    extents
        Of subjects that are not told apart, the values that they have.
    """

    id: str
    issue: str
    cluster: str | None
    subject: Subject
    severity: Severity
    component: str | None
    confidence: Confidence
    count: int
    first_seen: int | None
    last_seen: int | None
    evidence: tuple[KeptEvidence, ...]
    amounts: Amounts = ENOUGH
    tallies: Tallies = field(default_factory=dict)
    things: Amounts = NOTHING
    spreads: Spreads = field(default_factory=dict)
    hint: bool = False
    extents: Extents = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch came from."""

    cluster: str | None
    log_group: str
    log_stream: str


def observe(
    sightings: Iterable[Sighting], entries: Mapping[str, Entry], place: Place
) -> list[Observation]:
    """Group a batch's sightings by their entry's `group_by`; ordered by id.

    An entry tells `max_subjects` subjects apart, the most frequent ones. The rest is one subject
    whose every value is `other`, but for an author's that are as many again (see `Entry.crowd`):
    those are one subject of their own.
    """
    by_issue: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_issue[sighting.issue].append(sighting)
    observations = [
        observation
        for issue, seen in by_issue.items()
        for observation in _of_issue(entries[issue], seen, entries, place)
    ]
    return sorted(observations, key=lambda observation: observation.id)


def is_other(subject: Subject) -> bool:
    """Tell whether a subject stands for all that were not told apart."""
    return set(subject.values()) == {OTHER}


def as_crowd(observation: Observation, entries: Mapping[str, Entry]) -> Observation | None:
    """Return what an observation is counted to where its author has too many subjects."""
    entry = entries[observation.issue]
    author = author_of(entry, observation.subject)
    if author is None:
        return None
    teller = teller_of(entry, entries)
    return _counted(observation, crowd_subject(entry, teller, author), entry, teller)


def as_other(observation: Observation, entries: Mapping[str, Entry]) -> Observation:
    """Return what an observation is counted to where its cluster has too many subjects."""
    entry = entries[observation.issue]
    subject: Subject = dict.fromkeys(observation.subject, OTHER)
    return _counted(observation, subject, entry, entry)


def _counted(
    observation: Observation, subject: Subject, entry: Entry, teller: Entry
) -> Observation:
    apart = [name for name in entry.group_by if subject.get(name, OTHER) == OTHER]
    known = {
        name: sketch
        for name, sketch in observation.extents.items()
        if subject.get(name, OTHER) == OTHER
    }
    unknown = [name for name in apart if name not in known]
    extents = {**known, **extents_of(unknown, [observation.subject])}
    counted = replace(
        observation,
        id=finding_id(teller.id, observation.cluster, subject),
        issue=teller.id,
        subject=subject,
        extents=extents,
    )
    if teller is entry:
        return counted
    # Another issue has its own severity, and none of what this one's thresholds count.
    return replace(
        counted, severity=teller.severity, component=teller.component, hint=False,
        amounts=ENOUGH, tallies={}, things=NOTHING, spreads={},
    )  # fmt: skip


def _of_issue(
    entry: Entry, sightings: list[Sighting], entries: Mapping[str, Entry], place: Place
) -> Iterator[Observation]:
    # Grouped as the fingerprint tells subjects apart: a batch has one observation a finding.
    groups: dict[_Key, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[tuple(plain(_value(entry, sighting, name)) for name in entry.group_by)].append(
            sighting
        )
    other = (OTHER,) * len(entry.group_by)
    alike = groups.pop(other, []) if other else []
    ranked = sorted(groups, key=lambda key: (-len(groups[key]), _order(key)))
    apart = entry.max_subjects - bool(alike)
    for key in ranked[:apart]:
        yield _observation(entry, [groups[key]], place)
    crowds, rest = _parted(entry, [groups[key] for key in ranked[apart:]])
    for crowd in crowds:
        counted = as_crowd(_observation(entry, crowd, place), entries)
        if counted is not None:
            yield counted
    if alike:
        rest.append(alike)
    if rest:
        yield as_other(_observation(entry, rest, place), entries)


def _parted(
    entry: Entry, groups: list[_Sightings]
) -> tuple[list[list[_Sightings]], list[_Sightings]]:
    """Part what is not told apart in crowds, each of one author, and the rest."""
    authors: dict[str | None, list[_Sightings]] = defaultdict(list)
    for group in groups:
        authors[author_of(entry, _subject(entry, group[0]))].append(group)
    crowds = [
        of_author
        for author, of_author in authors.items()
        if author is not None and len(of_author) >= entry.max_subjects
    ]
    rest = [
        group for of_author in authors.values() if of_author not in crowds for group in of_author
    ]
    return crowds, rest


def _subject(entry: Entry, sighting: Sighting) -> Subject:
    return {name: _value(entry, sighting, name) for name in entry.group_by}


def _order(key: _Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)


def _value(entry: Entry, sighting: Sighting, name: str) -> FieldValue:
    value = sighting.fields.get(name)
    if value is None and name == "node":
        value = sighting.node
    masks = entry.masks.get(name)
    return masked(value, masks) if masks and isinstance(value, str) else value


def _observation(entry: Entry, groups: list[_Sightings], place: Place) -> Observation:
    """Observe the sightings of one subject, or of several as one of them."""
    subjects = [_subject(entry, group[0]) for group in groups]
    sightings = [sighting for group in groups for sighting in group]
    subject = subjects[0]
    times = [sighting.timestamp for sighting in sightings if sighting.timestamp is not None]
    return Observation(
        id=finding_id(entry.id, place.cluster, subject),
        issue=entry.id,
        cluster=place.cluster,
        subject=subject,
        severity=graver(*(sighting.severity for sighting in sightings)),
        component=sightings[0].component,
        confidence=surer(*(sighting.confidence for sighting in sightings)),
        count=len(sightings),
        first_seen=min(times, default=None),
        last_seen=max(times, default=None),
        evidence=tuple(_evidence(sighting, place) for sighting in sightings[:MAX_EVIDENCE]),
        amounts=raising_amounts(entry, sightings),
        hint=all(sighting.hint for sighting in sightings),
        extents=extents_of(entry.group_by, subjects) if len(subjects) > 1 else {},
        **(_circumstances(entry, sightings) if entry.escalate else {}),
    )


def _circumstances(entry: Entry, sightings: list[Sighting]) -> dict[str, Any]:
    return {
        "tallies": tallies_of(entry, [(each.timestamp, each.rule) for each in sightings]),
        "things": things_of(entry, sightings),
        "spreads": spreads_of(entry, ((each.timestamp, each.seen_on) for each in sightings)),
    }


def _evidence(sighting: Sighting, place: Place) -> KeptEvidence:
    return KeptEvidence(
        rfc3339(sighting.timestamp),
        sighting.log_group or place.log_group,
        sighting.log_stream or place.log_stream,
        sighting.text,
        sighting.seen_on,
        sighting.running,
    )


def graver(*severities: Severity) -> Severity:
    """Give the gravest of some severities."""
    return max(severities, key=SEVERITIES.index)


def is_graver(severity: Severity, other: Severity) -> bool:
    """Whether a severity is graver than another one."""
    return SEVERITIES.index(severity) > SEVERITIES.index(other)


def surer(*confidences: Confidence) -> Confidence:
    """Give the highest of some confidences."""
    return max(confidences, key=_CONFIDENCES.index)
