"""A ClusterNetworkPolicy's body, as the API `networking.k8s.aws/v1alpha1` defines it.

Field names are those of amazon-network-policy-controller-k8s (`clusternetworkpolicy_types.go`),
which are those of sigs.k8s.io/network-policy-api.
"""

from typing import Final, Literal

import msgspec

from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import (
    Direction,
    IpBlock,
    NotAPolicyError,
    Peer,
    Port,
    Rule,
)

Action = Literal["Accept", "Deny", "Pass"]
ClusterTier = Literal["Admin", "Baseline"]
_MAX_RULES: Final = 100
_MAX_PEERS: Final = 100
_MAX_BLOCKS: Final = 25


class ClusterRule(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A rule with its action; one whose peers this version does not read covers nobody for sure."""

    action: Action
    rule: Rule
    name: str = ""


class ClusterPolicy(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A policy of the cluster; a lower `priority` comes first within its tier.

    `subject` selects the pods that it is for by their labels and their namespace's.
    """

    name: str
    tier: ClusterTier
    priority: int
    subject: Peer
    ingress: tuple[ClusterRule, ...] = ()
    egress: tuple[ClusterRule, ...] = ()

    def rules(self, direction: Direction) -> tuple[ClusterRule, ...]:
        """Return the rules of a direction, in their order."""
        return self.ingress if direction == "ingress" else self.egress


class _NamespacedPod(msgspec.Struct, frozen=True, rename="camel"):
    namespace_selector: Selector = Selector()
    pod_selector: Selector = Selector()


class _Peer(msgspec.Struct, frozen=True, rename="camel"):
    namespaces: Selector | None = None
    pods: _NamespacedPod | None = None
    networks: tuple[str, ...] = ()
    domain_names: tuple[str, ...] = ()


class _PortNumber(msgspec.Struct, frozen=True):
    port: int
    protocol: str = "TCP"


class _PortRange(msgspec.Struct, frozen=True):
    start: int
    end: int
    protocol: str = "TCP"


class _Port(msgspec.Struct, frozen=True, rename="camel"):
    port_number: _PortNumber | None = None
    port_range: _PortRange | None = None
    named_port: str | None = None


class _Ingress(msgspec.Struct, frozen=True):
    action: Action
    peers: tuple[_Peer, ...] = msgspec.field(name="from", default=())
    ports: tuple[_Port, ...] | None = None
    name: str = ""


class _Egress(msgspec.Struct, frozen=True):
    action: Action
    peers: tuple[_Peer, ...] = msgspec.field(name="to", default=())
    ports: tuple[_Port, ...] | None = None
    name: str = ""


class _Subject(msgspec.Struct, frozen=True):
    namespaces: Selector | None = None
    pods: _NamespacedPod | None = None


class _Spec(msgspec.Struct, frozen=True):
    tier: ClusterTier
    priority: int
    subject: _Subject
    ingress: tuple[_Ingress, ...] = ()
    egress: tuple[_Egress, ...] = ()


class _Metadata(msgspec.Struct, frozen=True):
    name: str = ""


class _Body(msgspec.Struct, frozen=True):
    spec: _Spec
    metadata: _Metadata = _Metadata()


_DECODER: Final = msgspec.json.Decoder(_Body)


def decode_cluster_policy(raw: bytes | msgspec.Raw) -> ClusterPolicy:
    """Read a policy's JSON; raises `NotAPolicyError`."""
    try:
        body = _DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAPolicyError(str(error)) from None
    spec = body.spec
    subject = _selected(spec.subject.namespaces, spec.subject.pods)
    if subject is None:
        raise NotAPolicyError("a subject that is not known")
    return ClusterPolicy(
        body.metadata.name,
        spec.tier,
        spec.priority,
        subject,
        tuple(map(_rule, spec.ingress[:_MAX_RULES])),
        tuple(map(_rule, spec.egress[:_MAX_RULES])),
    )


def _rule(given: _Ingress | _Egress) -> ClusterRule:
    peers = tuple(peer for each in given.peers[:_MAX_PEERS] for peer in _peers(each))
    ports = tuple(port for each in given.ports or () for port in _ports(each))
    if given.ports and not ports:
        # Of a later API: no port of it is known, and no ports would be every port.
        raise NotAPolicyError("a port that is not known")
    return ClusterRule(given.action, Rule(peers, ports), given.name[:_MAX_PEERS])


def _peers(given: _Peer) -> list[Peer]:
    selected = _selected(given.namespaces, given.pods)
    if selected is not None:
        return [selected]
    if given.domain_names:
        return [Peer(domain_names=given.domain_names[:_MAX_BLOCKS])]
    return [Peer(ip_block=IpBlock(cidr)) for cidr in given.networks[:_MAX_BLOCKS]]


def _selected(namespaces: Selector | None, pods: _NamespacedPod | None) -> Peer | None:
    if pods is not None:
        return Peer(pods.pod_selector, pods.namespace_selector)
    return None if namespaces is None else Peer(Selector(), namespaces)


def _ports(given: _Port) -> list[Port]:
    ports = []
    if given.port_number is not None:
        ports.append(Port(given.port_number.port, protocol=given.port_number.protocol))
    if given.port_range is not None:
        span = given.port_range
        ports.append(Port(span.start, span.end, span.protocol))
    if given.named_port is not None:
        ports.append(Port(given.named_port))
    return ports
