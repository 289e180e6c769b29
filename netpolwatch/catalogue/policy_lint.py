"""What one NetworkPolicy's own body shows that the VPC CNI will not honour, or few authors mean.

Sources: the controller's `convertToPolicyInfoPortForCIDRs` (named ports), aws-network-policy-agent
issue 608 (host bits), the EKS user guide (one address family a cluster).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

import msgspec

from netpolwatch.catalogue.audit_write import Write, body_after, read_write

NAMED_PORT, HOST_BITS = "named-port-with-ip-block", "host-bits-in-cidr"
NO_DNS, NO_UDP_DNS, MIXED = "no-dns-rule", "dns-without-udp", "mixed-families"
_DNS_PORT = 53
_DNS_NAMES = ("dns", "domain")
_MAX_WORDS = 3


class _Port(msgspec.Struct, frozen=True):
    port: int | str | None = None
    end: int | None = msgspec.field(default=None, name="endPort")
    protocol: str | None = None

    def holds(self, number: int) -> bool:
        """Whether a port is meant, or all are; a named one never is."""
        if self.port is None:
            return True
        return isinstance(self.port, int) and self.port <= number <= (self.end or self.port)

    @property
    def named_for_dns(self) -> bool:
        """Whether a port has a name that DNS pods give theirs."""
        return isinstance(self.port, str) and any(word in self.port for word in _DNS_NAMES)


class _Block(msgspec.Struct, frozen=True):
    cidr: str = ""


class _Peer(msgspec.Struct, frozen=True):
    block: _Block | None = msgspec.field(default=None, name="ipBlock")
    namespaces: dict[str, msgspec.Raw] | None = msgspec.field(
        default=None, name="namespaceSelector"
    )


class _Rule(msgspec.Struct, frozen=True):
    to: tuple[_Peer, ...] | None = None
    sources: tuple[_Peer, ...] | None = msgspec.field(default=None, name="from")
    ports: tuple[_Port, ...] | None = None


class _Spec(msgspec.Struct, frozen=True):
    egress: tuple[_Rule, ...] | None = None
    ingress: tuple[_Rule, ...] | None = None
    types: tuple[str, ...] | None = msgspec.field(default=None, name="policyTypes")


class _Meta(msgspec.Struct, frozen=True):
    name: str | None = None
    namespace: str | None = None


class _Policy(msgspec.Struct, frozen=True):
    kind: str = ""
    metadata: _Meta = _Meta()
    spec: _Spec = _Spec()


class Problem(NamedTuple):
    """What is wrong with a policy, and the words that say where."""

    name: str
    words: str


class Lint(NamedTuple):
    """A policy that somebody wrote, and its problems."""

    namespace: str | None
    policy: str | None
    problems: tuple[Problem, ...]

    @property
    def words(self) -> str:
        """The problems in words, the first few of them."""
        return "; ".join(problem.words for problem in self.problems[:_MAX_WORDS])


@lru_cache(maxsize=1)
def lint(text: str) -> Lint | None:
    """Lint the NetworkPolicy that an audit event says was written; `None` for any other event."""
    write = read_write(text)
    if write is None or not _is_policy(write):
        return None
    policy = body_after(write, _Policy)
    if policy is None or policy.kind != "NetworkPolicy":
        return None
    about, meta = write.about, policy.metadata
    return Lint(
        about.namespace or meta.namespace, about.name or meta.name, tuple(_problems(policy.spec))
    )


def _is_policy(write: Write) -> bool:
    about = write.about
    named = about.resource == "networkpolicies" and about.group == "networking.k8s.io"
    return named and write.verb != "delete"


def _problems(spec: _Spec) -> Iterator[Problem]:
    egress = _egress(spec)
    peers = [
        *(peer for rule in egress for peer in rule.to or ()),
        *(peer for rule in spec.ingress or () for peer in rule.sources or ()),
    ]
    yield from _named_ports(egress)
    yield from _blocks([peer.block.cidr for peer in peers if peer.block])
    yield from _dns(egress)


def _egress(spec: _Spec) -> Sequence[_Rule]:
    # The API server writes policyTypes; without it, egress rules mean that egress is judged.
    return spec.egress or () if spec.types is None or "Egress" in spec.types else ()


def _named_ports(egress: Sequence[_Rule]) -> Iterator[Problem]:
    for rule in egress:
        named = [port.port for port in rule.ports or () if isinstance(port.port, str)]
        block = next((peer.block for peer in rule.to or () if peer.block), None)
        if block and named and len(named) == len(rule.ports or ()):
            yield Problem(
                NAMED_PORT,
                f"egress to {block.cidr} has only named ports ({', '.join(named[:_MAX_WORDS])})",
            )
            return


def _blocks(cidrs: Sequence[str]) -> Iterator[Problem]:
    networks = {cidr: network for cidr in cidrs if (network := _network(cidr))}
    for cidr, network in networks.items():
        if _has_host_bits(cidr):
            yield Problem(HOST_BITS, f"{cidr} has host bits set: {network} is meant")
            break
    families = {network.version for network in networks.values()}
    if len(families) > 1:
        yield Problem(
            MIXED, "blocks of IPv4 and of IPv6: a cluster has one family of pod addresses"
        )


def _network(cidr: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def _has_host_bits(cidr: str) -> bool:
    try:
        ip_network(cidr)
    except ValueError:
        return True
    return False


def _dns(egress: Sequence[_Rule]) -> Iterator[Problem]:
    """Tell egress rules of which none can let a DNS question out.

    No egress rule at all is a policy that denies everything, on purpose.
    """
    if not egress or any(_lets_dns_out(rule, "UDP") for rule in egress):
        return
    if any(_lets_dns_out(rule, "TCP") for rule in egress):
        yield Problem(NO_UDP_DNS, "port 53 is allowed over TCP only: most DNS questions use UDP")
    else:
        yield Problem(NO_DNS, "no egress rule lets a DNS question out (port 53 over UDP)")


def _lets_dns_out(rule: _Rule, protocol: str) -> bool:
    if rule.ports:
        return any(
            (port.protocol or "TCP") == protocol and (port.holds(_DNS_PORT) or port.named_for_dns)
            for port in rule.ports
        )
    # Pods of the policy's own namespace are no resolvers; anybody else may be one.
    peers = rule.to or ()
    return not peers or any(peer.block or peer.namespaces is not None for peer in peers)
