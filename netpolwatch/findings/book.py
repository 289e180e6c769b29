"""Findings kept in memory, for a run on a laptop."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from netpolwatch.catalogue.model import SEVERITIES, Entry
from netpolwatch.catalogue.running import RunningVersions
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.lifecycle import advance, ended_before, ended_by, raises
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Observation, Place, as_other, observe
from netpolwatch.findings.recording import chunks
from netpolwatch.findings.rules import DEFAULT_RULES
from netpolwatch.findings.state import State, finding_of
from netpolwatch.findings.surroundings import Surroundings

_MAX_SUBJECTS = 10_000
"""Subjects of an issue told apart in a run; the rest is one subject `other`."""


class FindingBook:
    """The findings of one run."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._states: dict[str, State] = {}
        self._counts: Counter[str] = Counter()
        self._untold: dict[str, None] = {}
        self._endings: dict[str, Observation] = {}
        self._surroundings = Surroundings(entries, {}, self._is_open)

    def take(
        self, sightings: Iterable[Sighting], endings: Sequence[Sighting], place: Place
    ) -> None:
        """Take in what a batch shows: of an issue that ends in it, in the order of time."""
        ending = {each.issue for each in endings}
        others: list[Sighting] = []
        mixed = [(each, True) for each in endings]
        for each in sightings:
            if each.issue in ending:
                mixed.append((each, False))
            else:
                others.append(each)
        self.record(observe(others, self._entries, place))
        mixed.sort(key=lambda one: (one[0].timestamp is not None, one[0].timestamp or 0, one[1]))
        for is_end, part in groupby(mixed, key=itemgetter(1)):
            seen = observe([each for each, _ in part], self._entries, place)
            (self.end if is_end else self.record)(seen)

    def record(self, observations: Iterable[Observation]) -> None:
        """Take a batch's observations in."""
        for chunk in chunks([*observations], self._entries):
            self._record([self._bounded(observed) for observed in chunk])

    def _record(self, chunk: Sequence[Observation]) -> None:
        around = self._surroundings
        around.see(one for one in chunk if one.spreads and self._raises(one))
        for observation in chunk:
            transition = advance(
                self._state(observation),
                observation,
                self._entries[observation.issue],
                now_ms=observation.first_seen or 0,
                rules=DEFAULT_RULES,
                around=around.around(observation),
            )
            self._states[observation.id] = transition.state
            self._end_again(observation)
            if transition.notification is not None:
                self._untold[observation.id] = None
        around.spreads = around.remembered()

    def _state(self, observation: Observation) -> State | None:
        """Give a finding's state as of an observation: over, if it was silent for long before."""
        had = self._states.get(observation.id)
        entry = self._entries[observation.issue]
        return None if had is None else ended_before(had, observation, entry)

    def _raises(self, observation: Observation) -> bool:
        entry = self._entries[observation.issue]
        return raises(self._state(observation), observation, entry)

    def end(self, endings: Iterable[Observation]) -> None:
        """End the findings whose end a batch shows, also those that are read only later."""
        for ending in endings:
            self._remember(ending)
            self._end(ending)

    def _remember(self, ending: Observation) -> None:
        known = self._endings.get(ending.id)
        if known is None and len(self._endings) >= _MAX_SUBJECTS:
            return
        if known is None or (known.last_seen or 0) <= (ending.last_seen or 0):
            self._endings[ending.id] = ending

    def _end_again(self, observation: Observation) -> None:
        """End what an ending that was read before is later than: streams come in any order."""
        ending = self._endings.get(observation.id)
        if ending is not None and ending.last_seen is not None:
            self._end(ending)

    def _end(self, ending: Observation) -> None:
        state = self._states.get(ending.id)
        if state is not None:
            entry = self._entries[ending.issue]
            over = ended_by(state, ending, entry, now_ms=ending.last_seen or 0,
                            rules=DEFAULT_RULES)  # fmt: skip
            self._states[ending.id] = over.state

    def _is_open(self, identity: str, entry: Entry, observation: Observation) -> bool:
        state = self._states.get(identity)
        return state is not None and ended_before(state, observation, entry).is_open

    def _bounded(self, observation: Observation) -> Observation:
        if observation.id in self._states:
            return observation
        if self._counts[observation.issue] >= _MAX_SUBJECTS:
            return as_other(observation, self._entries)
        self._counts[observation.issue] += 1
        return observation

    def news(self) -> list[Finding]:
        """List the findings that there was something to tell of since this was asked last."""
        untold, self._untold = self._untold, {}
        states = [self._states[identity] for identity in untold]
        return [finding_of(state, self._entries[state.issue]) for state in states]

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
            if state.is_finding
        ]
        return sorted(
            findings,
            key=lambda finding: (
                -SEVERITIES.index(finding.severity), -finding.count, finding.issue, finding.id
            ),
        )  # fmt: skip
