"""Groups of flows become counts, and their DENYs judged flows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.address import whole_address
from netpolwatch.flows.bulk import Group
from netpolwatch.flows.model import Flow, Judgement, NotAFlowError
from netpolwatch.flows.words import MAX_PORT
from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.verdicts.disposition import judging


class Kind(NamedTuple):
    """A judgement, and the known issues that flows of this judgement show."""

    judgement: Judgement
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """The DENYs of one group, judged.

    Attributes
    ----------
    flows
        In the order of the lines.
    refused
        Events with an address or a port that no agent writes.
    """

    flows: list[Flow]
    refused: Sequence[LogEvent]


def judge_group(group: Group, origin: Origin, matcher: Matcher) -> Denied:
    """Judge a group of DENYs."""
    ends = group.ends()
    if len(ends) != len(group.events):
        return Denied([], group.events)
    first = group.first
    node = origin.node if first.node is None else first.node
    form, protocol, verdict, tier = first.form, first.protocol, first.verdict, first.tier
    decide = judging(protocol, tier, node)
    flows: list[Flow] = []
    kinds: dict[int, Kind] = {}
    refused: list[LogEvent] = []
    for event, time, (sip, sport, dip, dport) in zip(
        group.events, _times(group), ends, strict=True
    ):
        source_port, destination_port = int(sport), int(dport)
        try:
            source, destination = whole_address(sip), whole_address(dip)
        except NotAFlowError:
            refused.append(event)
            continue
        if source_port > MAX_PORT or destination_port > MAX_PORT:
            refused.append(event)
            continue
        judgement = decide(source, source_port, destination, destination_port)
        kind = kinds.get(id(judgement))
        if kind is None:
            # The judgement is kept: an id names an object only while that object lives.
            kind = kinds[id(judgement)] = Kind(judgement, _issues(first, judgement, matcher))
        flows.append(
            Flow(
                form,
                source,
                source_port,
                destination,
                destination_port,
                protocol,
                verdict,
                node,
                first.direction,
                tier,
                time,
                judgement,
                kind.issues,
            )
        )
    return Denied(flows, refused)


def _issues(first: Flow, judgement: Judgement, matcher: Matcher) -> tuple[str, ...]:
    found = matcher.match_verdict(
        judgement.disposition, judgement.confidence, first.verdict, first.tier, first.protocol,
        first.direction,
    )  # fmt: skip
    return tuple(issue.id for issue in found)


def _times(group: Group) -> list[int | None]:
    if group.time_at is None:
        return [event.timestamp for event in group.events]
    return [milliseconds(text) for text in group.written_times()]
