"""Flow lines as agents of each era write them, drawn by chance.

A maker takes a source of chance, an event time (ms since 1970, UTC) and a verdict, and gives one
message.
"""

import json
from collections.abc import Callable
from random import Random

from netpolwatch.ingest.timestamps import rfc3339

FlowMaker = Callable[[Random, int, str], str]

NODE = "ip-10-0-1-9.eu-central-1.compute.internal"
_PODS = tuple(f"10.0.{block}.{host}" for block in (1, 2, 3) for host in (0, 20, 44, 61, 90, 152))
_SERVICES = (
    *(("172.20.0.10", 53, "UDP"), ("172.20.0.10", 53, "UDP"), ("172.20.0.1", 443, "TCP")),
    *(("172.20.64.12", 8080, "TCP"), ("10.0.2.25", 5432, "TCP"), ("172.20.80", 6379, "TCP")),
    *(("10.0.1.71", 8080, "TCP"), ("198.51.100", 443, "TCP"), ("10.0.3.40", 9090, "TCP")),
)
_TIERS = ("DEFAULT", "NETWORK_POLICY", "NETWORK_POLICY", "BASELINE")
_CLIENT_PORTS = (32_768, 60_999)
_REPLIES = 0.2
"""The part of the DENYs that are answers: their ports stand the other way round."""

_KUBERNETES = {
    "pod_name": "aws-node-x7k2p",
    "namespace_name": "kube-system",
    "pod_id": "8f5b1c1e-6a1d-4b8e-9d43-0d6a5c1f7e21",
    "host": NODE,
    "container_name": "aws-eks-nodeagent",
    "docker_id": "3b7f0c6f5d0e4a8c9b1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e1f2a3b",
    "container_image": "amazon/aws-network-policy-agent:v1.3.5",
}


def published(rng: Random, _timestamp: int, verdict: str) -> str:
    """Write what agents from v1.3.0 publish."""
    return f"{published_before_tiers(rng, _timestamp, verdict)};Tier: {rng.choice(_TIERS)}"


def published_before_tiers(rng: Random, _timestamp: int, verdict: str) -> str:
    """Write what agents up to v1.2.7 publish."""
    source, sport, destination, dport, protocol = _tuple(rng, verdict)
    return (
        f"Node: {NODE};SIP: {source};SPORT: {sport};DIP: {destination};DPORT: {dport}"
        f";PROTOCOL: {protocol};PolicyVerdict: {verdict}"
    )


def key_values(rng: Random, timestamp: int, verdict: str) -> str:
    """Write a line of the node file up to agent v1.2.1."""
    source, sport, destination, dport, protocol = _tuple(rng, verdict)
    return (
        f'{{"level":"info","ts":"{rfc3339(timestamp)}","logger":"ebpf-client",'
        f'"msg":"Flow Info:  ","Src IP":"{source}","Src Port":{sport},"Dest IP":"{destination}",'
        f'"Dest Port":{dport},"Proto":"{protocol}","Verdict":"{verdict}"}}'
    )


def sentence(rng: Random, timestamp: int, verdict: str) -> str:
    """Write a line of the node file from agent v1.3.0."""
    source, sport, destination, dport, protocol = _tuple(rng, verdict)
    level = "info" if verdict == "DENY" else "debug"
    return (
        f'{{"level":"{level}","ts":"{rfc3339(timestamp)}","caller":"runtime/asm_amd64.s:1700",'
        f'"msg":"Flow Info: Src IP: {source} Src Port: {sport} Dest IP: {destination} Dest Port:'
        f" {dport} Proto {protocol} Verdict {verdict} Direction"
        f' {rng.choice(("ingress", "egress"))}, Tier {rng.choice(_TIERS)}"}}'
    )


def shipped(maker: FlowMaker) -> FlowMaker:
    """Wrap a file's line as Fluent Bit ships a container's output: text in JSON, with metadata."""

    def wrapped(rng: Random, timestamp: int, verdict: str) -> str:
        record = {
            "time": rfc3339(timestamp),
            "stream": "stderr",
            "log": maker(rng, timestamp, verdict),
            "kubernetes": _KUBERNETES,
        }
        return json.dumps(record, separators=(",", ":"))

    return wrapped


def _tuple(rng: Random, verdict: str) -> tuple[str, int, str, int, str]:
    pod = rng.choice(_PODS)
    service, port, protocol = rng.choice(_SERVICES)
    client_port = rng.randint(*_CLIENT_PORTS)
    if verdict == "DENY" and rng.random() < _REPLIES:
        return service, port, pod, client_port, protocol
    return pod, client_port, service, port, protocol
