"""Denied packets of a run, counted by conversation and stretch of time; bounded.

An address may belong to another pod minutes later. So a conversation is kept in slices of ten
minutes, each with its first packet: who its ends were then is asked when all was read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from netpolwatch.flows.model import Flow

MAX_SLICES: Final = 50_000
_SLICE_MS: Final = 600_000
_MAX_NODES: Final = 5
_KEPT: Final = frozenset({"violation", "agent-state", "unknown"})

_Key = tuple[str | None, str | None, int, str, str | None, str | None, int | None]


@dataclass(slots=True)
class DeniedSlice:
    """The packets of one conversation within ten minutes.

    Attributes
    ----------
    first
        Its earliest packet.
    last_ms
        Of the latest packet, ms since 1970 (UTC); `None` where none had a time.
    """

    first: Flow
    packets: int = 0
    last_ms: int | None = None
    nodes: dict[str, None] = field(default_factory=dict)

    def add(self, flow: Flow) -> None:
        """Count a packet."""
        self.packets += 1
        if flow.timestamp is not None:
            self.last_ms = max(flow.timestamp, self.last_ms or flow.timestamp)
            if self.first.timestamp is None or flow.timestamp < self.first.timestamp:
                self.first = flow
        if flow.node is not None and len(self.nodes) < _MAX_NODES:
            self.nodes[flow.node] = None


@dataclass(slots=True)
class DeniedFlows:
    """All slices of a run; packets beyond the bound are only counted."""

    uncounted: int = 0
    _slices: dict[_Key, DeniedSlice] = field(default_factory=dict)

    def add(self, flows: Iterable[Flow]) -> None:
        """Take judged DENYs in; answers and noise have no cause to look for."""
        for flow in flows:
            disposition = flow.disposition
            if disposition not in _KEPT:
                continue
            number = None if flow.timestamp is None else flow.timestamp // _SLICE_MS
            key = (
                flow.source_ip, flow.destination_ip, flow.destination_port, flow.protocol,
                disposition, flow.tier, number,
            )  # fmt: skip
            denied = self._slices.get(key)
            if denied is None:
                if len(self._slices) >= MAX_SLICES:
                    self.uncounted += 1
                    continue
                denied = self._slices[key] = DeniedSlice(flow)
            denied.add(flow)

    def __iter__(self) -> Iterator[DeniedSlice]:
        """Iterate over the slices."""
        return iter(self._slices.values())
