"""Who wrote a log stream, and on which node: told by the names of the group and the stream.

A stream is believed by both: whoever may create streams in a group, or gives a shipper the name of
a pod, chooses a stream's name. What EKS alone writes counts in the control plane's group only, and
where applications write, no stream's name counts at all.

Names: log-group and stream layouts of the EKS control plane, the network policy agent, the
Container Insights and aws-for-fluent-bit charts, Fluent Bit's `eksnp.*` recipe of the EKS user
guide, the CloudWatch agent's `{instance_id}/ipamd.log`, and the folders that eks-log-collector
and the node monitoring agent make.
"""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

AGENT = "network-policy-agent"
AWS_NODE = "aws-node"
IPAMD = "ipamd"
CNI_PLUGIN = "cni-plugin"
AUDIT = "kube-apiserver-audit"
SCHEDULER = "kube-scheduler"
APPLICATION = "application"
HOST = "host"
KUBELET = "kubelet"
UNRECOGNISED = "unrecognised"
"""The writer of a stream whose names tell nothing: no plain line, and nobody that we know."""

NODE_BUNDLE = "node-bundle"
"""Stands in as the log group of a bundle's members; their paths are the streams."""

AUDIT_STREAMS = "kube-apiserver-audit-"
"""What the names of the audit log's streams begin with."""

# `kube-apiserver-` is a prefix of `kube-apiserver-audit-`: the longer one stands first.
_STREAM_PREFIXES = (
    (AUDIT_STREAMS, AUDIT),
    ("kube-apiserver-", "kube-apiserver"),
    ("kube-scheduler-", SCHEDULER),
    ("kube-controller-manager-", "kube-controller-manager"),
    ("cloud-controller-manager-", "cloud-controller-manager"),
    ("authenticator-", "authenticator"),
    ("aws-network-policy-agent-audit-", AGENT),
)
CONTROL_PLANE = frozenset(
    component for _prefix, component in _STREAM_PREFIXES if component != AGENT
)
"""EKS itself writes these streams: no shipper has wrapped their lines."""

_CONTAINERS = {
    "aws-eks-nodeagent": AGENT,
    "aws-network-policy-agent": AGENT,
    "aws-node": AWS_NODE,
    "kube-proxy": "kube-proxy",
}
_SYSTEM_NAMESPACE: Final = "kube-system"
"""Where every installer of the VPC CNI and kube-proxy puts them."""

AGENT_HABITS = ("Logger.check error: failed to get caller",)
"""Printed by agents before v1.2 to their stdout, and by nothing else in an aws-node pod."""

# Agents up to v1.0.7 write to a stream named by a bare UUID.
_BARE_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CONTROL_PLANE_GROUP = re.compile(r"/aws/(?:eks/[^/]+|k8s-cluster)/cluster/?")
_INSIGHTS_GROUP = re.compile(r"/aws/containerinsights/[^/]+/(?P<what>application|dataplane|host)/?")
_CONTAINER_LOG = re.compile(
    r"var\.log\.containers\.(?P<pod>[^_]+)_(?P<namespace>[^_]+)_(?P<container>[^_]+?)"
    r"(?:-[0-9a-f]{8,64})?\.log"
)
# `containers/` and `pods/` of a node are copied into `var_log/` without those folders' names.
_MEMBER_CONTAINER = re.compile(
    r"(?:^|/)(?P<pod>[^_/]+)_(?P<namespace>[^_/]+)_(?P<container>[^_/]+?)-[0-9a-f]{64}\.log"
)
_MEMBER_POD = re.compile(
    r"(?:^|/)(?P<namespace>[^_/]+)_(?P<pod>[^_/]+)_[0-9a-f-]{32,36}/(?P<container>[^_/]+)/\d+\.log"
)
_MEMBER_FILES = (
    (re.compile(r"(?:^|/)(?:network-policy-agent|ebpf-sdk)[^/]*\.log[^/]*$"), AGENT),
    (re.compile(r"(?:^|/)ipamd[^/]*\.log[^/]*$"), IPAMD),
    (re.compile(r"(?:^|/)(?:egress-v[46]-)?plugin[^/]*\.log[^/]*$"), CNI_PLUGIN),
    (re.compile(r"(?:^|/)kubelet/kubelet\.log[^/]*$"), KUBELET),
    (
        re.compile(r"(?:^|/)(?:var_log/kube-proxy\.log[^/]*|automode/kube-proxy\.txt)$"),
        "kube-proxy",
    ),
    (re.compile(r"(?:^|/)containerd/containerd-log\.txt$"), HOST),
    (re.compile(r"(?:^|/)(?:kernel/dmesg[^/]*|(?:messages|syslog)(?:[.-][^/]*)?)$"), HOST),
)
_HOST_NAME = (
    r"(?:ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}|m?i-[0-9a-f]{4,32})(?:\.[A-Za-z0-9-]{1,63}){0,8}"
)
# Whole names only: an application's stream may be `ipamd-exporter` or `kubelet-csr-approver/main`.
_NODE_FILE = re.compile(
    rf"""
    (?:^ | [/.] | (?:^|/)(?: {_HOST_NAME}[-_] | (?:from-)?fluent-?bit- ))
    (?: (?P<agent>network-policy-agent|ebpf-sdk)
      | (?P<ipamd>ipamd)
      | (?P<kubelet>kubelet)
      | aws-routed-eni[/.](?P<plugin>(?:egress-v[46]-)?plugin) )
    (?: \.service | (?:-\d{{4}}-\d\d-\d\dT[\d.-]{{1,16}})?\.log(?:[.-]\d{{1,8}})?(?:\.gz)? )?
    (?: [-_./]{_HOST_NAME} )?
    $""",
    re.VERBOSE,
)
_NODE_FILES = {"agent": AGENT, "ipamd": IPAMD, "kubelet": KUBELET, "plugin": CNI_PLUGIN}
_HOST_FILE = re.compile(r"(?:^|\.)host\.(?:dmesg|messages|secure)$")
_NODE_BEFORE = re.compile(
    r"(?P<node>[A-Za-z0-9][A-Za-z0-9.-]{0,252}?)"
    r"(?:[.-]eksnp\.|-(?:application|dataplane)\.|\.host\.(?:dmesg|messages|secure))"
)
_CLUSTER = re.compile(
    r"/aws/(?:eks|containerinsights)/(?P<cluster>[A-Za-z0-9][A-Za-z0-9_-]{0,99})/"
)


GroupKind = Literal["control-plane", "nodes", "applications"]
"""Who may write into a log group: EKS and the agents alone, what ships nodes' logs, or any pod."""


class Origin(NamedTuple):
    """The component that writes a stream, and its node; `None` where there are no names.

    A stream whose names tell nothing is of the component `UNRECOGNISED`.

    Attributes
    ----------
    shared
        Whether any application may write there: a line is a component's only by the Kubernetes
        facts of its wrapper, and nothing is learned from it.
    """

    component: str | None
    node: str | None
    shared: bool = False

    @property
    def known_component(self) -> str | None:
        """The component of all the stream's lines, if it is one that we know."""
        return None if self.shared or self.component == UNRECOGNISED else self.component


def is_unnamed(component: str | None) -> bool:
    """Tell whether nothing says who wrote a line."""
    return component is None or component == UNRECOGNISED


@lru_cache(maxsize=4096)
def origin_of(log_group: str, log_stream: str, kind: GroupKind | None = None) -> Origin:
    """Return component and node by the names of a log group and a log stream.

    `kind` is the group's as the configuration says it; else its name tells it.
    """
    if log_group.startswith(NODE_BUNDLE):
        return Origin(_component_of_member(log_stream), log_group[len(NODE_BUNDLE) + 1 :] or None)
    kind = kind or kind_of_group(log_group)
    if kind == "applications":
        # A stream's name may still say that an application writes it, whatever its wrappers hold.
        known = _component(log_group, log_stream, kind) == APPLICATION
        return Origin(APPLICATION, _node(log_stream), shared=not known)
    return Origin(_component(log_group, log_stream, kind), _node(log_stream))


def kind_of_group(log_group: str) -> GroupKind | None:
    """Return who may write into a group, where EKS or Container Insights gave it its name."""
    if _CONTROL_PLANE_GROUP.fullmatch(log_group):
        return "control-plane"
    insights = _INSIGHTS_GROUP.fullmatch(log_group)
    if insights is None:
        return None
    return "applications" if insights["what"] == APPLICATION else "nodes"


def bundle_group(node: str | None) -> str:
    """Name the log group of a node bundle's members, so that `origin_of` tells the node."""
    return f"{NODE_BUNDLE}/{node}" if node else NODE_BUNDLE


def names_of_file(name: str) -> tuple[str, str]:
    """Give group and stream of a single file; empty where its name is none of a node's logs."""
    return (NODE_BUNDLE, name) if _component_of_member(name) is not None else ("", "")


def container_log_of(path: str) -> tuple[str, str, str] | None:
    """Tell namespace, pod and container of a container's log within a node bundle."""
    found = _MEMBER_POD.search(path) or _MEMBER_CONTAINER.search(path)
    return (found["namespace"], found["pod"], found["container"]) if found else None


def component_of_container(container: str, namespace: str | None = None) -> str:
    """Tell the component from a container's name; any other container is an application.

    So is one that has only taken a known name, in a namespace that is not the cluster's own.
    """
    if namespace not in (None, _SYSTEM_NAMESPACE):
        return APPLICATION
    return _CONTAINERS.get(container, APPLICATION)


@lru_cache(maxsize=1024)
def cluster_of(log_group: str) -> str | None:
    """Tell the cluster from a log group's name where EKS or Container Insights gave the name."""
    found = _CLUSTER.match(log_group)
    return found["cluster"] if found else None


def _component(log_group: str, log_stream: str, kind: GroupKind | None) -> str | None:
    # A name without a group is that of a file of the user's own.
    is_control_plane = kind == "control-plane" or not log_group
    for prefix, component in _STREAM_PREFIXES:
        if log_stream.startswith(prefix) and (is_control_plane or component == AGENT):
            return component
    if kind == "control-plane" and _BARE_UUID.fullmatch(log_stream):
        return AGENT
    container = _CONTAINER_LOG.search(log_stream)
    if container:
        return component_of_container(container["container"], container["namespace"])
    file = _NODE_FILE.search(log_stream)
    if file:
        return _NODE_FILES[file.lastgroup or ""]
    return _from_layout(log_group, log_stream)


def _component_of_member(path: str) -> str | None:
    container = container_log_of(path)
    if container is not None:
        return component_of_container(container[2])
    for pattern, component in _MEMBER_FILES:
        if pattern.search(path):
            return component
    # An export to S3 keeps each stream's name as a folder's.
    for folder in path.split("/"):
        for prefix, component in _STREAM_PREFIXES:
            if folder.startswith(prefix):
                return component
    return None


def _from_layout(log_group: str, log_stream: str) -> str | None:
    if _HOST_FILE.search(log_stream):
        return HOST
    return UNRECOGNISED if log_group or log_stream else None


def _node(log_stream: str) -> str | None:
    found = _NODE_BEFORE.match(log_stream)
    return found["node"] if found else None
