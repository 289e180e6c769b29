"""Findings kept in memory, for a run on a laptop."""

from collections import Counter
from collections.abc import Iterable, Mapping

from netpolwatch.catalogue.model import SEVERITIES, Entry
from netpolwatch.catalogue.running import RunningVersions
from netpolwatch.findings.lifecycle import advance, ended_before, ended_by
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Observation, as_other
from netpolwatch.findings.rules import DEFAULT_RULES
from netpolwatch.findings.state import State, finding_of

_MAX_SUBJECTS = 10_000
"""Subjects of an issue told apart in a run; the rest is one subject `other`."""


class FindingBook:
    """The findings of one run."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._states: dict[str, State] = {}
        self._counts: Counter[str] = Counter()

    def record(self, observations: Iterable[Observation]) -> None:
        """Take a batch's observations in."""
        for observed in observations:
            observation = self._bounded(observed)
            entry = self._entries[observation.issue]
            had = self._states.get(observation.id)
            transition = advance(
                None if had is None else ended_before(had, observation, entry),
                observation,
                entry,
                now_ms=observation.last_seen or 0,
                rules=DEFAULT_RULES,
            )
            if observation.id not in self._states:
                self._counts[observation.issue] += 1
            self._states[observation.id] = transition.state

    def end(self, endings: Iterable[Observation]) -> None:
        """End the findings whose end a batch shows."""
        for ending in endings:
            state = self._states.get(ending.id)
            if state is not None:
                entry = self._entries[ending.issue]
                over = ended_by(state, ending, entry, now_ms=ending.last_seen or 0,
                                rules=DEFAULT_RULES)  # fmt: skip
                self._states[ending.id] = over.state

    def _bounded(self, observation: Observation) -> Observation:
        if observation.id in self._states or self._counts[observation.issue] < _MAX_SUBJECTS:
            return observation
        return as_other(observation)

    def findings(
        self, until_ms: int | None = None, running: RunningVersions | None = None
    ) -> list[Finding]:
        """List the findings, the gravest first, then the most frequent.

        `until_ms` (event time) is how far the log goes: what was silent for long before is over.
        `running` is what the run has learned of versions.
        """
        findings = [
            finding_of(state, self._entries[state.issue], until_ms=until_ms, running=running)
            for state in self._states.values()
        ]
        return sorted(
            findings,
            key=lambda finding: (
                -SEVERITIES.index(finding.severity), -finding.count, finding.issue, finding.id
            ),
        )  # fmt: skip
