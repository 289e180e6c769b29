"""The story becomes events."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter
from random import Random

import msgspec

from netpolwatch.flows.line import render_flow
from netpolwatch.flows.model import Flow
from samples.cluster import NODES, SERVICES, Node, Stream, pods_of
from samples.noise import ACCEPTS
from samples.parts import ALL_DAY, DAY_MINUTES, Lines, Window, scaled
from samples.story import DENIED, DeniedFlow, all_lines
from samples.template import client_port, filled

_MINUTE_MS = 60_000
_BACK_OFF_MS = {"TCP": (0, 1_000, 3_000, 7_000, 15_000, 31_000), "UDP": (0, 5_000)}
"""When a packet that nobody answers is sent again, from the first one on."""

_FORBIDDEN = {
    (denied.source, denied.destination, denied.destination_port)
    for denied in DENIED
    if denied.disposition == "violation"
}
_ALLOWED = {
    node: tuple(
        (pod.ip, service)
        for pod in pods_of(node)
        for service in SERVICES
        if (pod.ip, service.ip, service.port) not in _FORBIDDEN
    )
    for node in NODES
}
"""Who asks whom on a node, and is let through."""


@dataclass(frozen=True, slots=True)
class Event:
    """A log event; `timestamp` in ms since 1970 (UTC)."""

    id: str
    timestamp: int
    log_group: str
    log_stream: str
    message: str

    def as_line(self) -> str:
        """Write the event as a line of a canonical event file."""
        fields = {
            "id": self.id,
            "timestamp": self.timestamp,
            "logGroup": self.log_group,
            "logStream": self.log_stream,
            "message": self.message,
        }
        return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)


def cluster_day(*, seed: int, end_ms: int, scale: float = 1.0) -> list[Event]:
    """Tell the six hours before `end_ms` (ms since 1970, UTC) as events, ordered by time.

    The same arguments give the same events. `scale` multiplies the numbers of events; each part
    of the story stays, with one event at least.
    """
    teller = _Teller(Random(seed), end_ms - DAY_MINUTES * _MINUTE_MS, scale)  # noqa: S311  # no secret
    events = sorted(teller.tell(), key=attrgetter("timestamp", "log_group", "log_stream"))
    return [
        replace(event, id=f"{event.timestamp:014d}{number:042d}")
        for number, event in enumerate(events)
    ]


def write_events(events: Iterable[Event]) -> str:
    """Write a canonical event file's text."""
    return "".join(f"{event.as_line()}\n" for event in events)


class _Teller:
    """One telling of the story: its chance, its start (ms since 1970) and its scale."""

    def __init__(self, rng: Random, start_ms: int, scale: float) -> None:
        self._rng = rng
        self._start_ms = start_ms
        self._scale = scale

    def tell(self) -> Iterator[Event]:
        """Yield every event, in no order."""
        for lines in all_lines():
            yield from self._lines(lines)
        for node, flows in ACCEPTS.items():
            for _ in range(scaled(flows, self._scale)):
                yield self._flow(node, self._accepted(node), self._time(ALL_DAY))
        for denied in DENIED:
            yield from self._denied(denied)

    def _lines(self, lines: Lines) -> Iterator[Event]:
        # In turn, not by chance: each text comes, and comes about equally often.
        for number in range(scaled(lines.events, self._scale)):
            timestamp = self._time(lines.window)
            text = lines.texts[number % len(lines.texts)]
            yield _event(lines.stream, timestamp, filled(text, timestamp, self._rng))

    def _denied(self, denied: DeniedFlow) -> Iterator[Event]:
        packets = scaled(denied.packets, self._scale)
        while packets > 0:
            attempt = self._dropped(denied)
            first = self._time(denied.window)
            for delay in _BACK_OFF_MS.get(denied.protocol, (0,))[:packets]:
                yield self._flow(denied.node, attempt, first + delay)
                packets -= 1

    def _flow(self, node: Node, flow: Flow, timestamp: int) -> Event:
        if node.form != "cloudwatch":
            flow = msgspec.structs.replace(flow, timestamp=timestamp)
        return _event(node.flows, timestamp, render_flow(flow))

    def _accepted(self, node: Node) -> Flow:
        source, service = self._rng.choice(_ALLOWED[node])
        return _flow_of(
            node,
            source=(source, client_port(self._rng)),
            destination=(service.ip, service.port),
            protocol=service.protocol,
            verdict="ACCEPT",
            direction="egress",
            tier=self._rng.choice(("DEFAULT", "NETWORK_POLICY")),
        )

    def _dropped(self, denied: DeniedFlow) -> Flow:
        return _flow_of(
            denied.node,
            source=(denied.source, self._port(denied.source_port)),
            destination=(denied.destination, self._port(denied.destination_port)),
            protocol=denied.protocol,
            verdict="DENY",
            direction=denied.direction,
            tier=denied.tier,
        )

    def _port(self, port: int | None) -> int:
        return client_port(self._rng) if port is None else port

    def _time(self, window: Window) -> int:
        minute = self._rng.uniform(window.start, window.end)
        return self._start_ms + int(minute * _MINUTE_MS)


def _flow_of(
    node: Node,
    *,
    source: tuple[str, int],
    destination: tuple[str, int],
    protocol: str,
    verdict: str,
    direction: str,
    tier: str,
) -> Flow:
    """Make a flow with what the node's agent writes, and nothing that it does not."""
    published = node.form == "cloudwatch"
    return Flow(
        form=node.form,
        source_ip=source[0],
        source_port=source[1],
        destination_ip=destination[0],
        destination_port=destination[1],
        protocol=protocol,
        verdict=verdict,
        node=node.name if published else None,
        direction=None if published else direction,
        tier=tier if node.tiers else None,
    )


def _event(stream: Stream, timestamp: int, message: str) -> Event:
    return Event("", timestamp, stream.log_group, stream.log_stream, message)
