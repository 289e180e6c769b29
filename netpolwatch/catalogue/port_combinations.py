"""How many combinations of port and protocol one NetworkPolicy's body asks for, by peer.

The agent keeps 24 of them for one peer (its `utils.go`, from v1.0.5). A rule for a wider block, or
for everybody, counts for each peer within, since its ports are merged into every narrower one.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.written_policy import written_policy
from netpolwatch.kubernetes.policy.combinations import Combination, asked_by
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    NetworkPolicy,
    Peer,
)

_DIRECTIONS: tuple[Direction, Direction] = ("ingress", "egress")
_EVERYBODY = "everybody"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_Network = IPv4Network | IPv6Network
_Block = tuple[_Network, frozenset[_Network]]
_encoder = msgspec.json.Encoder(order="deterministic")


class Combinations(NamedTuple):
    """The peer of a policy that asks for most, and how many combinations it asks for."""

    namespace: str | None
    policy: str | None
    direction: str
    peer: str
    number: int


@lru_cache(maxsize=1)
def most_combinations(text: str) -> Combinations | None:
    """Count for the NetworkPolicy that an audit event says was written; `None` for any other."""
    written = written_policy(text)
    if written is None:
        return None
    found = [(direction, *_most(written.policy, direction)) for direction in _DIRECTIONS]
    direction, peer, number = max(found, key=lambda each: each[2])
    return Combinations(written.namespace, written.name, direction, peer, number)


def _most(policy: NetworkPolicy, direction: Direction) -> tuple[str, int]:
    if direction not in policy.directions:
        return "", 0
    by_peer: defaultdict[str, set[Combination]] = defaultdict(set)
    blocks: dict[str, _Block] = {}
    for rule in policy.rules(direction):
        wanted = asked_by(rule)
        for peer in rule.peers or (None,):
            name = _named(peer)
            by_peer[name] |= wanted
            block = _block(peer)
            if block is not None:
                blocks[name] = block
    everybody = by_peer[_EVERYBODY]
    wider = _wider(blocks)
    numbers = {
        peer: len(wanted.union(everybody, *(by_peer[other] for other in wider.get(peer, ()))))
        for peer, wanted in by_peer.items()
    }
    return max(numbers.items(), key=lambda each: each[1])


def _wider(blocks: dict[str, _Block]) -> dict[str, list[str]]:
    """Tell of each block the others that hold all of it."""
    by_network: defaultdict[_Network, list[str]] = defaultdict(list)
    for name, (network, _) in blocks.items():
        by_network[network].append(name)
    return {
        name: [
            other
            for around in _supernets(network)
            for other in by_network.get(around, ())
            if other != name and blocks[other][1].isdisjoint(_supernets(network))
        ]
        for name, (network, _) in blocks.items()
    }


def _supernets(network: _Network) -> Iterator[_Network]:
    """Give a block and all that hold it, from the narrowest on."""
    for length in range(network.prefixlen, 0, -1):
        yield network.supernet(new_prefix=length)


def _block(peer: Peer | None) -> _Block | None:
    if peer is None or peer.ip_block is None:
        return None
    try:
        excluded = frozenset(
            ip_network(cidr, strict=False) for cidr in peer.ip_block.excluded or ()
        )
        return ip_network(peer.ip_block.cidr, strict=False), excluded
    except ValueError:
        return None


def _named(peer: Peer | None) -> str:
    """Name a peer by its JSON in one order: the same selector is the same peer."""
    if peer is None or (peer.ip_block is not None and peer.ip_block.cidr in _ANYWHERE):
        return _EVERYBODY
    return _encoder.encode(peer).decode()
