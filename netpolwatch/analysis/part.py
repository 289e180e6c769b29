"""Events of one stream, read by themselves, and then judged beside one another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from netpolwatch.analysis.bulk import Kind, judge_group
from netpolwatch.analysis.neighbours import Read, judged, take_in
from netpolwatch.analysis.tally import Tally
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.bulk import take_groups
from netpolwatch.flows.group import Group
from netpolwatch.flows.model import DENY, Disposition, Flow, Judgement
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.verdicts.window import Window

_ACCEPT = "ACCEPT"
_MINUTE_MS = 60_000

Wait = Callable[[Sequence[Flow]], None]
"""Takes judged DENYs that are counted alike, to be counted later."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some events of one stream say by themselves.

    Attributes
    ----------
    counted
        Groups of flows that are no DENYs.
    denied
        DENYs, judged by their own lines, that came in groups.
    reads
        What was read line by line.
    """

    origin: Origin
    log_stream: str = ""
    counted: list[Group] = field(default_factory=list)
    denied: list[Kind] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)

    def take_flows(
        self, events: Sequence[LogEvent], matcher: Matcher, *, timed: bool = False
    ) -> list[LogEvent]:
        """Take the flows that come in groups; returns the other events.

        With `timed`, a group stays behind in which no line has a time: its order tells it then.
        """
        groups, others = take_groups(events)
        for group in groups:
            if timed and not group.is_timed:
                others.extend(group.events)
            elif group.first.verdict != DENY:
                self.counted.append(group)
            else:
                kinds = judge_group(group, self.origin, matcher)
                if kinds is None:
                    others.extend(group.events)
                else:
                    self.denied.extend(kinds)
        return others

    def tell(self, window: Window) -> None:
        """Tell a window everything that the part says, before any of it is judged."""
        for group in self.counted:
            if group.first.verdict == _ACCEPT:
                node, first = self._node(group.first), group.first
                window.accepted(node, first.form, first.protocol, group.keys, group.times)
        for kind in self.denied:
            window.denied(self._node(kind.flows[0]), kind.drops)
        take_in(window, self.reads)

    def count(
        self, window: Window, matcher: Matcher, tally: Tally, waits: Wait | None = None
    ) -> None:
        """Judge the part's DENYs beside what the window was told, and count all of it.

        With `waits`, DENYs are not counted yet: it takes them, in groups that are counted alike.
        """
        count_denied = tally.count_denied if waits is None else waits
        for group in self.counted:
            tally.count_group(group)
        for kind in self.denied:
            flows = kind.flows
            judgements = window.judge_alike(kind.drops, self._node(flows[0]))
            if judgements is None:
                count_denied(flows)
            else:
                for alike in judged_anew(flows, judgements, matcher):
                    count_denied(alike)
        for read in self.reads:
            reading = judged(matcher, window, read)
            if reading.flow is None or reading.flow.verdict != DENY or waits is None:
                tally.count(reading)
            else:
                waits([reading.flow])
            if reading.unread is not None:
                tally.batch.unread.count(reading.unread, read.record.event.message)

    def minutes_heard(self) -> set[tuple[str, int]]:
        """Return minutes (ms since 1970, UTC) in which named nodes published verdicts.

        Of a group that is only counted, the first and the last are enough.
        """
        flows = [read.reading.flow for read in self.reads if read.reading.flow is not None]
        heard: list[tuple[Flow, Sequence[int | None]]] = [
            *((group.first, _ends(group)) for group in self.counted),
            *((kind.flows[0], [flow.timestamp for flow in kind.flows]) for kind in self.denied),
            *((flow, [flow.timestamp]) for flow in flows),
        ]
        return {
            (node, time - time % _MINUTE_MS)
            for flow, times in heard
            if (node := flow.node or self.origin.node) is not None
            for time in times
            if time is not None
        }

    def _node(self, flow: Flow) -> str | None:
        return flow.node or self.origin.node or self.log_stream or None


def _ends(group: Group) -> tuple[int | None, ...]:
    if group.written:
        return milliseconds(min(group.written)), milliseconds(max(group.written))
    known = [time for time in group.times if time is not None]
    return (min(known), max(known)) if known else ()


def judged_anew(
    flows: Sequence[Flow], judgements: Sequence[Judgement], matcher: Matcher
) -> Iterator[list[Flow]]:
    """Yield flows with their judgements; those that are counted alike come together."""
    alike: dict[tuple[Disposition, tuple[str, ...]], list[Flow]] = {}
    for given, judgement in zip(flows, judgements, strict=True):
        flow = given
        if judgement is not given.judgement:
            flow = msgspec.structs.replace(given, judgement=judgement)
            issues = tuple(issue.id for issue in matcher.match_flow(flow))
            flow = msgspec.structs.replace(flow, issues=issues)
        alike.setdefault((judgement.disposition, flow.issues), []).append(flow)
    yield from alike.values()
