"""What one NetworkPolicy's own body shows that the VPC CNI will not honour, or few authors mean.

Sources: the controller's `convertToPolicyInfoPortForCIDRs` (named ports), aws-network-policy-agent
issue 608 (host bits), the EKS user guide (one address family a cluster).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from netpolwatch.catalogue.written_policy import written_policy
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, Port, Rule

NAMED_PORT, HOST_BITS = "named-port-with-ip-block", "host-bits-in-cidr"
NO_DNS, NO_UDP_DNS, MIXED = "no-dns-rule", "dns-without-udp", "mixed-families"
_DNS_PORT = 53
_DNS_NAMES = ("dns", "domain")
_MAX_WORDS = 3


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
    written = written_policy(text)
    if written is None:
        return None
    return Lint(written.namespace, written.name, tuple(_problems(written.policy)))


def _problems(policy: NetworkPolicy) -> Iterator[Problem]:
    # Egress rules of a policy that does not isolate egress mean nothing.
    egress = policy.egress if "egress" in policy.directions else ()
    peers = [peer for rule in (*egress, *policy.ingress) for peer in rule.peers]
    yield from _named_ports(egress)
    yield from _blocks([peer.ip_block.cidr for peer in peers if peer.ip_block])
    yield from _dns(egress)


def _named_ports(egress: Sequence[Rule]) -> Iterator[Problem]:
    for rule in egress:
        named = [port.port for port in rule.ports if isinstance(port.port, str)]
        block = next((peer.ip_block for peer in rule.peers if peer.ip_block), None)
        if block and named and len(named) == len(rule.ports):
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


def _dns(egress: Sequence[Rule]) -> Iterator[Problem]:
    """Tell egress rules of which none can let a DNS question out.

    No egress rule at all is a policy that denies everything, on purpose.
    """
    if not egress or any(_lets_dns_out(rule, "UDP") for rule in egress):
        return
    if any(_lets_dns_out(rule, "TCP") for rule in egress):
        yield Problem(NO_UDP_DNS, "port 53 is allowed over TCP only: most DNS questions use UDP")
    else:
        yield Problem(NO_DNS, "no egress rule lets a DNS question out (port 53 over UDP)")


def _lets_dns_out(rule: Rule, protocol: str) -> bool:
    if rule.ports:
        return any(
            (port.protocol or "TCP") == protocol and (_holds(port, _DNS_PORT) or _is_dns(port))
            for port in rule.ports
        )
    # Pods of the policy's own namespace are no resolvers; anybody else may be one.
    peers = rule.peers
    return not peers or any(peer.ip_block or peer.namespace_selector is not None for peer in peers)


def _holds(port: Port, number: int) -> bool:
    """Tell whether a port is meant, or all are; a named one never is."""
    if port.port is None:
        return True
    return isinstance(port.port, int) and port.port <= number <= (port.end_port or port.port)


def _is_dns(port: Port) -> bool:
    """Tell whether a port has a name that DNS pods give theirs."""
    return isinstance(port.port, str) and any(word in port.port for word in _DNS_NAMES)
