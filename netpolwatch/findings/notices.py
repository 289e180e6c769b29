"""What people are told: one finding, or many in a table; a digest; what was held back; a test."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.findings.crowds import extent_text
from netpolwatch.findings.model import Finding, Status

MAX_ROWS = 100
"""Rows of one table; the rest is a number."""

_MAX_SUBJECT_CHARS = 300
_MAX_POLICIES = 5
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")
CONVERSATION = {"source", "destination", "port", "protocol"}
"""The subject of a denied conversation."""

Reason = Literal["opened", "repeated", "risen", "surged", "reassigned", "resolved"]
"""`reassigned`: an address of a told conversation may belong to another workload by now."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in a table.

    Attributes
    ----------
    subject
        Its subject in words, and since which change: text from logs, untrusted.
    first_seen, last_seen
        Event times, RFC 3339 UTC with ms.
    policies
        Policies that isolate the deciding pod, at most a few, where they are known.
    """

    finding: str
    issue: str
    title: str
    severity: Severity
    status: Status
    subject: str
    count: int
    first_seen: str | None = None
    last_seen: str | None = None
    policies: tuple[str, ...] = ()


class FindingNotice(msgspec.Struct, frozen=True, kw_only=True, tag="finding"):
    """One finding, and why it is told."""

    reason: Reason
    finding: Finding

    @property
    def severity(self) -> Severity:
        """The finding's."""
        return self.finding.severity

    @property
    def cluster(self) -> str | None:
        """The finding's."""
        return self.finding.cluster


class GroupNotice(msgspec.Struct, frozen=True, kw_only=True, tag="group"):
    """One issue on many subjects, or one node with many issues.

    Attributes
    ----------
    kind, key
        What the rows have in common: an issue's id, or a node's name.
    more
        Findings beyond the rows.
    since, until
        When the first row was held and when they were told, ms since 1970 (UTC).
    """

    cluster: str | None
    kind: Literal["issue", "node"]
    key: str
    rows: tuple[Row, ...]
    more: int
    since: int
    until: int

    @property
    def severity(self) -> Severity:
        """The gravest of the rows that are not over."""
        return gravest(self.rows)

    @property
    def is_over(self) -> bool:
        """Whether all of it has ended."""
        return not self.more and all(row.status == "resolved" for row in self.rows)


class DigestNotice(msgspec.Struct, frozen=True, kw_only=True, tag="digest"):
    """New denied conversations of one cluster, and what was set aside.

    Attributes
    ----------
    since, until
        ms since 1970 (UTC).
    set_aside
        DENYs that are no violations, by disposition; `None` where that could not be counted.
    silences
        Silences in force, in words.
    """

    cluster: str | None
    rows: tuple[Row, ...]
    more: int
    since: int
    until: int
    set_aside: dict[str, int] | None = None
    silences: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """The gravest of the rows."""
        return gravest(self.rows)


class BudgetNotice(msgspec.Struct, frozen=True, kw_only=True, tag="budget"):
    """What an hour's ceiling held back; `since` is the hour's begin (ms since 1970, UTC)."""

    suppressed: int
    rows: tuple[Row, ...]
    more: int
    since: int
    cluster: str | None = None
    gravest: Severity = "info"

    @property
    def severity(self) -> Severity:
        """The gravest that was held back, whether it is over by now or not."""
        return max(self.gravest, gravest(self.rows), key=SEVERITIES.index)


class TestNotice(msgspec.Struct, frozen=True, kw_only=True, tag="test"):
    """A test of the channels; `at` is ms since 1970 (UTC)."""

    __test__ = False

    text: str
    at: int
    cluster: str | None = None

    @property
    def severity(self) -> Severity:
        """Never grave."""
        return "info"


Notice = FindingNotice | GroupNotice | DigestNotice | BudgetNotice | TestNotice


def row_of(finding: Finding) -> Row:
    """Write a finding as a row."""
    return Row(
        finding=finding.id,
        issue=finding.issue,
        title=finding.title,
        severity=finding.severity,
        status=finding.status,
        subject="; ".join(filter(None, (subject_text(finding), finding.change))),
        count=finding.count,
        first_seen=finding.first_seen,
        last_seen=finding.last_seen,
        policies=finding.policies[:_MAX_POLICIES],
    )


def refreshed(row: Row, finding: Finding) -> Row:
    """Write what was seen of a row's finding by now; it is told as what it was held for."""
    now = row_of(finding)
    return msgspec.structs.replace(
        row,
        subject=now.subject,
        count=now.count,
        first_seen=now.first_seen,
        last_seen=now.last_seen,
        policies=now.policies,
    )


def subject_text(finding: Finding) -> str:
    """Write a finding's subject in words, on one line: control characters cost six bytes each."""
    return _words(finding).translate(_CONTROLS)[:_MAX_SUBJECT_CHARS]


def _words(finding: Finding) -> str:
    counted = extent_text(finding.extent or {})
    return f"{_whose(finding)}: {counted}" if counted else _whose(finding)


def _whose(finding: Finding) -> str:
    if finding.subject.keys() == {"source"}:
        name = end_names(finding)[0]
        return f"{name} ({finding.subject['source']})" if name else f"{finding.subject['source']}"
    if finding.subject.keys() == CONVERSATION:
        names = end_names(finding)
        source, destination = (
            f"{name} ({finding.subject[key]})" if name else f"{finding.subject[key]}"
            for name, key in zip(names, ("source", "destination"), strict=True)
        )
        ends = f"{source} -> {destination} port {finding.subject['port']}"
        return f"{ends} {finding.subject['protocol']}"
    parts = [f"{key} {value}" for key, value in finding.subject.items() if value is not None]
    return ", ".join(parts)


def end_names(finding: Finding) -> tuple[str | None, str | None]:
    """Name the two ends in words: at the first verdict, and at the last where that was another."""
    source, destination = (*finding.identities[:2], {}, {})[:2]
    later = successors(finding)
    return _named(source, later), _named(destination, later)


def successors(finding: Finding) -> dict[str, Mapping[str, Any]]:
    """Give whom an end's address belonged to at the last verdict, where that was another."""
    return {str(identity["ip"]): identity for identity in finding.identities[2:]}


def _named(end: Mapping[str, Any], later: Mapping[str, Mapping[str, Any]]) -> str | None:
    name, then = who(end), who(later.get(str(end.get("ip")), {}))
    if then is None:
        return name
    return f"{name}, later {then}" if name else f"later {then}"


def who(identity: Mapping[str, Any]) -> str | None:
    """Name an end in words: `shop/Deployment/web`; `None` where nobody knows."""
    kind, name = identity.get("kind"), identity.get("name")
    if kind == "unknown" or not name:
        return None
    workload = identity.get("workload")
    if kind == "pod" and workload:
        name = f"{workload['kind']}/{workload['name']}"
    namespace = identity.get("namespace")
    return f"{namespace}/{name}" if namespace else str(name)


def gravest(rows: Iterable[Row]) -> Severity:
    """Give the gravest severity of what is not over; `info` where nothing is left."""
    going_on = (row.severity for row in rows if row.status != "resolved")
    return max(going_on, key=SEVERITIES.index, default="info")
