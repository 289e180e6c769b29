"""Which part of a report a reader asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from netpolwatch.reporting.report.model import Denial, End


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of a report; all that are set must agree. Names may hold `*` and `?`.

    Attributes
    ----------
    severity
        The mildest that is shown.
    workload
        A name, or `namespace/Kind/name`.
    since_ms, until_ms
        Event times, ms since 1970 (UTC); what has no time is not within them.
    """

    issue: str | None = None
    severity: Severity | None = None
    namespace: str | None = None
    workload: str | None = None
    node: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def keeps_finding(self, finding: Finding) -> bool:
        """Whether a finding is shown."""
        return (
            (self.issue is None or fnmatchcase(finding.issue, self.issue))
            and self.keeps_severity(finding.severity)
            and _any_matches(self.namespace, _namespaces_of(finding))
            and _any_matches(self.workload, _workloads_of(finding))
            and _any_matches(self.node, _nodes_of(finding))
            and self._overlaps(milliseconds(finding.first_seen or ""), self._end_of(finding))
        )

    def keeps_severity(self, severity: Severity) -> bool:
        """Whether something of this severity is shown."""
        return self.severity is None or SEVERITIES.index(severity) >= SEVERITIES.index(
            self.severity
        )

    def keeps_denial(self, denial: Denial) -> bool:
        """Whether a denied conversation is shown."""
        ends = (denial.source, denial.destination)
        return (
            (self.issue is None or fnmatchcase("denied-conversation", self.issue))
            and _any_matches(self.namespace, filter(None, (end.namespace for end in ends)))
            and _any_matches(self.workload, (name for end in ends for name in _names_of(end)))
            and _any_matches(self.node, _with_short(denial.nodes))
        )

    def keeps_time(self, first_ms: int | None, last_ms: int | None) -> bool:
        """Whether a stretch of time is shown."""
        return self._overlaps(first_ms, last_ms)

    @property
    def words(self) -> Iterator[str]:
        """The filters in words."""
        for name in ("issue", "severity", "namespace", "workload", "node"):
            value = getattr(self, name)
            if value is not None:
                yield f"{name} {value}" + (" and graver" if name == "severity" else "")
        if self.since_ms is not None:
            yield f"since {rfc3339(self.since_ms)}"
        if self.until_ms is not None:
            yield f"until {rfc3339(self.until_ms)}"

    def _end_of(self, finding: Finding) -> int | None:
        """Return when a finding was seen last; one that goes on reaches into any later time."""
        last_ms = milliseconds(finding.last_seen or "")
        if finding.status == "resolved" or last_ms is None:
            return last_ms
        return max(last_ms, self.since_ms or last_ms)

    def _overlaps(self, first_ms: int | None, last_ms: int | None) -> bool:
        if self.since_ms is None and self.until_ms is None:
            return True
        if first_ms is None:
            return False
        is_late = self.until_ms is not None and first_ms > self.until_ms
        is_early = self.since_ms is not None and (last_ms or first_ms) < self.since_ms
        return not is_late and not is_early


EVERYTHING: Final = Selection()


def _any_matches(pattern: str | None, names: Iterable[str]) -> bool:
    return pattern is None or any(fnmatchcase(name, pattern) for name in names)


def _names_of(end: End) -> Iterator[str]:
    yield end.name
    if end.workload:
        yield end.workload


def _namespaces_of(finding: Finding) -> Iterator[str]:
    namespace = finding.subject.get("namespace")
    if namespace is not None:
        yield str(namespace)
    for identity in finding.identities:
        if identity.get("namespace"):
            yield str(identity["namespace"])
    yield from (policy.partition("/")[0] for policy in finding.policies)


def _workloads_of(finding: Finding) -> Iterator[str]:
    for key in ("workload", "pod", "name", "policy"):
        if finding.subject.get(key) is not None:
            yield str(finding.subject[key])
    for identity in finding.identities:
        workload, namespace = identity.get("workload"), identity.get("namespace")
        if workload:
            yield str(workload["name"])
            yield f"{namespace}/{workload['kind']}/{workload['name']}"
        if identity.get("name"):
            yield str(identity["name"])


def _nodes_of(finding: Finding) -> Iterator[str]:
    nodes = [finding.subject.get("node")]
    for evidence in finding.evidence:
        flow = parse_flow(evidence.text)
        nodes.append(flow.node if flow is not None else None)
    yield from _with_short(str(node) for node in nodes if node is not None)


def _with_short(nodes: Iterable[str]) -> Iterator[str]:
    """Yield the names of nodes, with and without their domain."""
    for node in nodes:
        yield node
        yield node.partition(".")[0]
