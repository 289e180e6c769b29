"""An entry's histories prove it: its examples show it and end as they say, its twins do not."""

from collections.abc import Iterator, Sequence

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.running import read_versions
from netpolwatch.catalogue.schema import EntryFile, ExampleFile
from netpolwatch.correlation.correlator import LATENESS_MS, Correlator
from netpolwatch.correlation.sources import (
    facts_of_signals,
    facts_of_verdicts,
    facts_of_versions,
)
from netpolwatch.correlation.watches import Settled, Watches
from netpolwatch.flows.line import parse_flow
from netpolwatch.ingest.origin import origin_of
from netpolwatch.ingest.record import Record
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact


def history_failures(
    identity: str, file: EntryFile, entries: Sequence[Entry], matcher: Matcher
) -> Iterator[str]:
    """Yield which examples and counterexamples with events are not as the entry says."""
    watches = Watches(entries)
    for number, example in enumerate(file.examples, 1):
        for reason in _of_example(identity, example, watches, matcher) if example.events else ():
            yield f"{identity}: example {number}: {reason}"
    for number, example in enumerate(file.counterexamples, 1):
        if example.events and _is_found(identity, settled(example, watches, matcher)):
            yield f"{identity}: counterexample {number}: is found"


def settled(example: ExampleFile, watches: Watches, matcher: Matcher) -> Settled:
    """Return what a history comes to when it was heard to its end."""
    records = example.records()
    correlator = Correlator(watches)
    for record in records:
        correlator.take(list(_facts(record, matcher)))
    last_ms = max(record.event.timestamp or 0 for record in records)
    return correlator.answer(last_ms + LATENESS_MS)


def _facts(record: Record, matcher: Matcher) -> Iterator[AnyFact]:
    text, at_ms = record.event.message, record.event.timestamp
    origin = origin_of(record.log_group, record.log_stream)
    flow = parse_flow(text)
    if flow is not None and flow.node is not None and at_ms is not None:
        yield from facts_of_verdicts([(flow.node, at_ms)])
    yield from facts_of_versions(read_versions(text, origin.component, None, at_ms))
    yield from facts_of_signals(matcher.match_text(text, origin.component), at_ms)
    yield from read_audit_event(text, at_ms)


def _is_found(identity: str, shown: Settled) -> bool:
    return any(seen.issue == identity for seen in shown.sightings)


def _of_example(
    identity: str, example: ExampleFile, watches: Watches, matcher: Matcher
) -> Iterator[str]:
    shown = settled(example, watches, matcher)
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
