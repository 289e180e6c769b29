"""Findings kept in memory, for a run on a laptop."""

from collections.abc import Iterable, Mapping

from netpolwatch.catalogue.model import SEVERITIES, Entry
from netpolwatch.findings.lifecycle import State, advance, finding_of
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Observation

_NEVER = 2**62


class FindingBook:
    """The findings of one run."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._states: dict[str, State] = {}

    def record(self, observations: Iterable[Observation]) -> None:
        """Take a batch's observations in."""
        for observation in observations:
            transition = advance(
                self._states.get(observation.id),
                observation,
                self._entries[observation.issue],
                now_ms=observation.last_seen or 0,
                repeat_interval_ms=_NEVER,
            )
            self._states[observation.id] = transition.state

    def findings(self) -> list[Finding]:
        """List the findings, the gravest first, then the most frequent."""
        findings = [
            finding_of(state, self._entries[state.issue]) for state in self._states.values()
        ]
        return sorted(
            findings,
            key=lambda finding: (
                -SEVERITIES.index(finding.severity), -finding.count, finding.issue, finding.id
            ),
        )  # fmt: skip
