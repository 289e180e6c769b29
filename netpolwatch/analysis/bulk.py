"""Groups of flows become counts, and their DENYs judged flows."""

from functools import lru_cache
from typing import NamedTuple

from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.flows.address import whole_address
from netpolwatch.flows.group import Group
from netpolwatch.flows.model import Flow, Judgement, NotAFlowError
from netpolwatch.flows.words import MAX_PORT
from netpolwatch.ingest.origin import Origin
from netpolwatch.verdicts.address_kind import AddressKind, kind_beside
from netpolwatch.verdicts.disposition import CLIENT_PORTS_FROM, judging
from netpolwatch.verdicts.named_ends import NAMED_PORTS, NOBODY, NamedEnds, named_ends
from netpolwatch.verdicts.window import Drops


class Kind(NamedTuple):
    """DENYs of one judgement between ends of one name, and the known issues that they show."""

    judgement: Judgement
    issues: tuple[str, ...]
    flows: list[Flow]
    keys: list[str]
    times: list[int | None]

    @property
    def drops(self) -> Drops:
        """The same DENYs as a window takes them."""
        return Drops(self.flows, self.keys, self.times)


def judge_group(group: Group, origin: Origin, matcher: Matcher) -> list[Kind] | None:
    """Judge a group of DENYs; `None` when one has an end that no agent writes."""
    ends = group.ends()
    if ends is None or max(*ends.source_ports, *ends.destination_ports) > MAX_PORT:
        return None
    first = group.first
    node = origin.node if first.node is None else first.node
    form, protocol, verdict = first.form, first.protocol, first.verdict
    direction, tier, alike = first.direction, first.tier, _Alike(first, node, matcher)
    try:
        for source, source_port, destination, destination_port, key, time in zip(
            *ends, group.keys, group.times, strict=True
        ):
            # Which client's port it is changes nothing: few lines are judged for many. `min`
            # would take as long as the rest of the loop.
            source_ip, destination_ip, kind = alike[
                source,
                source_port if source_port < CLIENT_PORTS_FROM else CLIENT_PORTS_FROM,  # noqa: FURB136
                destination,
                destination_port if destination_port < CLIENT_PORTS_FROM else CLIENT_PORTS_FROM,  # noqa: FURB136
            ]
            judgement, issues, flows, keys, times = kind
            flows.append(
                Flow(form, source_ip, source_port, destination_ip, destination_port, protocol,
                     verdict, node, direction, tier, time, judgement, issues)
            )  # fmt: skip
            keys.append(key)
            times.append(time)
    except NotAFlowError:
        return None
    return list(alike.kinds.values())


class _Alike(dict[tuple[str, int, str, int], tuple[str | None, str | None, Kind]]):
    """Ends as written, but for a client's port, to whole addresses and the kind of their DENYs."""

    def __init__(self, first: Flow, node: str | None, matcher: Matcher) -> None:
        super().__init__()
        self._first, self._node, self._matcher = first, node, matcher
        self.kinds: dict[tuple[int, NamedEnds], Kind] = {}

    def __missing__(self, ends: tuple[str, int, str, int]) -> tuple[str | None, str | None, Kind]:
        first = self._first
        source, destination, judgement, named = _judged(
            self._node, first.protocol, first.tier, *ends
        )
        self[ends] = found = source, destination, self._kind(judgement, named)
        return found

    def _kind(self, judgement: Judgement, named: NamedEnds) -> Kind:
        # The judgement is kept: an id names an object only while that object lives.
        kind = self.kinds.get((id(judgement), named))
        if kind is None:
            first = self._first
            found = self._matcher.match_verdict(
                judgement.disposition, judgement.confidence, first.verdict, first.tier,
                first.protocol, first.direction, *named, judgement.policies,
                judgement.claims, judgement.effect,
            )  # fmt: skip
            kind = Kind(judgement, tuple(issue.id for issue in found), [], [], [])
            self.kinds[id(judgement), named] = kind
        return kind


@lru_cache(maxsize=8192)
def _judged(
    node: str | None, protocol: str, tier: str | None, source: str, source_port: int,
    destination: str, destination_port: int,
) -> tuple[str | None, str | None, Judgement, NamedEnds]:  # fmt: skip
    """Judge a DENY by its own line; who is denied once is denied again."""
    source_ip, destination_ip = whole_address(source), whole_address(destination)
    kind, other_kind = kind_beside(node, source_ip), kind_beside(node, destination_ip)
    judgement = judging(protocol, tier)(kind, source_port, other_kind, destination_port)
    named = NOBODY
    if destination_port in NAMED_PORTS or kind is AddressKind.OWN_NODE:
        named = named_ends(kind, source_port, destination_ip, destination_port)
    return source_ip, destination_ip, judgement, named
