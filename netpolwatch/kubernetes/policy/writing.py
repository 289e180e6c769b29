"""A NetworkPolicy as the body that an API server takes; `decode_network_policy` reads it back."""

from typing import Any, Final

from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, Peer, Port, Rule

_KINDS: Final[dict[Direction, str]] = {"ingress": "Ingress", "egress": "Egress"}
_PEERS: Final[dict[Direction, str]] = {"ingress": "from", "egress": "to"}


def policy_body(policy: NetworkPolicy) -> dict[str, Any]:
    """Write a policy; labels and annotations of its metadata are not known here."""
    spec: dict[str, Any] = {
        "podSelector": _selector(policy.pod_selector),
        "policyTypes": [_KINDS[direction] for direction in policy.directions],
    }
    for direction, word in _PEERS.items():
        rules = policy.rules(direction)
        if rules:
            spec[direction] = [_rule(rule, word) for rule in rules]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": policy.name, "namespace": policy.namespace},
        "spec": spec,
    }


def _rule(rule: Rule, word: str) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if rule.peers:
        written[word] = [_peer(peer) for peer in rule.peers]
    if rule.ports:
        written["ports"] = [_port(port) for port in rule.ports]
    return written


def _peer(peer: Peer) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if peer.ip_block is not None:
        written["ipBlock"] = {"cidr": peer.ip_block.cidr}
        if peer.ip_block.excluded:
            written["ipBlock"]["except"] = list(peer.ip_block.excluded)
    if peer.namespace_selector is not None:
        written["namespaceSelector"] = _selector(peer.namespace_selector)
    if peer.pod_selector is not None:
        written["podSelector"] = _selector(peer.pod_selector)
    return written


def _port(port: Port) -> dict[str, Any]:
    written = {"protocol": port.protocol, "port": port.port, "endPort": port.end_port}
    return {key: value for key, value in written.items() if value is not None}


def _selector(selector: Selector) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if selector.match_labels:
        written["matchLabels"] = dict(selector.match_labels)
    if selector.match_expressions:
        written["matchExpressions"] = [
            {"key": each.key, "operator": each.operator}
            | ({"values": list(each.values)} if each.values else {})
            for each in selector.match_expressions
        ]
    return written
