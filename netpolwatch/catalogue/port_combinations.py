"""How many combinations of port and protocol one NetworkPolicy's body asks for, by peer.

The agent keeps 24 of them for one peer (its `utils.go`, from v1.0.5). A rule for everybody counts
for each peer, since its ports are merged into every narrower one.
"""

from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.audit_write import body_after, read_write
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    NetworkPolicy,
    NotAPolicyError,
    Peer,
    decode_network_policy,
)

_Combination = tuple[str, int | str | None, int | None]
_DIRECTIONS: tuple[Direction, Direction] = ("ingress", "egress")
_EVERYBODY = "everybody"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
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
    write = read_write(text)
    if write is None or write.about.resource != "networkpolicies" or write.verb == "delete":
        return None
    try:
        policy = decode_network_policy(body_after(write, msgspec.Raw) or b"")
    except NotAPolicyError:
        return None
    found = [(direction, *_most(policy, direction)) for direction in _DIRECTIONS]
    direction, peer, number = max(found, key=lambda each: each[2])
    return Combinations(write.about.namespace, write.about.name, direction, peer, number)


def _most(policy: NetworkPolicy, direction: Direction) -> tuple[str, int]:
    by_peer: defaultdict[str, set[_Combination]] = defaultdict(set)
    for rule in policy.rules(direction):
        wanted = {(port.protocol or "TCP", port.port, port.end_port) for port in rule.ports}
        for peer in map(_named, rule.peers) if rule.peers else (_EVERYBODY,):
            by_peer[peer] |= wanted
    for_all = by_peer[_EVERYBODY]
    numbers = {peer: len(wanted | for_all) for peer, wanted in by_peer.items()}
    return max(numbers.items(), key=lambda each: each[1])


def _named(peer: Peer) -> str:
    """Name a peer by its JSON in one order: the same selector is the same peer."""
    if peer.ip_block is not None and peer.ip_block.cidr in _ANYWHERE:
        return _EVERYBODY
    return _encoder.encode(peer).decode()
