"""Who was denied, and by which policy: a thousand DENYs in a cluster of thousands of pods."""

import gc
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.shapes import START_MS
from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    NamespaceSeen,
    Owner,
    PodAddress,
    PodSeen,
    PolicySeen,
)
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, decode_network_policy
from netpolwatch.verdicts.attribution.explain import Explainer

_SEED = 11
_NAMESPACES = tuple(f"team-{number}" for number in range(12))
_APPS = tuple(f"app-{number}" for number in range(40))
_TIERS = ("frontend", "backend", "batch")
_PODS_A_NODE = 30
_MICROSECONDS = 1000
LATER_MS = START_MS + 86_400_000
"""When all of it is known: a day later."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """How long it takes to explain DENYs; medians and quartiles of CPU time in ms.

    Attributes
    ----------
    named
        The part of the DENYs whose two ends were both named: fast and blind is no goal.
    """

    denies: int
    pods: int
    policies: int
    rounds: int
    median_ms: float
    low_ms: float
    high_ms: float
    named: float


def measure(denies: int, pods: int, policies: int, rounds: int) -> Attribution:
    """Explain so many DENYs in a cluster that is learned anew in each round."""
    rng = Random(_SEED)  # noqa: S311  # no secret
    times, named = [], 0
    for _ in range(rounds):
        knowledge = Knowledge()
        knowledge.learn(cluster_facts(rng, pods, policies))
        flows = [_denied(rng, pods) for _ in range(denies)]
        explainer = Explainer(knowledge)
        gc.collect()
        started = time.process_time_ns()
        told = [explainer.explain(flow) for flow in flows]
        times.append((time.process_time_ns() - started) / 1e6)
        named += sum(one.source.kind == one.destination.kind == "pod" for one in told)
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    return Attribution(
        denies, pods, policies, rounds, round(median, 1), round(low, 1), round(high, 1),
        named / (denies * rounds),
    )  # fmt: skip


def cluster_facts(rng: Random, pods: int, policies: int) -> Iterator[AnyFact]:
    """Tell what audit events show of a cluster: each pod's creation, binding and address."""
    for name in _NAMESPACES:
        labels = {"kubernetes.io/metadata.name": name, "team": name}
        yield NamespaceSeen(
            at_us=START_MS * _MICROSECONDS, source="namespace create", name=name, labels=labels,
            is_new=True,
        )  # fmt: skip
    for number in range(policies):
        policy = _policy(rng, number)
        yield PolicySeen(
            at_us=_at_us(number), source="networkpolicy create", event=_hex(rng, 128),
            namespace=policy.namespace, name=policy.name, policy=policy, generation=1,
        )  # fmt: skip
    for number in range(pods):
        yield from _pod(rng, number)


def _pod(rng: Random, number: int) -> Iterator[AnyFact]:
    namespace, app = rng.choice(_NAMESPACES), rng.choice(_APPS)
    template, uid = _hex(rng, 40), _hex(rng, 128)
    name, node = f"{app}-{template}-{number}", _node(number)
    labels = {"app": app, "tier": rng.choice(_TIERS), "pod-template-hash": template}
    at_us, event = _at_us(number), _hex(rng, 128)
    yield PodSeen(
        at_us=at_us, source="pod create", event=event, namespace=namespace, name=name, uid=uid,
        labels=labels, owner=Owner("ReplicaSet", f"{app}-{template}"), created_us=at_us,
    )  # fmt: skip
    yield Binding(
        at_us=at_us + 1, source="scheduler binding", event=event, namespace=namespace, name=name,
        node=node, uid=uid,
    )  # fmt: skip
    yield PodAddress(
        at_us=at_us + 2, source="kubelet status patch", event=event, namespace=namespace,
        name=name, uid=uid, addresses=(address(number),), node=node, started_us=at_us,
    )  # fmt: skip


def _policy(rng: Random, number: int) -> NetworkPolicy:
    peers: list[dict[str, Any]] = [
        {"podSelector": {"matchLabels": {"app": rng.choice(_APPS)}}},
        {
            "podSelector": {"matchLabels": {"app": rng.choice(_APPS)}},
            "namespaceSelector": {"matchLabels": {"team": rng.choice(_NAMESPACES)}},
        },
        {"podSelector": {"matchExpressions": [
            {"key": "tier", "operator": "In", "values": list(rng.sample(_TIERS, 2))},
        ]}},
        {"ipBlock": {"cidr": f"10.{rng.randrange(200)}.0.0/16"}},
    ]  # fmt: skip
    ports = [{"protocol": "TCP", "port": rng.randint(1024, 9999)} for _ in range(2)]
    ingress = rng.random() < 0.7  # noqa: PLR2004  # most policies are of ingress
    rules = [{"from" if ingress else "to": rng.sample(peers, 2), "ports": ports}] * 2
    spec = {
        "podSelector": {"matchLabels": {"app": rng.choice(_APPS)}},
        "policyTypes": ["Ingress" if ingress else "Egress"],
        "ingress" if ingress else "egress": rules,
    }
    metadata = {"name": f"policy-{number}", "namespace": rng.choice(_NAMESPACES)}
    return decode_network_policy(json.dumps({"metadata": metadata, "spec": spec}).encode())


def _denied(rng: Random, pods: int) -> Flow:
    source, destination = rng.randrange(pods), rng.randrange(pods)
    return Flow(
        form="cloudwatch",
        source_ip=address(source),
        source_port=rng.randint(32_768, 60_999),
        destination_ip=address(destination),
        destination_port=rng.randint(1024, 9999),
        protocol="TCP",
        verdict="DENY",
        node=_node(destination),
        tier="DEFAULT",
        timestamp=LATER_MS + rng.randrange(3_600_000),
    )


def address(number: int) -> str:
    """Give a pod's address."""
    return f"10.{200 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


def _node(number: int) -> str:
    return f"ip-10-0-{number // _PODS_A_NODE // 250}-{number // _PODS_A_NODE % 250}.ec2.internal"


def _at_us(number: int) -> int:
    return (START_MS + number) * _MICROSECONDS


def _hex(rng: Random, bits: int) -> str:
    return f"{rng.getrandbits(bits):0{bits // 4}x}"
