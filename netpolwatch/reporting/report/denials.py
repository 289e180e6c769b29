"""Slices of denied packets become denials: the same two ends, one port, explained once."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from netpolwatch.flows.model import Disposition, Flow
from netpolwatch.kubernetes.identity import LATEST, Identity, Knowledge
from netpolwatch.reporting.report.denied import DeniedFlows, DeniedSlice
from netpolwatch.reporting.report.model import Denial, End, Path, PolicyChange
from netpolwatch.reporting.report.selection import EVERYTHING, Selection
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.judgement import ObjectJudge
from netpolwatch.verdicts.attribution.since_sentence import since_sentence
from netpolwatch.verdicts.named_ends import destination_kind

MAX_EXPLAINED: Final = 3000
_MAX_ADDRESSES: Final = 3
_MAX_NODES: Final = 5
_BEGINNINGS: Final = frozenset({"denied", "isolated"})
_REDACTED: Final = "a redacted address"
_DNS_PORT: Final = 53
_CLUSTER_DNS: Final = frozenset({"dns", "nodelocal-dns", "vpc-dns"})
_PLACES: Final = {
    "imds": "instance metadata",
    "pod-identity": "Pod Identity agent",
    "container-credentials": "container credentials",
    "nodelocal-dns": "NodeLocal DNS",
    "vpc-dns": "the VPC's DNS",
    "time-sync": "the VPC's time service",
}


@dataclass(slots=True)
class _Group:
    """Slices of the same two ends, whatever addresses these had."""

    slices: list[DeniedSlice] = field(default_factory=list)
    sources: dict[str, None] = field(default_factory=dict)
    destinations: dict[str, None] = field(default_factory=dict)

    @property
    def packets(self) -> int:
        return sum(each.packets for each in self.slices)

    @property
    def first(self) -> Flow:
        return min((each.first for each in self.slices), key=lambda flow: flow.timestamp or 0)


@dataclass(frozen=True, slots=True)
class Denials:
    """What a run denied, by disposition; `unexplained` packets are beyond the bound."""

    by_disposition: dict[Disposition, list[Denial]]
    unexplained: int = 0

    def of(self, disposition: Disposition) -> list[Denial]:
        """Return the denials of a disposition, the most frequent first."""
        return self.by_disposition.get(disposition, [])


def denials_of(
    flows: DeniedFlows, knowledge: Knowledge, selection: Selection = EVERYTHING
) -> Denials:
    """Group a run's denied packets by who their ends were, and explain each group's first packet.

    `knowledge` is what the whole run has learned. At most `MAX_EXPLAINED` groups are explained.
    """
    within = (each for each in flows if selection.keeps_time(each.first.timestamp, each.last_ms))
    groups = sorted(_grouped(within, knowledge), key=lambda group: -group.packets)
    judge = ObjectJudge(knowledge)
    found: dict[Disposition, list[Denial]] = {}
    for group in groups[:MAX_EXPLAINED]:
        disposition = group.first.disposition or "unknown"
        denial = _denial(group, judge)
        if selection.keeps_denial(denial):
            found.setdefault(disposition, []).append(denial)
    unexplained = sum(group.packets for group in groups[MAX_EXPLAINED:])
    return Denials(found, unexplained + flows.uncounted)


def _grouped(flows: Iterable[DeniedSlice], knowledge: Knowledge) -> Iterable[_Group]:
    groups: dict[Hashable, _Group] = {}
    for each in flows:
        flow = each.first
        at_ms = LATEST if flow.timestamp is None else flow.timestamp
        ends = (
            _who(knowledge.owner(flow.source_ip, at_ms)),
            _who(knowledge.owner(flow.destination_ip, at_ms)),
        )
        key = (*ends, flow.destination_port, flow.protocol, flow.disposition, flow.tier)
        group = groups.setdefault(key, _Group())
        group.slices.append(each)
        _note(group.sources, flow.source_ip)
        _note(group.destinations, flow.destination_ip)
    return groups.values()


def _note(addresses: dict[str, None], address: str | None) -> None:
    if address is not None and len(addresses) < _MAX_ADDRESSES:
        addresses[address] = None


def _who(identity: Identity) -> Hashable:
    workload = identity.workload
    if workload is not None:
        return identity.namespace, workload.kind, workload.name
    return identity.kind, identity.namespace, identity.name or identity.address


def _denial(group: _Group, judge: ObjectJudge) -> Denial:
    flow = group.first
    explanation = judge.judge(flow).explanation
    denial = denial_of(explanation, group.packets)
    return replace(
        denial,
        source=replace(denial.source, addresses=tuple(group.sources)),
        destination=replace(denial.destination, addresses=tuple(group.destinations)),
        last_ms=max((each.last_ms for each in group.slices if each.last_ms), default=None),
        why=_why(explanation, flow),
        confidence=flow.judgement.confidence if flow.judgement else explanation.confidence,
        nodes=tuple(dict.fromkeys(_nodes(group)))[:_MAX_NODES],
    )


def denial_of(explanation: Explanation, packets: int = 1) -> Denial:
    """Return an explained verdict as a denial of so many packets."""
    flow, miss = explanation.flow, explanation.nearest_miss
    return Denial(
        source=end_of(explanation.source, _known(flow.source_ip)),
        destination=end_of(explanation.destination, _known(flow.destination_ip)),
        port=flow.destination_port,
        protocol=flow.protocol,
        direction=explanation.direction,
        policies=explanation.isolating,
        packets=packets,
        first_ms=flow.timestamp,
        last_ms=flow.timestamp,
        tier=flow.tier,
        nearest=miss and miss.policy,
        nearest_why=miss and miss.why,
        why=explanation.why,
        confidence=explanation.confidence,
        path=path_of(explanation.destination, flow.destination_port),
        nodes=_known(flow.node),
        change=_change_of(explanation, packets),
    )


def _change_of(explanation: Explanation, packets: int) -> PolicyChange | None:
    """Return the change that began a denial; one that would have ended it is none."""
    since = explanation.since
    if since is None or since.effect not in _BEGINNINGS:
        return None
    what = since_sentence(since, explanation.as_of or 0)
    change = since.change
    return PolicyChange(change.at_us // 1000, change.kind, change.name, change.actor, what, packets)


def _known(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _why(explanation: Explanation, flow: Flow) -> str:
    """Return why a packet is judged as it was: by policies where they agree, else by its line."""
    if flow.judgement is None:
        return explanation.why
    # A judgement by policies keeps its whole sentence first, and the line's own reason last.
    agrees = explanation.disposition == flow.disposition
    by_policies = agrees and explanation.why not in flow.judgement.reasons
    return explanation.why if by_policies else flow.judgement.reasons[-1]


def _nodes(group: _Group) -> Iterator[str]:
    for each in group.slices:
        yield from each.nodes


def end_of(identity: Identity, addresses: tuple[str, ...]) -> End:
    """Return an end as a report names it."""
    workload = identity.workload
    owner = f"{workload.kind}/{workload.name}" if workload else None
    return End(
        name=_name(identity, owner),
        kind=identity.kind,
        namespace=identity.namespace,
        workload=workload.name if workload else identity.name,
        addresses=addresses,
    )


def _name(identity: Identity, owner: str | None) -> str:
    if identity.kind == "pod":
        return f"{identity.namespace}/{owner or identity.name}"
    if identity.kind == "service":
        return f"Service {identity.namespace}/{identity.name}"
    if identity.kind == "node":
        return f"node {identity.name}"
    name = identity.name and _PLACES.get(identity.name, identity.name)
    return name or identity.address or _REDACTED


def path_of(destination: Identity, port: int) -> Path | None:
    """Return what a destination is that no workload can do without; `None` for any other."""
    if destination.kind in ("pod", "service"):
        return _path_within(destination, port)
    kind = destination_kind(destination.address, port)
    if kind in _CLUSTER_DNS:
        return "DNS"
    return "credentials" if kind == "pod-identity" else None


def _path_within(destination: Identity, port: int) -> Path | None:
    """Return what a pod or Service of the cluster is: port 53 of any other one is no DNS."""
    if destination.namespace == "kube-system" and port == _DNS_PORT:
        return "DNS"
    is_api = destination.kind == "service" and destination.namespace == "default"
    return "API server" if is_api and destination.name == "kubernetes" else None
