"""The shapes of input that are measured: what a stream's events are made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Literal

from benchmarks import audit_lines, flow_lines, learning_lines
from benchmarks.flow_lines import FlowMaker
from samples import cluster
from samples.cluster import CONTROL_PLANE_GROUP, EDGE, Stream
from samples.parts import Lines
from samples.story import all_lines
from samples.template import filled

Family = Literal["flows", "denies", "node-file", "audit", "learning", "group"]
DENIED = 0.05
START_MS = 1_781_006_400_000


@dataclass(frozen=True, slots=True)
class Event:
    """One event: time in ms since 1970 (UTC), its message, and its verdict if it is a flow."""

    timestamp: int
    message: str
    verdict: str | None = None


Streams = dict[Stream, list[Event]]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of input.

    Attributes
    ----------
    family
        Which goal it is judged by.
    make
        Gives so many events, by stream.
    """

    name: str
    title: str
    family: Family
    make: Callable[[Random, int], Streams]


def _flows(stream: Stream, maker: FlowMaker, denied: float) -> Callable[[Random, int], Streams]:
    def make(rng: Random, events: int) -> Streams:
        return {stream: list(_flow_events(rng, events, maker, denied))}

    return make


def _flow_events(rng: Random, events: int, maker: FlowMaker, denied: float) -> Iterator[Event]:
    for timestamp in _times(rng, events):
        verdict = "DENY" if rng.random() < denied else "ACCEPT"
        yield Event(timestamp, maker(rng, timestamp, verdict), verdict)


def _audit(rng: Random, events: int) -> Streams:
    return {cluster.AUDIT: [Event(at, audit_lines.event(rng, at)) for at in _times(rng, events)]}


def _taught(rng: Random, events: int) -> Streams:
    made = [Event(at, learning_lines.event(rng, at)) for at in _times(rng, events)]
    return {cluster.AUDIT: made}


def _group(rng: Random, events: int) -> Streams:
    """Mix the streams of a cluster's log group as they are subscribed: each in its own payload."""
    streams: Streams = {}
    for at in _times(rng, events):
        (chosen,) = rng.choices(_SOURCES, cum_weights=_WEIGHTS)
        stream, event = chosen(rng, at)
        streams.setdefault(stream, []).append(event)
    return streams


def _times(rng: Random, events: int) -> Iterator[int]:
    at = START_MS + rng.randrange(86_400_000)
    for _ in range(events):
        at += rng.randrange(40)
        yield at


_Source = Callable[[Random, int], tuple[Stream, Event]]


def _agent(rng: Random, at: int) -> tuple[Stream, Event]:
    verdict = "DENY" if rng.random() < DENIED else "ACCEPT"
    return EDGE.flows, Event(at, flow_lines.published(rng, at, verdict), verdict)


def _audited(rng: Random, at: int) -> tuple[Stream, Event]:
    return cluster.AUDIT, Event(at, audit_lines.event(rng, at))


def _control_plane(rng: Random, at: int) -> tuple[Stream, Event]:
    (lines,) = rng.choices(_LINES, cum_weights=_LINE_WEIGHTS)
    return lines.stream, Event(at, filled(rng.choice(lines.texts), at, rng))


_LINES: tuple[Lines, ...] = tuple(
    lines
    for lines in all_lines()
    if lines.stream.log_group == CONTROL_PLANE_GROUP and lines.stream != cluster.AUDIT
)
_LINE_WEIGHTS = tuple(accumulate(lines.events for lines in _LINES))
_SOURCES: tuple[_Source, ...] = (_agent, _audited, _control_plane)
_WEIGHTS = (50, 80, 100)
"""Half flows, three tenths audit, the rest of the control plane."""

_FILE = cluster.BATCH.flows
_CONTAINER = cluster.BATCH.container("aws-node")
_KV, _SENTENCE = flow_lines.key_values, flow_lines.sentence

SHAPES: tuple[Shape, ...] = (
    Shape(
        "mixed",
        "CloudWatch flows with tier, 5 % DENY, one node",
        "flows",
        _flows(EDGE.flows, flow_lines.published, DENIED),
    ),
    Shape(
        "mixed-no-tier",
        "CloudWatch flows without tier, 5 % DENY, one node",
        "flows",
        _flows(cluster.ORDERS.flows, flow_lines.published_before_tiers, DENIED),
    ),
    Shape(
        "all-deny",
        "CloudWatch flows, every one a DENY, one node",
        "denies",
        _flows(EDGE.flows, flow_lines.published, 1.0),
    ),
    Shape(
        "file-kv",
        "Node file up to agent v1.2.1, as it is",
        "node-file",
        _flows(_FILE, _KV, DENIED),
    ),
    Shape(
        "file-sentence",
        "Node file from agent v1.3.0, as it is",
        "node-file",
        _flows(_FILE, _SENTENCE, DENIED),
    ),
    Shape(
        "shipped-kv",
        "Agent's output up to v1.2.1 in Fluent Bit's container record",
        "node-file",
        _flows(_CONTAINER, flow_lines.shipped(_KV), DENIED),
    ),
    Shape(
        "shipped-sentence",
        "Agent's output from v1.3.0 in Fluent Bit's container record",
        "node-file",
        _flows(_CONTAINER, flow_lines.shipped(_SENTENCE), DENIED),
    ),
    Shape("audit", "Audit events of 2 to 10 KB, under 1 % matter", "audit", _audit),
    Shape("learning", "Audit events of which two in five teach", "learning", _taught),
    Shape("log-group", "A whole log group: agent, audit, control plane", "group", _group),
)
