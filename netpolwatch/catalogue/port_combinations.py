"""How many combinations of port and protocol one NetworkPolicy's body asks for, by peer.

The agent keeps 24 of them for one peer (its `utils.go`, from v1.0.5). A rule for everybody counts
for each peer, since its ports are merged into every narrower one.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.audit_write import body_after, read_write

_Combination = tuple[str, int | str | None, int | None]
_EVERYBODY = "everybody"
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class _Port(msgspec.Struct, frozen=True):
    port: int | str | None = None
    end: int | None = msgspec.field(default=None, name="endPort")
    protocol: str | None = None

    @property
    def combination(self) -> _Combination:
        return self.protocol or "TCP", self.port, self.end


class _Rule(msgspec.Struct, frozen=True):
    to: tuple[msgspec.Raw, ...] | None = None
    sources: tuple[msgspec.Raw, ...] | None = msgspec.field(default=None, name="from")
    ports: tuple[_Port, ...] | None = None


class _Spec(msgspec.Struct, frozen=True):
    egress: tuple[_Rule, ...] | None = None
    ingress: tuple[_Rule, ...] | None = None


class _Policy(msgspec.Struct, frozen=True):
    kind: str = ""
    spec: _Spec = _Spec()


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
    policy = body_after(write, _Policy)
    if policy is None or policy.kind != "NetworkPolicy":
        return None
    about, spec = write.about, policy.spec
    ingress = _most([(rule.sources, rule.ports) for rule in spec.ingress or ()])
    egress = _most([(rule.to, rule.ports) for rule in spec.egress or ()])
    direction, (peer, count) = max(
        ("ingress", ingress), ("egress", egress), key=lambda found: found[1][1]
    )
    return Combinations(about.namespace, about.name, direction, peer, count)


def _most(
    rules: Sequence[tuple[tuple[msgspec.Raw, ...] | None, tuple[_Port, ...] | None]],
) -> tuple[str, int]:
    by_peer: defaultdict[str, set[_Combination]] = defaultdict(set)
    for peers, ports in rules:
        wanted = {port.combination for port in ports or ()}
        for peer in peers or ():
            by_peer[_named(peer)] |= wanted
        if not peers:
            by_peer[_EVERYBODY] |= wanted
    for_all = by_peer[_EVERYBODY]
    return max(
        ((peer, len(wanted | for_all)) for peer, wanted in by_peer.items()),
        key=lambda found: found[1],
    )


def _named(peer: msgspec.Raw) -> str:
    """Name a peer by its JSON in one order: the same selector is the same peer."""
    decoded = msgspec.json.decode(peer)
    block = decoded.get("ipBlock") if isinstance(decoded, dict) else None
    if isinstance(block, dict) and block.get("cidr") in _ANYWHERE:
        return _EVERYBODY
    return msgspec.json.encode(decoded, order="deterministic").decode()
