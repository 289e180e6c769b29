"""Flows that shippers wrapped: taken by the hundred like those that nobody wrapped."""

from collections import defaultdict
from collections.abc import Sequence

from netpolwatch.analysis.part import Part
from netpolwatch.analysis.reading import may_hold_flows
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.line import may_be_flow
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.wrappers.model import Unwrapped


def take_wrapped(
    events: Sequence[LogEvent], lines: Sequence[Unwrapped], log_stream: str, matcher: Matcher
) -> tuple[list[Part], set[int]]:
    """Take the wrapped flows out of a stream's lines, by their origins.

    `lines` are what `events` held. Gives what the flows say, and the indexes of their lines;
    those that do not come in groups are left.
    """
    bare = {id(event.message) for event in events}
    by_origin = defaultdict[Origin, list[int]](list)
    for at, line in enumerate(lines):
        writes_flows = may_hold_flows(line.origin.component)
        if writes_flows and id(line.text) not in bare and may_be_flow(line.text):
            by_origin[line.origin].append(at)
    parts, taken = list[Part](), set[int]()
    for origin, places in by_origin.items():
        part = Part(origin, log_stream)
        within = [lines[at].event for at in places]
        left = set(map(id, part.take_flows(within, matcher)))
        taken.update(at for at, event in zip(places, within, strict=True) if id(event) not in left)
        parts.append(part)
    return parts, taken
