"""Whether a rule's peers and ports cover a connection: yes, no, or not known.

`None` is the third value everywhere: a fact that is missing never becomes an answer.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.labels import NAMESPACE_NAME, Selector
from netpolwatch.kubernetes.policy.services import service_port_covers
from netpolwatch.kubernetes.policy.spec import Direction, IpBlock, Peer, Port, Rule

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
    rule: Rule,
    namespace: str,
    peer: End,
    target: End,
    protocol: str,
    port: int,
    direction: Direction,
    selecting: Selector | None = None,
) -> Answer:
    """Tell whether a rule lets a peer reach `target` on a port; no peers are everybody.

    `selecting` selects the pods of the rule's policy, of which `target` is one of ingress.
    """
    selecting = selecting if direction == "ingress" else None
    by_name = ports_cover(rule, target, protocol, port, selecting)
    by_number = by_name if direction == "ingress" else ports_cover(rule, None, protocol, port)
    return any_of(
        all_of(
            True if wanted is None else peer_covers(wanted, namespace, peer),
            by_number if is_by_address(wanted) else by_name,
        )
        for wanted in rule.peers or (None,)
    )


def is_by_address(wanted: Peer | None) -> bool:
    """Tell whether a peer is a block or everybody: out to these, this CNI opens no named port.

    Whoever has the address, nobody's containers are asked what the name means
    (amazon-network-policy-controller-k8s, `convertToPolicyInfoPortForCIDRs` and its callers).
    """
    return wanted is None or wanted.ip_block is not None


def peer_covers(peer: Peer, namespace: str, end: End) -> Answer:
    """Tell whether an end is this peer of a policy in `namespace`."""
    if peer.ip_block is not None:
        return block_covers(peer.ip_block, end.address)
    if peer.domain_names:
        # The agent learns a name's addresses from answers of DNS; no log tells them.
        return None if end.kind in ("external", "unknown") else False
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
        return None if end.namespace is None else _named(peer.namespace_selector, end.namespace)
    return peer.namespace_selector.matches(end.namespace_labels)


def _named(selector: Selector, namespace: str) -> Answer:
    """Tell what the one label says that the API server keeps on every namespace, by its name."""
    by_name = {NAMESPACE_NAME: namespace}
    labels = {key: value for key, value in selector.match_labels.items() if key in by_name}
    asked = [each for each in selector.match_expressions if each.key in by_name]
    if not Selector(labels, tuple(asked)).matches(by_name):
        return False
    whole = len(labels) == len(selector.match_labels)
    return True if whole and len(asked) == len(selector.match_expressions) else None


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


def ports_cover(
    rule: Rule, target: End | None, protocol: str, port: int, selecting: Selector | None = None
) -> Answer:
    """Tell whether a port is one of a rule's; a protocol without ports needs a rule without any.

    Without a `target`, a port's name means nothing.
    """
    if not rule.ports:
        return True
    if protocol not in PORTED:
        return False
    return any_of(_port_covers(each, rule, target, protocol, port, selecting)
                  for each in rule.ports)  # fmt: skip


def _port_covers(
    given: Port,
    rule: Rule,
    target: End | None,
    protocol: str,
    port: int,
    selecting: Selector | None,
) -> Answer:
    if (given.protocol or "TCP") != protocol:
        return False
    if given.port is None:
        return True
    if target is not None and target.kind == "service":
        return service_port_covers(given, rule.ports, target, protocol, port)
    if isinstance(given.port, int):
        return given.port <= port <= (given.end_port or given.port)
    return False if target is None else _name_covers(given.port, target, protocol, port, selecting)


def _name_covers(
    name: str, target: End, protocol: str, port: int, selecting: Selector | None
) -> Answer:
    """Tell whether a name means a port: what the target's containers call so.

    Into the pods that a policy selects, what one of these calls so is open to all of them
    (amazon-network-policy-controller-k8s, `getIngressRulesPorts`).
    """
    if any(
        named.name == name and named.port == port and named.protocol == protocol
        for named in target.ports
    ):
        return True
    if selecting is not None and target.names is not None and target.namespace is not None:
        others = target.names.calls(target.namespace, selecting, name, protocol, port)
        if others:
            return True
    known = target.kind != "unknown" and (target.kind != "pod" or target.labels is not None)
    return False if known else None


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
