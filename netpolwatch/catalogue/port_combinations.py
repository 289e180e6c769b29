"""How many combinations of port and protocol one NetworkPolicy's body asks for, by peer.

The agent keeps 24 of them for one peer (its `utils.go`, from v1.0.5). A rule for everybody counts
for each peer, since its ports are merged into every narrower one.
"""

from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.written_policy import written_policy
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    NetworkPolicy,
    Peer,
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
    written = written_policy(text)
    if written is None:
        return None
    found = [(direction, *_most(written.policy, direction)) for direction in _DIRECTIONS]
    direction, peer, number = max(found, key=lambda each: each[2])
    return Combinations(written.namespace, written.name, direction, peer, number)


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
