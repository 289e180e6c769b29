"""Judgement from one line: no neighbours, no objects.

Every DENY line is a dropped packet (checked in the agent's eBPF source, v1.4.1). The question is
whether a policy's author meant it. Tests and their reliability: public reports of
aws-network-policy-agent, 2023 to 2026.
"""

from collections.abc import Callable
from functools import lru_cache

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.flows.words import PORTS_BY_PROTOCOL
from netpolwatch.verdicts.address_kind import AddressKind, kind_beside

CLIENT_PORTS_FROM = 32_768
"""Linux takes a client's port from here on (`net.ipv4.ip_local_port_range`).

Which of these ports it is makes no difference to any judgement."""

_WELL_KNOWN_BELOW = 1024
_SERVICE_PORTS = frozenset({
    1433, 1521, 2049, 2379, 2380, 3000, 3306, 4000, 4317, 5000, 5432, 5671, 5672, 5673, 6379, 6443,
    8000, 8080, 8081, 8443, 9042, 9090, 9092, 9096, 9100, 9200, 9300, 11211, 27017,
})  # fmt: skip
POLICY_TIERS = frozenset({"ADMIN", "BASELINE"})
_STATELESS = "ERROR"
NOT_BY_POLICIES = POLICY_TIERS | {_STATELESS}
"""Tiers of which no NetworkPolicy decided: a cluster policy's own rule, or none was consulted."""

_MULTICAST = Judgement("noise", "high", ("the destination is a multicast address",))
_BROADCAST = Judgement("noise", "high", ("the destination is the broadcast address",))
_LINK_LOCAL = Judgement("noise", "high", ("link-local traffic without ports",))
_LINK_LOCAL_SOURCE = Judgement(  # of IPv6 alone: IPv4's is a program of the node
    "noise", "medium", ("the source is a link-local address that no pod has",)
)
_LINK_LOCALS = frozenset({AddressKind.LINK_LOCAL, AddressKind.HOST_LOCAL})
_UNSPECIFIED = Judgement(
    "noise", "medium", ("the source is the unspecified address: a host without an address yet",)
)
_STATE_MISSING = Judgement(
    "agent-state",
    "high",
    ("tier ERROR: the pod's state was missing from the agent's map, no policy was consulted",),
)
_OWN_NODE = Judgement(
    "agent-state",
    "low",
    ("one end has the address in the node's own name: the path of the kubelet's probes",),
)
_SHAPE = "the source port is a server's and the destination port a client's: an answer's shape"
_REPLY = Judgement("reply", "medium", (_SHAPE, "the source port is a common service's"))
_REPLY_UNSURE = Judgement("reply", "low", (_SHAPE, "the source port is no common service's"))
_REPLY_IN_TIER = Judgement(
    "reply", "low", (_SHAPE, "a cluster policy's rule dropped it: it may have been meant")
)
_REPLY_LOW_PORTS = Judgement(
    "reply",
    "low",
    ("the source port is a common service's: it may be an answer to a client behind NAT",),
)
_RULE = Judgement(
    "violation", "high", ("a rule of a cluster policy's tier ADMIN or BASELINE matched",)
)
_FORWARD = Judgement(
    "violation", "medium", ("the ports have the shape of a request, which no policy allowed",)
)
_FORWARD_UNSURE = Judgement(
    "violation", "low", ("both ports are a client's: either end may have asked",)
)
_FORWARD_LOW_PORTS = Judgement(
    "violation", "low", ("neither port is a usual client's: either end may have asked",)
)
_NO_PORTS = Judgement(
    "violation", "low", ("a protocol without ports, which only a rule for all ports allows",)
)
_UNKNOWN_PROTOCOL = Judgement(
    "unknown", "low", ("neither the protocol nor the ports tell what was dropped",)
)


def may_be_overruled(flow: Flow) -> bool:
    """Whether a DENY's judgement may be another one once the objects of its time are known.

    Noise is noise, and of some tiers no NetworkPolicy decided. A line without a time is of none.
    """
    judgement = flow.judgement
    if judgement is None or flow.timestamp is None:
        return False
    return judgement.disposition != "noise" and flow.tier not in NOT_BY_POLICIES


def is_client_port(port: int) -> bool:
    """Whether Linux would give a port to a client."""
    return port >= CLIENT_PORTS_FROM


def is_service_port(port: int) -> bool:
    """Whether a port is a common service's."""
    return port < _WELL_KNOWN_BELOW or port in _SERVICE_PORTS


Judge = Callable[[AddressKind, int, AddressKind, int], Judgement]
"""Judges by the source's kind and port, and the destination's."""


def judge(flow: Flow) -> Judgement:
    """Judge a DENY by its own line."""
    return judging(flow.protocol, flow.tier)(
        kind_beside(flow.node, flow.source_ip),
        flow.source_port,
        kind_beside(flow.node, flow.destination_ip),
        flow.destination_port,
    )


@lru_cache(maxsize=1024)
def judging(protocol: str, tier: str | None) -> Judge:
    """Prepare the judgement of DENYs that have protocol and tier in common.

    The tests are asked in order, and the first that knows an answer gives it: noise, missing
    state, the node's own address, an answer's shape, a cluster policy's rule, a request's shape.
    """
    has_ports = protocol in PORTS_BY_PROTOCOL
    by_ports = _in_policy_tier if tier in POLICY_TIERS else _by_ports
    without_ports = _without_ports(protocol, tier)
    usual = AddressKind.ORDINARY

    def decide(
        source: AddressKind, source_port: int, destination: AddressKind, destination_port: int
    ) -> Judgement:
        if source is not usual or destination is not usual:
            ports = has_ports and bool(source_port or destination_port)
            noise = _noise(source, destination, ports=ports)
            if noise is not None:
                return noise
        if tier == _STATELESS:
            return _STATE_MISSING
        if source is AddressKind.OWN_NODE or destination is AddressKind.OWN_NODE:
            return _OWN_NODE
        return by_ports(source_port, destination_port) if has_ports else without_ports

    return decide


def _noise(source: AddressKind, destination: AddressKind, *, ports: bool) -> Judgement | None:
    if destination is AddressKind.MULTICAST:
        return _MULTICAST
    if destination is AddressKind.BROADCAST:
        return _BROADCAST
    if not ports and _LINK_LOCALS & {source, destination}:
        return _LINK_LOCAL
    if source is AddressKind.LINK_LOCAL:
        return _LINK_LOCAL_SOURCE
    return _UNSPECIFIED if source is AddressKind.UNSPECIFIED else None


def _by_ports(source: int, destination: int) -> Judgement:
    if source >= CLIENT_PORTS_FROM:
        return _FORWARD_UNSURE if destination >= CLIENT_PORTS_FROM else _FORWARD
    if destination >= CLIENT_PORTS_FROM:
        common = source < _WELL_KNOWN_BELOW or source in _SERVICE_PORTS
        return _REPLY if common else _REPLY_UNSURE
    if destination < _WELL_KNOWN_BELOW or destination in _SERVICE_PORTS:
        return _FORWARD_LOW_PORTS
    if source < _WELL_KNOWN_BELOW or source in _SERVICE_PORTS:
        return _REPLY_LOW_PORTS
    return _FORWARD_LOW_PORTS


def _in_policy_tier(source: int, destination: int) -> Judgement:
    answer = source < CLIENT_PORTS_FROM <= destination
    return _REPLY_IN_TIER if answer else _RULE


def _without_ports(protocol: str, tier: str | None) -> Judgement:
    if tier in POLICY_TIERS:
        return _RULE
    return _NO_PORTS if protocol == "ICMP" else _UNKNOWN_PROTOCOL
