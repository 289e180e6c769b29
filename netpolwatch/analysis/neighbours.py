"""Readings are judged again beside their neighbours: a bounded block at a time, looking ahead."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from netpolwatch.analysis.reading import Reading, rejudged
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.model import DENY, Form
from netpolwatch.ingest.origin import AGENT, AWS_NODE, UNRECOGNISED, Origin
from netpolwatch.ingest.prefix import written_time
from netpolwatch.ingest.record import Record
from netpolwatch.verdicts.window import Drops, Window
from netpolwatch.verdicts.window.facts import fact_of
from netpolwatch.verdicts.window.keys import key_of
from netpolwatch.verdicts.window.moments import ORDER_FROM, order

MAX_RECORDS = 5000
MAX_CHARS = 4_194_304
"""Where a block of records ends."""

_ACCEPT = "ACCEPT"
_FACTS_FROM = (AGENT, AWS_NODE, UNRECOGNISED, None)


class Read(NamedTuple):
    """A record and what it says by itself."""

    record: Record
    origin: Origin
    reading: Reading


def blocks(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Cut what was read into blocks that fit into memory."""
    block: list[Read] = []
    chars = 0
    for read in reads:
        block.append(read)
        chars += len(read.record.event.message)
        if len(block) >= MAX_RECORDS or chars >= MAX_CHARS:
            yield block
            block, chars = [], 0
    if block:
        yield block


def take_in(window: Window, block: Iterable[Read]) -> None:
    """Tell a window everything that a block says, before any of it is judged."""
    accepts: dict[tuple[str | None, Form, str], tuple[list[str], list[int | None]]]
    accepts = defaultdict(lambda: ([], []))
    for read in block:
        flow = read.reading.flow
        if flow is None:
            _note(window, read)
        elif flow.verdict == DENY:
            window.denied(node_of(read), Drops([flow], [key_of(flow)], [moment_of(read)]))
        elif flow.verdict == _ACCEPT:
            keys, times = accepts[node_of(read), flow.form, flow.protocol]
            keys.append(key_of(flow))
            times.append(moment_of(read))
    for (node, form, protocol), (keys, times) in accepts.items():
        window.accepted(node, form, protocol, keys, times)


def judged(matcher: Matcher, window: Window, read: Read) -> Reading:
    """Judge a DENY beside what the window was told; any other reading stays as it is."""
    flow = read.reading.flow
    if flow is None or flow.verdict != DENY:
        return read.reading
    judgement = window.judge(flow, moment_of(read), node_of(read))
    if judgement is flow.judgement:
        return read.reading
    return rejudged(read.reading, judgement, read.origin, matcher)


def may_tell(component: str | None, text: str) -> bool:
    """Whether a line that is no flow says something of its node that bears on a DENY nearby."""
    return component in _FACTS_FROM and fact_of(text) is not None


def node_of(read: Read) -> str | None:
    """Name a record's node; a stream without a node's name is one node by itself."""
    record, flow = read.record, read.reading.flow
    named = flow.node if flow is not None else None
    return named or read.origin.node or record.log_stream or None


def moment_of(read: Read) -> int:
    """Tell when a record was written; its place among the others where it has no time."""
    timestamp = read.reading.timestamp
    return order(read.record.line) if timestamp is None else timestamp


def _note(window: Window, read: Read) -> None:
    record = read.record
    fact = fact_of(record.event.message) if read.origin.component in _FACTS_FROM else None
    if fact is None:
        return
    # As for flows, the time in the text goes before the time of shipping.
    time = written_time(record.event.message)
    moment = moment_of(read) if time is None else time
    window.noted(node_of(read), msgspec.structs.replace(fact, time=moment))
    if not record.log_stream and moment < ORDER_FROM:
        # Beside a node file's lines, which have a time, flow lines may stand that have none.
        told_in_order = msgspec.structs.replace(fact, time=order(record.line))
        window.noted(node_of(read), told_in_order)
