"""The place: the cluster `retail-prod`, its nodes, pods, services and log streams."""

import hashlib
import uuid
from dataclasses import dataclass

from netpolwatch.flows.model import Form

CLUSTER = "retail-prod"
ACCOUNT = "111122223333"
REGION = "eu-central-1"
CONTROL_PLANE_GROUP = f"/aws/eks/{CLUSTER}/cluster"
NODE_FILES_GROUP = f"/aws/eks/{CLUSTER}/nodes"
DATAPLANE_GROUP = f"/aws/containerinsights/{CLUSTER}/dataplane"
APPLICATION_GROUP = f"/aws/containerinsights/{CLUSTER}/application"
LOG_GROUPS = (CONTROL_PLANE_GROUP, NODE_FILES_GROUP, DATAPLANE_GROUP, APPLICATION_GROUP)


@dataclass(frozen=True, slots=True, order=True)
class Stream:
    """A log stream in its group."""

    log_group: str
    log_stream: str


@dataclass(frozen=True, slots=True)
class Node:
    """A node and its agent.

    Attributes
    ----------
    agent
        Version of the network policy agent.
    form
        How the agent's flows are written where they are collected.
    tiers
        Whether the agent writes a tier (from v1.3.0).
    flows
        The stream that holds the agent's flows.
    """

    name: str
    agent: str
    form: Form
    tiers: bool
    flows: Stream

    def file(self, name: str) -> Stream:
        """Name the stream of a node file that Fluent Bit's recipe ships."""
        return Stream(NODE_FILES_GROUP, f"{self.name}-eksnp.var.log.aws-routed-eni.{name}.log")

    def container(self, container: str) -> Stream:
        """Name the stream of a system container whose pod has the container's name."""
        pod = f"{container}-{hex_of(self.name + container, 5)}_kube-system_{container}"
        tail = f"dataplane.tail.var.log.containers.{pod}-{hex_of(self.name + container, 64)}.log"
        return Stream(DATAPLANE_GROUP, f"{self.name}-{tail}")

    def application(self, pod: str, namespace: str, container: str) -> Stream:
        """Name the stream of an application's container."""
        file = f"{pod}_{namespace}_{container}-{hex_of(pod, 64)}"
        return Stream(APPLICATION_GROUP, f"{self.name}-application.var.log.containers.{file}.log")


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod: its names, its address and where it runs."""

    namespace: str
    name: str
    ip: str
    node: Node


@dataclass(frozen=True, slots=True)
class Service:
    """Where pods connect to: an address as they see it, before kube-proxy."""

    ip: str
    port: int
    protocol: str


def hex_of(text: str, digits: int) -> str:
    """Make the same hex digits of the same text (at most 64)."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def control_plane(prefix: str) -> Stream:
    """Name a control plane component's stream."""
    return Stream(CONTROL_PLANE_GROUP, f"{prefix}-{hex_of(prefix, 32)}")


def uuid_of(text: str) -> str:
    """Make the same UUID of the same text."""
    return str(uuid.UUID(hex=hex_of(text, 32), version=4))


def _publishing_node(address: str, agent: str, *, tiers: bool, prefix: str) -> Node:
    """Describe a node whose agent writes to CloudWatch Logs itself."""
    name = _node_name(address)
    stream = Stream(CONTROL_PLANE_GROUP, f"{prefix}{uuid_of(name)}")
    return Node(name, agent, "cloudwatch", tiers, stream)


def _shipping_node(address: str, agent: str, form: Form, *, tiers: bool) -> Node:
    """Describe a node whose role may not write logs: Fluent Bit ships the agent's file."""
    name = _node_name(address)
    file = f"{name}-eksnp.var.log.aws-routed-eni.network-policy-agent.log"
    return Node(name, agent, form, tiers, Stream(NODE_FILES_GROUP, file))


def _node_name(address: str) -> str:
    return f"ip-{address.replace('.', '-')}.{REGION}.compute.internal"


_AUDIT_PREFIX = "aws-network-policy-agent-audit-"
EDGE = _publishing_node("10.0.1.9", "v1.3.5", tiers=True, prefix=_AUDIT_PREFIX)
WEB = _publishing_node("10.0.1.84", "v1.3.5", tiers=True, prefix=_AUDIT_PREFIX)
ORDERS = _publishing_node("10.0.2.17", "v1.2.7", tiers=False, prefix=_AUDIT_PREFIX)
CACHE = _shipping_node("10.0.2.140", "v1.1.6", "file-kv", tiers=False)
# Agents up to v1.0.7 name their stream by a bare UUID.
LEGACY = _publishing_node("10.0.3.33", "v1.0.7", tiers=False, prefix="")
BATCH = _shipping_node("10.0.3.201", "v1.3.5", "file-sentence-v4", tiers=True)
NODES = (EDGE, WEB, ORDERS, CACHE, LEGACY, BATCH)

PODS = (
    Pod("shop", "web-6d4cf56db6-h2x9q", "10.0.1.44", EDGE),
    Pod("shop", "web-6d4cf56db6-m7vtc", "10.0.1.45", EDGE),
    Pod("ingress", "gateway-75b8c9fd4-9kq2w", "10.0.1.20", EDGE),
    Pod("shop", "search-58f6d9b7c4-zz4rd", "10.0.1.61", WEB),
    Pod("shop", "basket-7c9d8b6f5-t6n8p", "10.0.1.71", WEB),
    Pod("monitoring", "prometheus-0", "10.0.1.90", WEB),
    Pod("orders", "orders-api-84d7f5c9b-k5w2j", "10.0.2.31", ORDERS),
    Pod("data", "postgres-0", "10.0.2.25", ORDERS),
    Pod("orders", "fraud-6b9f7d8c5-p8d4s", "10.0.2.36", ORDERS),
    Pod("data", "redis-0", "10.0.2.150", CACHE),
    Pod("shop", "recommend-5f7b8d9c6-x2l7v", "10.0.2.152", CACHE),
    Pod("legacy", "invoice-0", "10.0.3.40", LEGACY),
    Pod("legacy", "mailer-0", "10.0.3.41", LEGACY),
    Pod("batch", "report-28f9c-7hj2m", "10.0.3.205", BATCH),
    Pod("batch", "export-4c8d7-q9s5b", "10.0.3.207", BATCH),
)

CATALOGUE = Pod("shop", "catalogue-6c7d5f4b88-r9t2m", "2001:db8:0:1::44", WEB)
"""It asks by IPv6, and nothing else of it is told."""

DNS = Service("172.20.0.10", 53, "UDP")
SERVICES = (
    DNS,
    DNS,
    DNS,
    Service("172.20.0.1", 443, "TCP"),
    Service("172.20.64.12", 8080, "TCP"),
    Service("172.20.71.5", 5432, "TCP"),
    Service("172.20.80.0", 6379, "TCP"),
    Service("10.0.2.25", 5432, "TCP"),
    Service("10.0.1.71", 8080, "TCP"),
    Service("198.51.100.0", 443, "TCP"),
)
"""Weighted by repetition. The agent writes `172.20.80.0` as `172.20.80`."""

AUDIT = control_plane("kube-apiserver-audit")
APISERVER = control_plane("kube-apiserver")
SCHEDULER = control_plane("kube-scheduler")
CONTROLLERS = control_plane("kube-controller-manager")
AUTHENTICATOR = control_plane("authenticator")


def pods_of(node: Node) -> tuple[Pod, ...]:
    """List the pods that run on a node."""
    return tuple(pod for pod in PODS if pod.node == node)
