"""Groups of flows become counts, and their DENYs judged flows."""

from typing import NamedTuple

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.address import whole_address
from netpolwatch.flows.group import Group
from netpolwatch.flows.model import Flow, Judgement, NotAFlowError
from netpolwatch.flows.words import MAX_PORT
from netpolwatch.ingest.origin import Origin
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.verdicts.address_kind import AddressKind, kind_beside
from netpolwatch.verdicts.disposition import judging
from netpolwatch.verdicts.named_ends import NAMED_PORTS, NOBODY, NamedEnds, named_ends


class Kind(NamedTuple):
    """DENYs of one judgement between ends of one name, and the known issues that they show."""

    judgement: Judgement
    issues: tuple[str, ...]
    flows: list[Flow]


def judge_group(group: Group, origin: Origin, matcher: Matcher) -> list[Kind] | None:
    """Judge a group of DENYs; `None` when one has an end that no agent writes."""
    ends = group.ends()
    if ends is None or max(*ends.source_ports, *ends.destination_ports) > MAX_PORT:
        return None
    first = group.first
    node = origin.node if first.node is None else first.node
    known = _Ends(node)
    sources = [known[text] for text in ends.sources]
    destinations = [known[text] for text in ends.destinations]
    if _IMPOSSIBLE in known.values():
        return None
    form, protocol, verdict, tier = first.form, first.protocol, first.verdict, first.tier
    direction, decide = first.direction, judging(protocol, tier)
    kinds: dict[int | tuple[int, NamedEnds], Kind] = {}
    for (source, kind), source_port, (destination, other_kind), destination_port, time in zip(
        sources, ends.source_ports, destinations, ends.destination_ports, _times(group), strict=True
    ):
        judgement = decide(kind, source_port, other_kind, destination_port)
        # The judgement is kept: an id names an object only while that object lives.
        key: int | tuple[int, NamedEnds] = id(judgement)
        named = NOBODY
        if destination_port in NAMED_PORTS or kind is AddressKind.OWN_NODE:
            named = named_ends(kind, source_port, destination, destination_port)
            key = (id(judgement), named)
        alike = kinds.get(key)
        if alike is None:
            alike = Kind(judgement, _issues(first, judgement, named, matcher), [])
            kinds[key] = alike
        alike.flows.append(
            Flow(
                form,
                source,
                source_port,
                destination,
                destination_port,
                protocol,
                verdict,
                node,
                direction,
                tier,
                time,
                judgement,
                alike.issues,
            )
        )
    return list(kinds.values())


_End = tuple[str | None, AddressKind]
_IMPOSSIBLE: _End = ("impossible", AddressKind.REDACTED)


class _Ends(dict[str, _End]):
    """Addresses as written, to whole ones and their kinds."""

    def __init__(self, node: str | None) -> None:
        super().__init__()
        self._node = node

    def __missing__(self, text: str) -> _End:
        try:
            address = whole_address(text)
            self[text] = address, kind_beside(self._node, address)
        except NotAFlowError:
            self[text] = _IMPOSSIBLE
        return self[text]


def _issues(
    first: Flow, judgement: Judgement, named: NamedEnds, matcher: Matcher
) -> tuple[str, ...]:
    found = matcher.match_verdict(
        judgement.disposition, judgement.confidence, first.verdict, first.tier, first.protocol,
        first.direction, *named,
    )  # fmt: skip
    return tuple(issue.id for issue in found)


def _times(group: Group) -> list[int | None]:
    if group.time_at is None:
        return [event.timestamp for event in group.events]
    return [milliseconds(text) for text in group.written_times()]
