"""What stands around observations and makes them graver: nodes of the issue, other findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from netpolwatch.catalogue.model import Entry, Escalation
from netpolwatch.findings.escalation import Spreads
from netpolwatch.findings.fingerprint import id_on_subject
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.spread import is_wide, kept, merged

IssueKey = tuple[str | None, str]
"""A cluster and an issue."""


def ids_beside(
    observation: Observation, entries: Mapping[str, Entry]
) -> Iterator[tuple[Escalation, Entry, str]]:
    """Name the findings whose being open makes an observation graver, with their entries."""
    for graver in entries[observation.issue].escalate:
        other = entries.get(graver.beside or "")
        if other is not None:
            identity = id_on_subject(
                other.id, other.group_by, observation.cluster, observation.subject
            )
            if identity is not None:
                yield graver, other, identity


def in_turn(
    observations: Sequence[Observation], entries: Mapping[str, Entry]
) -> Sequence[Observation]:
    """Order a batch so that what others stand beside comes before them."""
    return sorted(
        observations,
        key=lambda one: any(graver.beside for graver in entries[one.issue].escalate),
    )


class Surroundings:
    """What stands around observations: on how many nodes their issues show, and what is open.

    Attributes
    ----------
    spreads
        Where issues show. Whoever stores them keeps `remembered` between batches.
    """

    def __init__(
        self,
        entries: Mapping[str, Entry],
        spreads: Mapping[IssueKey, Spreads],
        is_open: Callable[[str, Entry, Observation], bool],
    ) -> None:
        self._entries, self._is_open = entries, is_open
        self.spreads = dict(spreads)

    def see(self, observations: Iterable[Observation]) -> None:
        """Take in where observations show their issues; doing it again changes nothing.

        Of a finding that is information only, nothing is to be seen yet.
        """
        for one in observations:
            if one.spreads:
                had = self.spreads.get(issue_key(one), {})
                self.spreads[issue_key(one)] = {
                    graver.text: merged(
                        had.get(graver.text, ()), one.spreads.get(graver.text, ()), graver.nodes
                    )
                    for graver in self._entries[one.issue].escalate
                    if graver.nodes is not None
                }

    def around(self, observation: Observation) -> list[Escalation]:
        """Find the escalations that hold by what stands around an observation."""
        entry = self._entries[observation.issue]
        if not entry.escalate:
            return []
        spreads = self.spreads.get(issue_key(observation), {})
        wide = [
            graver
            for graver in entry.escalate
            if graver.nodes is not None
            and is_wide(
                spreads.get(graver.text, ()),
                graver.nodes,
                graver.within_ms,
                around=observation.spreads.get(graver.text, ()),
            )
        ]
        beside = [
            graver
            for graver, other, identity in ids_beside(observation, self._entries)
            if self._is_open(identity, other, observation)
        ]
        return [*wide, *beside]

    def remembered(self) -> dict[IssueKey, Spreads]:
        """Give what must be kept of `spreads`: two windows."""
        return {
            (cluster, issue): {
                graver.text: kept(spreads[graver.text], graver.within_ms)
                for graver in self._entries[issue].escalate
                if graver.text in spreads
            }
            for (cluster, issue), spreads in self.spreads.items()
        }


def issue_key(observation: Observation) -> IssueKey:
    """Name what an observation's nodes are remembered by."""
    return observation.cluster, observation.issue
