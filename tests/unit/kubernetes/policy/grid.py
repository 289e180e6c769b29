"""Nine pods of three namespaces and two addresses outside: who may reach whom, on which port.

Sets are written as patterns: `x/*` is every pod of x, `?/b` the b of every namespace, `*/TCP` both
ports over TCP; several stand side by side.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, NamedTuple

from netpolwatch.kubernetes.policy.ends import End, NamedPort
from netpolwatch.kubernetes.policy.evaluate import Connection, evaluate
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, decode_network_policy

NAMESPACES, PODS = "xyz", "abc"
NUMBERS, PROTOCOLS = (80, 81), ("TCP", "UDP", "SCTP")
OUTSIDE = {"out/low": "192.0.2.7", "out/high": "192.0.2.200"}
PORTS = [f"{number}/{protocol}" for number in NUMBERS for protocol in PROTOCOLS]


class Probe(NamedTuple):
    """One connection: `namespace/pod` twice, and `number/protocol`."""

    client: str
    server: str
    port: str


class Allowed(NamedTuple):
    """Peers, and the ports that they may use (or that they may be reached on)."""

    peers: str
    ports: str = "*"


class Isolated(NamedTuple):
    """Pods that may in a direction do what is listed, and no more."""

    direction: Direction
    pods: str
    allowed: Sequence[Allowed] = ()


def assert_allows(
    specs: Iterable[tuple[str, dict[str, Any]]], isolated: Iterable[Isolated]
) -> None:
    """Compare what policies (a namespace and a spec each) allow with what is expected."""
    policies = [_policy(number, *each) for number, each in enumerate(specs)]
    limits = list(isolated)
    found = {probe for probe in GRID if _is_allowed(probe, policies)}
    wanted = {probe for probe in GRID if _is_expected(probe, limits)}
    assert (sorted(found - wanted), sorted(wanted - found)) == ([], [])


def _is_expected(probe: Probe, limits: Iterable[Isolated]) -> bool:
    """Need nothing of the evaluator: an isolated pod needs one of what is allowed to it."""
    for direction, own, peer in (
        ("ingress", probe.server, probe.client), ("egress", probe.client, probe.server)
    ):  # fmt: skip
        mine = [limit for limit in limits if limit.direction == direction and _in(own, limit.pods)]
        if mine and not any(
            _in(peer, each.peers) and _in(probe.port, each.ports)
            for limit in mine
            for each in limit.allowed
        ):
            return False
    return True


def _in(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.split())


def _is_allowed(probe: Probe, policies: list[NetworkPolicy]) -> bool:
    number, protocol = probe.port.split("/")
    connection = Connection(ENDS[probe.client], ENDS[probe.server], protocol, int(number))
    return all(
        evaluate(connection, [each for each in policies
                              if each.namespace == connection.decider(direction).namespace],
                 direction).allowed
        for direction in _DIRECTIONS
    )  # fmt: skip


_DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")


def _policy(number: int, namespace: str, spec: dict[str, Any]) -> NetworkPolicy:
    body = {"metadata": {"name": f"p{number}", "namespace": namespace}, "spec": spec}
    return decode_network_policy(json.dumps(body).encode())


def _ends() -> Iterator[tuple[str, End]]:
    for (block, namespace), (last, name) in product(enumerate(NAMESPACES), enumerate(PODS, 1)):
        yield f"{namespace}/{name}", End(
            "pod", f"10.0.{block}.{last}", namespace,
            {"pod": name}, {"ns": namespace}, tuple(_named_ports(name)),
        )  # fmt: skip
    for name, address in OUTSIDE.items():
        yield name, End("external", address)


def _named_ports(pod: str) -> Iterator[NamedPort]:
    """Name each port by what it is; `web` is 80 in a and 81 in the others."""
    for number, protocol in product(NUMBERS, PROTOCOLS):
        yield NamedPort(f"{protocol.lower()}-{number}", number, protocol)
    yield NamedPort("web", 80 if pod == "a" else 81, "TCP")


ENDS = dict(_ends())
GRID = [
    Probe(client, server, port)
    for client, server, port in product(ENDS, ENDS, PORTS)
    if client != server and not (client in OUTSIDE and server in OUTSIDE)
]
