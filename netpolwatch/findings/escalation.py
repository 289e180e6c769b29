"""When a finding is graver than its sightings: seen often, on many nodes, or beside another fault.

What must be remembered for it is small and forgets what is old. It adds up to the same in whatever
order, and however often, batches come:

- how often one subject was seen, by time, stands in its finding's state until that is decided;
- the nodes on which an issue shows, by time, stand in one memory a cluster and issue. A step of
  time holds no more nodes than make the fault graver: who comes later changes nothing, so that a
  storm of nodes hardly ever writes there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from netpolwatch.catalogue.model import SEVERITIES, Entry, Escalation, Severity, Threshold
from netpolwatch.findings.fingerprint import digest_of, id_on_subject
from netpolwatch.findings.threshold import UNTIMED, Weights, is_met, together, weights_of

if TYPE_CHECKING:
    from netpolwatch.findings.observation import Observation

Tallies = dict[str, Weights]
"""How often a subject was seen, by the name of what counts it; `UNTIMED` once that is enough."""

Spread = tuple[tuple[int | None, tuple[str, ...]], ...]
"""Nodes by the begin of their step (ms since 1970, UTC), in order; `None`: events without time.

A node stands there by a digest: its name comes from a log and may be anything.
"""

Spreads = dict[str, Spread]
"""Where an issue shows, by the text of the escalation that asks for it."""

IssueKey = tuple[str | None, str]
"""A cluster and an issue."""

MAX_STEPS = 22
"""Two windows of ten steps, and the steps in which they begin."""

_STEPS_A_WINDOW = 10
_MINUTE_MS = 60_000


class _Count(NamedTuple):
    """What counts sightings: all of a subject, or those of a rule by its own threshold."""

    name: str
    to: Severity
    window_ms: int
    weight: int
    rule: str | None = None


def tallies_of(entry: Entry, seen: Sequence[tuple[int | None, str]]) -> Tallies:
    """Count sightings (time in ms, rule) for each escalation that asks how often."""
    return {
        count.name: weights_of(
            ((time, count.weight) for time, rule in seen if count.rule in (None, rule)),
            count.window_ms,
        )
        for count in _counts(entry)
    }


def spreads_of(entry: Entry, seen: Iterable[tuple[int | None, str | None]]) -> Spreads:
    """Gather nodes (time in ms, name) for each escalation that asks on how many."""
    asking = [graver for graver in entry.escalate if graver.nodes is not None]
    if not asking:
        return {}
    shown = [(time, node) for time, node in seen if node is not None]
    digests = {node: digest_of([node]) for _, node in shown}
    named = [(time, digests[node]) for time, node in shown]
    return {graver.text: _merged((), _stepped(named, graver), graver) for graver in asking}


def tallied(entry: Entry, had: Tallies, seen: Tallies, severity: Severity) -> Tallies:
    """Add two counts up; what cannot make this severity graver is forgotten."""
    tallies: Tallies = {}
    for count in _counts(entry):
        if _is_graver(count.to, severity):
            weights = together(had.get(count.name, ()), seen.get(count.name, ()), count.window_ms)
            tallies[count.name] = UNTIMED if is_met(weights, count.window_ms) else weights
    return tallies


def graver_by(
    entry: Entry, severity: Severity, tallies: Tallies, around: Iterable[Escalation]
) -> Escalation | None:
    """Find what makes a severity graver: how often it was seen, or what stands around it."""
    often = [graver for graver in entry.escalate if _is_often(graver, tallies)]
    holding = [graver for graver in (*often, *around) if _is_graver(graver.to, severity)]
    return max(holding, key=lambda graver: SEVERITIES.index(graver.to), default=None)


def ids_beside(
    observation: "Observation", entries: Mapping[str, Entry]
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
    observations: Sequence["Observation"], entries: Mapping[str, Entry]
) -> Sequence["Observation"]:
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
        is_open: Callable[[str, Entry, "Observation"], bool],
    ) -> None:
        self._entries, self._is_open = entries, is_open
        self.spreads = dict(spreads)

    def see(self, observations: Iterable["Observation"]) -> None:
        """Take in where observations show their issues; doing it again changes nothing.

        Of a finding that is information only, nothing is to be seen yet.
        """
        for one in observations:
            if one.spreads:
                had = self.spreads.get(issue_key(one), {})
                self.spreads[issue_key(one)] = {
                    graver.text: _merged(
                        had.get(graver.text, ()), one.spreads.get(graver.text, ()), graver
                    )
                    for graver in self._entries[one.issue].escalate
                    if graver.nodes is not None
                }

    def around(self, observation: "Observation") -> list[Escalation]:
        """Find the escalations that hold by what stands around an observation."""
        entry = self._entries[observation.issue]
        if not entry.escalate:
            return []
        spreads = self.spreads.get(issue_key(observation), {})
        wide = [
            graver
            for graver in entry.escalate
            if graver.nodes is not None
            and _is_wide(spreads.get(graver.text, ()), observation.spreads.get(graver.text, ()),
                         graver)
        ]  # fmt: skip
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
                graver.text: _kept(spreads[graver.text], graver)
                for graver in self._entries[issue].escalate
                if graver.text in spreads
            }
            for (cluster, issue), spreads in self.spreads.items()
        }


def issue_key(observation: "Observation") -> IssueKey:
    """Name what an observation's nodes are remembered by."""
    return observation.cluster, observation.issue


def _is_graver(one: Severity, other: Severity) -> bool:
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def _counts(entry: Entry) -> Iterator[_Count]:
    for graver in entry.escalate:
        if graver.count is not None:
            often = Threshold(graver.count, graver.within_ms)
            yield _Count(graver.text, graver.to, often.within_ms, often.weight)
        for rule in entry.rules:
            if rule.name in graver.rules:
                often = entry.threshold_of(rule)
                yield _Count(_rule(rule.name), graver.to, often.within_ms, often.weight, rule.name)


def _rule(name: str) -> str:
    return f"rule {name}"


def _is_often(graver: Escalation, tallies: Tallies) -> bool:
    names = [graver.text] if graver.count is not None else [_rule(name) for name in graver.rules]
    return bool(names) and all(tallies.get(name) == UNTIMED for name in names)


def _stepped(seen: Iterable[tuple[int | None, str]], graver: Escalation) -> Spread:
    step = max(_MINUTE_MS, graver.within_ms // _STEPS_A_WINDOW)
    return tuple((None if time is None else time - time % step, (node,)) for time, node in seen)


def _merged(one: Spread, other: Spread, graver: Escalation) -> Spread:
    steps: dict[int | None, tuple[str, ...]] = dict(one)
    for step, nodes in other:
        had = steps.get(step, ())
        # A step that is full decides whatever it holds: it stays as it is, and nobody writes it.
        steps[step] = (*had, *(node for node in nodes if node not in had))[: graver.nodes]
    return tuple(sorted(steps.items(), key=lambda item: (item[0] is not None, item[0] or 0)))


def _kept(spread: Spread, graver: Escalation) -> Spread:
    untimed = [(step, nodes) for step, nodes in spread if step is None]
    timed = [(step, nodes) for step, nodes in spread if step is not None]
    if timed:
        # What lies before the newest window can still be joined by something late.
        oldest = timed[-1][0] - 2 * graver.within_ms
        timed = [part for part in timed if part[0] >= oldest]
    return (*untimed, *timed[-MAX_STEPS:])


def _is_wide(spread: Spread, seen: Spread, graver: Escalation) -> bool:
    """Tell whether a window around what was seen has enough nodes.

    Nodes of events without a time count for every window: their order is all that is known.
    """
    untimed = {node for step, nodes in spread if step is None for node in nodes}
    timed = [(step, nodes) for step, nodes in spread if step is not None]
    at = [step for step, _ in seen if step is not None]
    anywhere = len(at) < len(seen)
    for end, _ in timed:
        begin = end - graver.within_ms
        if anywhere or any(begin <= step <= end for step in at):
            within = {node for step, nodes in timed if begin <= step <= end for node in nodes}
            if len(untimed | within) >= (graver.nodes or 0):
                return True
    return anywhere and len(untimed) >= (graver.nodes or 0)
