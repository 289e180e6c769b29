"""When a finding is graver than its sightings: seen often, on many nodes, or beside another fault.

What must be remembered for it is small and forgets what is old. It adds up to the same in whatever
order, and however often, batches come:

- how often one subject was seen, by time, stands in its finding's state until that is decided;
- of what its lines name, how often or how many, too: see `findings.amounts`;
- the nodes on which an issue shows, by time, stand in one memory a cluster and issue.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from netpolwatch.catalogue.model import SEVERITIES, Entry, Escalation, Severity, Threshold
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.amounts import NOTHING, Amounts, added, amounts_of, met
from netpolwatch.findings.fingerprint import digest_of
from netpolwatch.findings.spread import Spread, merged, stepped
from netpolwatch.findings.threshold import UNTIMED, Weights, is_met, together, weights_of

Tallies = dict[str, Weights]
"""How often a subject was seen, by the name of what counts it; `UNTIMED` once that is enough."""

Spreads = dict[str, Spread]
"""Where an issue shows, by the text of the escalation that asks for it."""


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
    return {
        graver.text: merged((), stepped(named, graver.within_ms), graver.nodes or 0)
        for graver in asking
    }


def things_of(entry: Entry, sightings: Sequence[Sighting]) -> Amounts:
    """Count sightings by what they name, for each escalation that asks for it."""
    asking = _by_things(entry)
    return amounts_of(asking, dict.fromkeys(asking, sightings)) if asking else NOTHING


def things_added(entry: Entry, had: Amounts, seen: Amounts, severity: Severity) -> Amounts:
    """Add two counts up; what cannot make this severity graver is forgotten."""
    asking = _by_things(entry)
    if not asking:
        return NOTHING
    left = {
        graver.text: asking[graver.text]
        for graver in entry.escalate
        if graver.text in asking and _is_graver(graver.to, severity)
    }
    return added(left, had, seen)


def _by_things(entry: Entry) -> dict[str, Threshold]:
    asked = {graver.text: graver.threshold for graver in entry.escalate}
    return {name: often for name, often in asked.items() if often and not often.counts_lines}


def tallied(entry: Entry, had: Tallies, seen: Tallies, severity: Severity) -> Tallies:
    """Add two counts up; what cannot make this severity graver is forgotten."""
    tallies: Tallies = {}
    for count in _counts(entry):
        if _is_graver(count.to, severity):
            weights = together(had.get(count.name, ()), seen.get(count.name, ()), count.window_ms)
            tallies[count.name] = UNTIMED if is_met(weights, count.window_ms) else weights
    return tallies


def graver_by(
    entry: Entry,
    severity: Severity,
    tallies: Tallies,
    things: Amounts,
    around: Iterable[Escalation],
) -> Escalation | None:
    """Find what makes a severity graver: how often it was seen, or what stands around it."""
    named = {*met(_by_things(entry), things)}
    often = [
        graver for graver in entry.escalate if graver.text in named or _is_often(graver, tallies)
    ]
    holding = [graver for graver in (*often, *around) if _is_graver(graver.to, severity)]
    return max(holding, key=lambda graver: SEVERITIES.index(graver.to), default=None)


def _is_graver(one: Severity, other: Severity) -> bool:
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def _counts(entry: Entry) -> Iterator[_Count]:
    for graver in entry.escalate:
        often = graver.threshold
        if often is not None and often.counts_lines:
            yield _Count(graver.text, graver.to, often.within_ms, often.weight)
        for rule in entry.rules:
            if rule.name in graver.rules:
                often = entry.threshold_of(rule)
                yield _Count(_rule(rule.name), graver.to, often.within_ms, often.weight, rule.name)


def _rule(name: str) -> str:
    return f"rule {name}"


def _is_often(graver: Escalation, tallies: Tallies) -> bool:
    names = [graver.text] if graver.threshold else [_rule(name) for name in graver.rules]
    return bool(names) and all(tallies.get(name) == UNTIMED for name in names)
