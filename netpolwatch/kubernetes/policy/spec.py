"""A NetworkPolicy's body, as the API `networking.k8s.io/v1` defines it.

An ApplicationNetworkPolicy (`networking.k8s.aws/v1alpha1`, EKS Auto Mode) is the same but for
egress by domain names: the controller makes ordinary policy endpoints of it, and its rules add up
with those of NetworkPolicies.
"""

from typing import Literal

import msgspec

from netpolwatch.kubernetes.policy.labels import MAX_TERMS, Selector

Direction = Literal["ingress", "egress"]
PolicyKind = Literal["NetworkPolicy", "ApplicationNetworkPolicy"]
_MAX_RULES = 10_000
_MAX_PEERS = 50_000


class NotAPolicyError(ValueError):
    """A body is no NetworkPolicy that an API server would have stored; the text says why."""


class IpBlock(msgspec.Struct, frozen=True, gc=False):
    """A block of addresses, without some of them."""

    cidr: str
    excluded: tuple[str, ...] | None = msgspec.field(default=None, name="except")


class Peer(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """Who may talk: pods by their labels and their namespace's, addresses, or domain names.

    Which addresses a name had is not known here.
    """

    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None
    ip_block: IpBlock | None = None
    domain_names: tuple[str, ...] = ()


class Port(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A port, a range of ports, or (without a port) all ports of a protocol."""

    port: int | str | None = None
    end_port: int | None = None
    protocol: str | None = None


class Rule(msgspec.Struct, frozen=True, gc=False):
    """Peers and ports; absent or empty peers are everybody, absent or empty ports all ports."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[Port, ...] = ()


class NetworkPolicy(msgspec.Struct, frozen=True, gc=False):
    """A policy in force; rules of a direction that it does not isolate mean nothing."""

    namespace: str
    name: str
    pod_selector: Selector
    directions: tuple[Direction, ...]
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    kind: PolicyKind = "NetworkPolicy"

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """Give the rules of a direction."""
        return self.ingress if direction == "ingress" else self.egress


class _Ingress(msgspec.Struct, frozen=True):
    peers: tuple[Peer, ...] | None = msgspec.field(default=None, name="from")
    ports: tuple[Port, ...] | None = None


class _Egress(msgspec.Struct, frozen=True):
    peers: tuple[Peer, ...] | None = msgspec.field(default=None, name="to")
    ports: tuple[Port, ...] | None = None


class _Spec(msgspec.Struct, frozen=True, rename="camel"):
    pod_selector: Selector | None = None
    policy_types: tuple[Literal["Ingress", "Egress"], ...] | None = None
    ingress: tuple[_Ingress, ...] | None = None
    egress: tuple[_Egress, ...] | None = None


class _Metadata(msgspec.Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Body(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()
    spec: _Spec | None = None


_decoder = msgspec.json.Decoder(_Body)


def decode_network_policy(
    raw: bytes | msgspec.Raw, kind: PolicyKind = "NetworkPolicy"
) -> NetworkPolicy:
    """Read a policy's JSON; raises `NotAPolicyError`."""
    try:
        body = _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAPolicyError(str(error)) from None
    if body.spec is None:
        raise NotAPolicyError("no spec")
    spec = body.spec
    policy = NetworkPolicy(
        body.metadata.namespace,
        body.metadata.name,
        spec.pod_selector or Selector(),
        _directions(spec),
        tuple(Rule(rule.peers or (), rule.ports or ()) for rule in spec.ingress or ()),
        tuple(Rule(rule.peers or (), rule.ports or ()) for rule in spec.egress or ()),
        kind,
    )
    _check(policy)
    return policy


def _directions(spec: _Spec) -> tuple[Direction, ...]:
    """Default as the API server does: ingress, and egress where there are rules for it.

    It does so for an empty list, too (kubernetes, `SetDefaults_NetworkPolicy`); a request's body is
    logged before.
    """
    if not spec.policy_types:
        return ("ingress", "egress") if spec.egress else ("ingress",)
    return tuple("ingress" if kind == "Ingress" else "egress" for kind in spec.policy_types)


def _check(policy: NetworkPolicy) -> None:
    rules = (*policy.ingress, *policy.egress)
    peers = [peer for rule in rules for peer in rule.peers]
    terms = sum(_terms(each.pod_selector) + _terms(each.namespace_selector) for each in peers)
    if len(rules) > _MAX_RULES or len(peers) > _MAX_PEERS:
        raise NotAPolicyError("more rules or peers than fit into an object of 1.5 MiB")
    if terms + _terms(policy.pod_selector) > MAX_TERMS * _MAX_PEERS:
        raise NotAPolicyError("more selector terms than fit into an object of 1.5 MiB")


def _terms(selector: Selector | None) -> int:
    if selector is None:
        return 0
    return len(selector.match_labels) + len(selector.match_expressions)
