"""Whether a rule's peers and ports cover a connection: yes, no, or not known.

`None` is the third value everywhere: a fact that is missing never becomes an answer.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.spec import IpBlock, Peer, Port, Rule

Answer = bool | None
PORTED = frozenset({"TCP", "UDP", "SCTP"})


def any_of(answers: Iterable[Answer]) -> Answer:
    """Yes if one says yes; not known if none does and one does not know."""
    known: Answer = False
    for answer in answers:
        if answer:
            return True
        known = None if answer is None else known
    return known


def all_of(*answers: Answer) -> Answer:
    """No if one says no; not known if none does and one does not know."""
    if False in answers:
        return False
    return None if None in answers else True


def rule_covers(
    rule: Rule, namespace: str, peer: End, target: End, protocol: str, port: int
) -> Answer:
    """Tell whether a rule lets a peer reach `target` (whose named ports count) on a port."""
    return all_of(peers_cover(rule, namespace, peer), ports_cover(rule, target, protocol, port))


def peers_cover(rule: Rule, namespace: str, end: End) -> Answer:
    """Tell whether an end is one of a rule's peers; no peers are everybody."""
    return any_of(peer_covers(peer, namespace, end) for peer in rule.peers) if rule.peers else True


def peer_covers(peer: Peer, namespace: str, end: End) -> Answer:
    """Tell whether an end is this peer of a policy in `namespace`."""
    if peer.ip_block is not None:
        return block_covers(peer.ip_block, end.address)
    if end.kind in ("external", "node"):
        return False
    if end.kind == "unknown":
        return None
    return all_of(_in_namespace(peer, namespace, end), _selected(peer, end))


def _in_namespace(peer: Peer, namespace: str, end: End) -> Answer:
    if peer.namespace_selector is None:
        return None if end.namespace is None else end.namespace == namespace
    if peer.namespace_selector.is_empty:
        return True
    if end.namespace_labels is None:
        return None
    return peer.namespace_selector.matches(end.namespace_labels)


def _selected(peer: Peer, end: End) -> Answer:
    if peer.pod_selector is None or peer.pod_selector.is_empty:
        return True
    return None if end.labels is None else peer.pod_selector.matches(end.labels)


def block_covers(block: IpBlock, address: str | None) -> Answer:
    """Tell whether an address lies in a block and not in what is excluded; pods' addresses too."""
    if address is None:
        return None
    parsed, network = _address(address), _network(block.cidr)
    if parsed is None or network is None or parsed not in network:
        return False
    return not any(
        parsed in inner for inner in map(_network, block.excluded or ()) if inner is not None
    )


def ports_cover(rule: Rule, target: End, protocol: str, port: int) -> Answer:
    """Tell whether a port is one of a rule's; a protocol without ports needs a rule without any."""
    if not rule.ports:
        return True
    if protocol not in PORTED:
        return False
    return any_of(port_covers(each, target, protocol, port) for each in rule.ports)


def port_covers(given: Port, target: End, protocol: str, port: int) -> Answer:
    """Tell whether a port is this one; a name means what the target's containers call so."""
    if (given.protocol or "TCP") != protocol:
        return False
    if given.port is None:
        return True
    if isinstance(given.port, int):
        return given.port <= port <= (given.end_port or given.port)
    if target.kind == "unknown":
        return None
    return any(
        named.name == given.port and named.port == port and named.protocol == protocol
        for named in target.ports
    )


@lru_cache(maxsize=65_536)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
