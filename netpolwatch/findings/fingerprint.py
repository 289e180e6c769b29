"""Stable names for what must be recognised again in another run, container or laptop."""

import hashlib
from collections.abc import Iterable

import msgspec

from netpolwatch.catalogue.sighting import FieldValue
from netpolwatch.findings.model import Subject

_ID_CHARS = 32


def finding_id(issue: str, cluster: str | None, subject: Subject) -> str:
    """Name a fault by what it is: 32 hexadecimal digits."""
    values = [[key, plain(subject[key])] for key in sorted(subject)]
    return digest_of([issue, cluster, values])


def id_on_subject(
    issue: str, group_by: Iterable[str], cluster: str | None, subject: Subject
) -> str | None:
    """Name another issue's fault of the same subject; `None` where its own says more."""
    names = tuple(group_by)
    if not subject.keys() >= set(names):
        return None
    return finding_id(issue, cluster, {name: subject[name] for name in names})


def notification_id(identity: str, episode: int, telling: int) -> str:
    """Name the n-th time that a finding's episode (or a group's messages) is told."""
    return digest_of([identity, episode, telling])


def batch_key(log_group: str, log_stream: str, event_ids: Iterable[str]) -> str:
    """Name a payload: a repeated delivery has the same events in the same order."""
    return digest_of([log_group, log_stream, *event_ids])


def plain(value: FieldValue) -> str | None:
    """Write a value as identities compare it: a port is the same as a number and as text."""
    return None if value is None else str(value)


def digest_of(parts: list[object]) -> str:
    """Name anything by its parts: 32 hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:_ID_CHARS]
