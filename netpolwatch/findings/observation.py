"""A batch's sightings, grouped to one observation a fault."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netpolwatch.catalogue.masks import masked
from netpolwatch.catalogue.model import SEVERITIES, Entry, Severity
from netpolwatch.catalogue.sighting import FieldValue, Sighting
from netpolwatch.findings.amounts import ENOUGH, NOTHING, Amounts, raising_amounts
from netpolwatch.findings.escalation import Spreads, Tallies, spreads_of, tallies_of, things_of
from netpolwatch.findings.fingerprint import finding_id, plain
from netpolwatch.findings.model import MAX_EVIDENCE, KeptEvidence, Subject
from netpolwatch.flows.model import Confidence
from netpolwatch.ingest.timestamps import rfc3339

OTHER = "other"
_CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")

_Key = tuple[str | None, ...]


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

    An entry tells `max_subjects` subjects apart, the most frequent ones; the rest is one subject
    whose every value is `other`.
    """
    by_issue: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_issue[sighting.issue].append(sighting)
    observations = [
        _observation(entries[issue], subject, group, place)
        for issue, seen in by_issue.items()
        for subject, group in _subjects(entries[issue], seen)
    ]
    return sorted(observations, key=lambda observation: observation.id)


def is_other(subject: Subject) -> bool:
    """Tell whether a subject stands for all that were not told apart."""
    return set(subject.values()) == {OTHER}


def as_other(observation: Observation) -> Observation:
    """Give up the subject of an observation: it is one of many."""
    subject: Subject = dict.fromkeys(observation.subject, OTHER)
    identity = finding_id(observation.issue, observation.cluster, subject)
    return replace(observation, id=identity, subject=subject)


def _subjects(entry: Entry, sightings: list[Sighting]) -> Iterator[tuple[Subject, list[Sighting]]]:
    # Grouped as the fingerprint tells subjects apart: a batch has one observation a finding.
    groups: dict[_Key, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        groups[tuple(plain(_value(entry, sighting, name)) for name in entry.group_by)].append(
            sighting
        )
    ranked = sorted(groups, key=lambda key: (-len(groups[key]), _order(key)))
    apart = {key: groups[key] for key in ranked[: entry.max_subjects]}
    rest = [sighting for key in ranked[entry.max_subjects :] for sighting in groups[key]]
    if rest:
        other = (OTHER,) * len(entry.group_by)
        apart[other] = [*apart.get(other, ()), *rest]
    for key, group in apart.items():
        yield _subject(entry, key, group[0]), group


def _subject(entry: Entry, key: _Key, sighting: Sighting) -> Subject:
    if key and set(key) == {OTHER}:
        return dict.fromkeys(entry.group_by, OTHER)
    return {name: _value(entry, sighting, name) for name in entry.group_by}


def _order(key: _Key) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in key)


def _value(entry: Entry, sighting: Sighting, name: str) -> FieldValue:
    value = sighting.fields.get(name)
    if value is None and name == "node":
        value = sighting.node
    masks = entry.masks.get(name)
    return masked(value, masks) if masks and isinstance(value, str) else value


def _observation(
    entry: Entry, subject: Subject, sightings: list[Sighting], place: Place
) -> Observation:
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
