"""Judgement from one line: no neighbours, no objects.

Every DENY line is a dropped packet (checked in the agent's eBPF source, v1.4.1). The question is
whether a policy's author meant it. Tests and their reliability: public reports of
aws-network-policy-agent, 2023 to 2026.
"""

from collections.abc import Callable

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.flows.words import PORTS_BY_PROTOCOL
from netpolwatch.verdicts.address_kind import AddressKind, address_in_name, kind_of

_CLIENT_PORTS_FROM = 32_768
"""Linux takes a client's port from here on (`net.ipv4.ip_local_port_range`)."""

_WELL_KNOWN_BELOW = 1024
_SERVICE_PORTS = frozenset({
    1433, 1521, 2049, 2379, 2380, 3000, 3306, 4000, 4317, 5000, 5432, 5671, 5672, 5673, 6379, 6443,
    8000, 8080, 8081, 8443, 9042, 9090, 9092, 9096, 9100, 9200, 9300, 11211, 27017,
})  # fmt: skip
POLICY_TIERS = frozenset({"ADMIN", "BASELINE"})

_MULTICAST = Judgement("noise", "high", ("the destination is a multicast address",))
_BROADCAST = Judgement("noise", "high", ("the destination is the broadcast address",))
_LINK_LOCAL = Judgement("noise", "high", ("link-local traffic without ports",))
_LINK_LOCAL_SOURCE = Judgement(
    "noise", "medium", ("the source is a link-local address that no pod has",)
)
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
    ("the source port is below 1024, where no client starts: an answer to a client behind NAT",),
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
_NO_PORTS = Judgement(
    "violation", "low", ("a protocol without ports, which only a rule for all ports allows",)
)
_UNKNOWN_PROTOCOL = Judgement(
    "unknown", "low", ("neither the protocol nor the ports tell what was dropped",)
)


def is_client_port(port: int) -> bool:
    """Whether Linux would give a port to a client."""
    return port >= _CLIENT_PORTS_FROM


def is_service_port(port: int) -> bool:
    """Whether a port is a common service's."""
    return port < _WELL_KNOWN_BELOW or port in _SERVICE_PORTS


def judge(flow: Flow) -> Judgement:
    """Judge a DENY by its own line; the first test that knows an answer gives it."""
    for test in _TESTS:
        judgement = test(flow)
        if judgement is not None:
            return judgement
    return _UNKNOWN_PROTOCOL


def _noise(flow: Flow) -> Judgement | None:
    destination = kind_of(flow.destination_ip)
    if destination is AddressKind.MULTICAST:
        return _MULTICAST
    if destination is AddressKind.BROADCAST:
        return _BROADCAST
    source = kind_of(flow.source_ip)
    if AddressKind.LINK_LOCAL in (source, destination) and not _has_ports(flow):
        return _LINK_LOCAL
    if source is AddressKind.LINK_LOCAL:
        return _LINK_LOCAL_SOURCE
    return _UNSPECIFIED if source is AddressKind.UNSPECIFIED else None


def _missing_state(flow: Flow) -> Judgement | None:
    return _STATE_MISSING if flow.tier == "ERROR" else None


def _own_node(flow: Flow) -> Judgement | None:
    node = address_in_name(flow.node)
    if node is not None and node in (flow.source_ip, flow.destination_ip):
        return _OWN_NODE
    return None


def _reply(flow: Flow) -> Judgement | None:
    source, destination = flow.source_port, flow.destination_port
    if not _has_ports(flow) or source >= _CLIENT_PORTS_FROM:
        return None
    if destination >= _CLIENT_PORTS_FROM:
        if flow.tier in POLICY_TIERS:
            return _REPLY_IN_TIER
        return _REPLY if is_service_port(source) else _REPLY_UNSURE
    if source < _WELL_KNOWN_BELOW <= destination and destination not in _SERVICE_PORTS:
        return None if flow.tier in POLICY_TIERS else _REPLY_LOW_PORTS
    return None


def _rule(flow: Flow) -> Judgement | None:
    return _RULE if flow.tier in POLICY_TIERS else None


def _request(flow: Flow) -> Judgement | None:
    if flow.protocol in PORTS_BY_PROTOCOL:
        low = min(flow.source_port, flow.destination_port)
        return _FORWARD_UNSURE if low >= _CLIENT_PORTS_FROM else _FORWARD
    return _NO_PORTS if flow.protocol == "ICMP" else None


def _has_ports(flow: Flow) -> bool:
    return flow.protocol in PORTS_BY_PROTOCOL and bool(flow.source_port or flow.destination_port)


_TESTS: tuple[Callable[[Flow], Judgement | None], ...] = (
    _noise,
    _missing_state,
    _own_node,
    _reply,
    _rule,
    _request,
)
