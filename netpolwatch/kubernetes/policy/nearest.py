"""The rule that lacks least to allow a connection, and what it lacks, in words."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.matching import (
    block_covers,
    is_by_address,
    peer_covers,
    ports_cover,
)
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    IpBlock,
    NetworkPolicy,
    Peer,
    Port,
    Rule,
)

_MAX_SHOWN = 3
_MAX_CHARS = 300
_MAX_RULES = 200
_VOID = " (a port's name means nothing to addresses here)"


class NearestMiss(NamedTuple):
    """A policy as `namespace/name`, and why it does not allow the connection."""

    policy: str
    why: str


class _Asked(NamedTuple):
    peer: End
    target: End
    protocol: str
    port: int
    direction: Direction


class _Miss(NamedTuple):
    """How far a rule is from a connection, by one of its peers (`None`: everybody)."""

    distance: int
    policy: NetworkPolicy
    rule: Rule
    wanted: Peer | None
    lacks: tuple[str, ...]


def nearest_miss(
    policies: Sequence[NetworkPolicy],
    peer: End,
    target: End,
    protocol: str,
    port: int,
    direction: Direction,
) -> NearestMiss | None:
    """Find the rule that lacks least; `None` where no isolating policy has a rule."""
    asked = _Asked(peer, target, protocol, port, direction)
    misses = [
        _miss(policy, rule, each, asked)
        for policy in policies
        for rule in policy.rules(direction)[:_MAX_RULES]
        for each in rule.peers[:_MAX_RULES] or (None,)
    ]
    least = min((miss.distance for miss in misses), default=None)
    told = ((f"{one.policy.namespace}/{one.policy.name}", _why(one, asked))
            for one in misses if one.distance == least)  # fmt: skip
    policy, why = min(told, default=("", ""))
    return NearestMiss(policy, why[:_MAX_CHARS]) if policy else None


def _miss(policy: NetworkPolicy, rule: Rule, wanted: Peer | None, asked: _Asked) -> _Miss:
    fits = wanted is None or peer_covers(wanted, policy.namespace, asked.peer)
    ports = ports_cover(rule, _named_by(wanted, asked), asked.protocol, asked.port)
    if fits and not ports:
        return _Miss(0, policy, rule, wanted, ())
    lacks = tuple(_lacks(wanted, policy.namespace, asked.peer)) if wanted else ()
    return _Miss(max(len(lacks), 1) + (0 if ports else 2), policy, rule, wanted, lacks)


def _why(miss: _Miss, asked: _Asked) -> str:
    word = "from" if asked.direction == "ingress" else "to"
    whom = "anybody" if miss.wanted is None else who(miss.wanted, miss.policy.namespace)
    allows = f"allows {_ports(miss.rule.ports)} {word} {whom}"
    if miss.distance:
        return f"{allows}; {'; '.join(miss.lacks) or 'the peer is not known'}"
    target = _named_by(miss.wanted, asked)
    has_names = any(isinstance(port.port, str) for port in miss.rule.ports)
    void = _VOID if target is None and has_names else ""
    behind = _behind(target, asked.protocol, asked.port)
    return f"{allows}; this was {asked.protocol} {asked.port}{void}{behind}"


def _named_by(wanted: Peer | None, asked: _Asked) -> End | None:
    """Give the end whose containers say what a port's name means, if any does."""
    by_address = asked.direction == "egress" and is_by_address(wanted)
    return None if by_address else asked.target


def _behind(target: End | None, protocol: str, port: int) -> str:
    """Say which port of its pods a Service's port leads to, where it is another."""
    for listen in target.listens if target is not None else ():
        if (listen.port, listen.protocol) == (port, protocol) and listen.target != port:
            return f" of the Service, which leads to {listen.target} of its pods"
    return ""


def _lacks(wanted: Peer, namespace: str, end: End) -> Iterator[str]:
    if wanted.ip_block is not None:
        inside = block_covers(wanted.ip_block, end.address)
        outer = block_covers(IpBlock(wanted.ip_block.cidr), end.address)
        if outer and not inside:
            yield f"{end.address} is in what the block excludes"
        elif not inside:
            yield f"{end.address} is not in {wanted.ip_block.cidr}"
        return
    if wanted.domain_names:
        yield f"whether {end.address} is one of {some_of(wanted.domain_names)} is not known"
    else:
        yield from _lacks_labels(wanted, namespace, end)


def _lacks_labels(wanted: Peer, namespace: str, end: End) -> Iterator[str]:
    if end.kind not in ("pod", "service"):
        yield f"the peer is {'not known' if end.kind == 'unknown' else f'no pod ({end.kind})'}"
        return
    kind = "pod" if end.kind == "pod" else "Service's selector"
    if wanted.namespace_selector is None and end.namespace != namespace:
        yield f"the peer is in namespace {end.namespace}, not in {namespace}"
    if wanted.namespace_selector is not None and end.namespace_labels is not None:
        for term in wanted.namespace_selector.unmet(end.namespace_labels)[:_MAX_SHOWN]:
            yield f"the peer's namespace {end.namespace} is not {term}"
    if wanted.pod_selector is not None and end.labels is not None:
        for term in wanted.pod_selector.unmet(end.labels)[:_MAX_SHOWN]:
            yield f"the peer's {kind} is not {term}"


def who(peer: Peer, namespace: str) -> str:
    """Say whom a policy of `namespace` means by a peer."""
    if peer.ip_block is not None:
        excluded = f" except {', '.join(peer.ip_block.excluded[:_MAX_SHOWN])}" \
            if peer.ip_block.excluded else ""  # fmt: skip
        return f"{peer.ip_block.cidr}{excluded}"
    if peer.domain_names:
        return some_of(peer.domain_names)
    pods = "any pod" if peer.pod_selector is None or peer.pod_selector.is_empty \
        else f"pods {peer.pod_selector}"  # fmt: skip
    if peer.namespace_selector is None:
        return f"{pods} of {namespace}"
    where = "every namespace" if peer.namespace_selector.is_empty \
        else f"namespaces {peer.namespace_selector}"  # fmt: skip
    return f"{pods} of {where}"


def some_of(names: tuple[str, ...]) -> str:
    """Write the first few of some names."""
    more = len(names) - _MAX_SHOWN
    return ", ".join(names[:_MAX_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _ports(ports: tuple[Port, ...]) -> str:
    if not ports:
        return "every port"
    shown = ", ".join(_port(port) for port in ports[:_MAX_SHOWN])
    return f"{shown} and {len(ports) - _MAX_SHOWN} more" if len(ports) > _MAX_SHOWN else shown


def _port(given: Port) -> str:
    protocol = given.protocol or "TCP"
    if given.port is None:
        return f"{protocol} on every port"
    return f"{protocol} {given.port}" + (f"-{given.end_port}" if given.end_port else "")
