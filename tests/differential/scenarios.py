"""Clusters, policies and flows from a seed: small ones, in which selectors often hit."""

from random import Random
from typing import Any

from tests.differential.questions import Flow, Scenario

FLOWS = 24
"""Of one scenario."""

NAMESPACES = ("shop", "pay", "ops")
PODS = ("a", "b", "c")
KEYS = ("app", "tier", "env")
VALUES = ("a", "b", "c")
NUMBERS = (53, 80, 81, 443, 8080)
NAMES = ("http", "dns", "admin")
PROTOCOLS = ("TCP", "UDP", "SCTP")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
OUTSIDE = ("192.0.2.7", "192.0.2.200", "198.51.100.7", "2001:db8::7", "2001:db8:1::7")
BLOCKS: dict[str, tuple[str, ...]] = {
    "10.0.0.0/16": ("10.0.0.0/24", "10.0.1.2/32"),
    "10.0.1.0/24": ("10.0.1.0/30", "10.0.1.3/32"),
    "10.0.2.9/24": ("10.0.2.1/32",),  # host bits are set: the API server takes it, with a warning
    "10.0.0.2/32": (),
    "192.0.2.0/24": ("192.0.2.128/25", "192.0.2.7/32"),
    "198.51.100.7/32": (),
    "0.0.0.0/0": ("10.0.0.0/8", "192.0.2.0/24"),
    "::/0": ("2001:db8:1::/48",),
    "2001:db8::/32": ("2001:db8:1::/48", "2001:db8::7/128"),
}


def scenario(seed: int) -> Scenario:
    """Make the scenario of a seed."""
    chance = Random(seed)  # noqa: S311  # no secret
    namespaces = [
        {"metadata": {"name": name,
                      "labels": {"kubernetes.io/metadata.name": name, **_labels(chance)}}}
        for name in NAMESPACES
    ]  # fmt: skip
    pods = [_pod(chance, number, namespace, name)
            for number, namespace in enumerate(NAMESPACES) for name in PODS]  # fmt: skip
    policies = [_policy(chance, number) for number in range(chance.randint(2, 9))]
    flows = [_flow(chance, pods) for _ in range(FLOWS)]
    return {"namespaces": namespaces, "pods": pods, "policies": policies, "flows": flows}


def _labels(chance: Random) -> dict[str, str]:
    return {key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.7}


def _pod(chance: Random, number: int, namespace: str, name: str) -> dict[str, Any]:
    ports = [{"name": each, "containerPort": chance.choice(NUMBERS),
              "protocol": chance.choice(PROTOCOLS[:2])}
             for each in NAMES if chance.random() < 0.7]  # fmt: skip
    half = len(ports) // 2
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": _labels(chance)},
        "spec": {"containers": [{"ports": ports[:half]}, {"ports": ports[half:]}]},
        "status": {"podIP": f"10.0.{number}.{PODS.index(name) + 1}"},
    }


def _policy(chance: Random, number: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"podSelector": _selector(chance)}
    types = chance.choice(
        (None, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Egress", "Ingress"])
    )
    if types is not None:
        spec["policyTypes"] = types
    for rules, peers in (("ingress", "from"), ("egress", "to")):
        if chance.random() < 0.8:
            spec[rules] = [_rule(chance, peers) for _ in range(chance.randint(0, 3))]
    name = {"name": f"p{number}", "namespace": chance.choice(NAMESPACES)}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": name, "spec": spec}  # fmt: skip


def _rule(chance: Random, peers: str) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    if chance.random() < 0.8:
        rule[peers] = [_peer(chance) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
    if chance.random() < 0.6:
        rule["ports"] = [_port(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    return rule


def _peer(chance: Random) -> dict[str, Any]:
    kind = chance.choice(("pods", "namespaces", "both", "block"))
    if kind == "block":
        return {"ipBlock": _block(chance)}
    peer = {}
    if kind != "namespaces":
        peer["podSelector"] = _selector(chance)
    if kind != "pods":
        peer["namespaceSelector"] = _selector(chance)
    return peer


def _block(chance: Random) -> dict[str, Any]:
    cidr = chance.choice(list(BLOCKS))
    block: dict[str, Any] = {"cidr": cidr}
    if BLOCKS[cidr] and chance.random() < 0.5:
        block["except"] = chance.sample(BLOCKS[cidr], chance.randint(1, len(BLOCKS[cidr])))
    return block


def _selector(chance: Random) -> dict[str, Any]:
    selector: dict[str, Any] = {}
    if chance.random() < 0.4:
        keys = chance.sample(KEYS, chance.choice((1, 1, 2)))
        selector["matchLabels"] = {key: chance.choice(VALUES) for key in keys}
    if chance.random() < 0.4:
        selector["matchExpressions"] = [_term(chance) for _ in range(chance.choice((1, 1, 2)))]
    return selector


def _term(chance: Random) -> dict[str, Any]:
    operator = chance.choice(OPERATORS)
    term: dict[str, Any] = {"key": chance.choice(KEYS), "operator": operator}
    if operator in ("In", "NotIn"):
        term["values"] = chance.sample(VALUES, chance.randint(1, 2))
    return term


def _port(chance: Random) -> dict[str, Any]:
    port: dict[str, Any] = {}
    if chance.random() < 0.6:
        port["protocol"] = chance.choice(PROTOCOLS)
    kind = chance.choice(("none", "number", "number", "range", "name"))
    if kind == "name":
        port["port"] = chance.choice(NAMES)
    elif kind != "none":
        port["port"] = chance.choice(NUMBERS)
    if kind == "range":
        port["endPort"] = port["port"] + chance.choice((0, 1, 400, 10_000))
    return port


def _flow(chance: Random, pods: list[dict[str, Any]]) -> Flow:
    """Ask between pods, or from or to outside; often for a port that has a name."""
    asking, asked = chance.sample(pods, 2)
    client, server = _name(asking), _name(asked)
    outside = chance.random()
    if outside < 0.15:
        client = chance.choice(OUTSIDE)
    elif outside < 0.3:
        server = chance.choice(OUTSIDE)
    return Flow(client, server, *_protocol_and_port(chance, asked))


def _protocol_and_port(chance: Random, pod: dict[str, Any]) -> tuple[str, int]:
    if chance.random() < 0.05:
        return "ICMP", 0
    named = [port for each in pod["spec"]["containers"] for port in each["ports"]]
    if named and chance.random() < 0.3:
        port = chance.choice(named)
        return port["protocol"], port["containerPort"]
    return chance.choice(PROTOCOLS), chance.choice((*NUMBERS, 82, 65_535))


def _name(pod: dict[str, Any]) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
