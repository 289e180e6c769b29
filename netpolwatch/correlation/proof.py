"""An entry's histories prove it: its examples show it and end as they say, its twins do not."""

from collections.abc import Iterator, Sequence

from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.schema import EntryFile, ExampleFile
from netpolwatch.correlation.correlator import LATENESS_MS, Correlator
from netpolwatch.correlation.watches import Settled, Watches
from netpolwatch.kubernetes.audit import read_audit_event


def history_failures(identity: str, file: EntryFile, entries: Sequence[Entry]) -> Iterator[str]:
    """Yield which examples and counterexamples with events are not as the entry says."""
    watches = Watches(entries)
    for number, example in enumerate(file.examples, 1):
        for reason in _of_example(identity, example, watches) if example.events else ():
            yield f"{identity}: example {number}: {reason}"
    for number, example in enumerate(file.counterexamples, 1):
        if example.events and _is_found(identity, settled(example, watches)):
            yield f"{identity}: counterexample {number}: is found"


def settled(example: ExampleFile, watches: Watches) -> Settled:
    """Return what a history comes to when it was heard to its end."""
    records = example.records()
    correlator = Correlator(watches)
    for record in records:
        correlator.take(read_audit_event(record.event.message, record.event.timestamp))
    last_ms = max(record.event.timestamp or 0 for record in records)
    return correlator.answer(last_ms + LATENESS_MS)


def _is_found(identity: str, shown: Settled) -> bool:
    return any(seen.issue == identity for seen in shown.sightings)


def _of_example(identity: str, example: ExampleFile, watches: Watches) -> Iterator[str]:
    shown = settled(example, watches)
    own = [seen for seen in shown.sightings if seen.issue == identity]
    if not own:
        yield "is not found"
        return
    ended = any(each.issue == identity for each in shown.endings)
    if ended != (example.strength == "recovery"):
        yield "ends, and its strength is no recovery" if ended else "does not end"
    others = {seen.issue for seen in shown.sightings} - {identity}
    if others != set(example.may_show_with):
        yield f"shows other issues, too: {', '.join(sorted(others)) or 'none'} (may_show_with)"
    if example.severity and example.severity != own[0].severity:
        yield f"severity {own[0].severity} is found, {example.severity} is wanted"
    for name, value in example.fields.items():
        if own[0].fields.get(name) != value:
            yield f"field {name}: {own[0].fields.get(name)!r} is found, {value!r} is wanted"
