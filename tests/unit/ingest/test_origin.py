import time

import pytest

from netpolwatch.ingest.origin import (
    APPLICATION,
    CONTROL_PLANE,
    UNRECOGNISED,
    GroupKind,
    cluster_of,
    component_of_container,
    kind_of_group,
    origin_of,
)
from tests.corpus import STREAMS

UUID = "0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11"
EKS = "/aws/eks/demo/cluster"
INSIGHTS = "/aws/containerinsights/demo"
NODE = "ip-10-0-1-9.ec2.internal"
ID = "ab12" * 16


def _container(pod: str, container: str, kind: str = "dataplane") -> str:
    return f"{NODE}-{kind}.var.log.containers.{pod}_kube-system_{container}-{ID}.log"


@pytest.mark.parametrize(
    ("group", "stream", "component", "node"),
    [
        (EKS, f"aws-network-policy-agent-audit-{UUID}", "network-policy-agent", None),
        (EKS, UUID, "network-policy-agent", None),
        ("/aws/k8s-cluster/cluster", UUID, "network-policy-agent", None),
        ("/team/logs", UUID, UNRECOGNISED, None),
        (EKS, "kube-apiserver-audit-0d1c", "kube-apiserver-audit", None),
        (EKS, "kube-apiserver-0d1c", "kube-apiserver", None),
        (EKS, "kube-scheduler-0d1c", "kube-scheduler", None),
        (EKS, "kube-controller-manager-0d1c", "kube-controller-manager", None),
        (EKS, "cloud-controller-manager-0d1c", "cloud-controller-manager", None),
        (EKS, "authenticator-0d1c", "authenticator", None),
        (f"{INSIGHTS}/dataplane", _container("aws-node-x7k2p", "aws-node"), "aws-node", NODE),
        (
            f"{INSIGHTS}/dataplane",
            _container("aws-node-x7k2p", "aws-eks-nodeagent"),
            "network-policy-agent",
            NODE,
        ),
        (f"{INSIGHTS}/dataplane", _container("kube-proxy-abcde", "kube-proxy"), "kube-proxy", NODE),
        (
            f"{INSIGHTS}/application",
            _container("ipamd-exporter-0", "web", "application"),
            "application",
            NODE,
        ),
        (
            f"{INSIGHTS}/dataplane",
            f"{NODE}.eksnp.var.log.aws-routed-eni.network-policy-agent.log",
            "network-policy-agent",
            NODE,
        ),
        (
            f"{INSIGHTS}/dataplane",
            f"{NODE}.eksnp.var.log.aws-routed-eni.ebpf-sdk.log",
            "network-policy-agent",
            NODE,
        ),
        (f"{INSIGHTS}/dataplane", f"{NODE}.eksnp.var.log.aws-routed-eni.ipamd.log", "ipamd", NODE),
        (f"{INSIGHTS}/host", f"{NODE}.host.messages", "host", NODE),
        (f"{INSIGHTS}/application", "whatever", "application", None),
        (EKS, "", UNRECOGNISED, None),
        ("", "", None, None),
    ],
)
def test_names_tell_who_wrote_a_stream_and_where(
    group: str, stream: str, component: str | None, node: str | None
) -> None:
    assert origin_of(group, stream)[:2] == (component, node)


@pytest.mark.parametrize(
    ("stream", "component"),
    [
        ("ipamd", "ipamd"),
        ("i-0abc/ipamd.log", "ipamd"),
        ("i-0a1b2c3d4e5f60718-ipamd", "ipamd"),
        ("i-0a1b2c3d4e5f60718.eu-west-1.compute.internal-ipamd.log", "ipamd"),
        ("ip-10-0-1-2.ec2.internal-ipamd", "ipamd"),
        ("ipamd/i-0abc", "ipamd"),
        ("ipamd.log-ip-10-0-1-2.ec2.internal", "ipamd"),
        ("i-0abc/var/log/aws-routed-eni/ipamd-2026-01-10T10-00-00.000.log.gz", "ipamd"),
        ("fluentbit-ipamd.log", "ipamd"),
        ("from-fluent-bit-network-policy-agent.log", "network-policy-agent"),
        ("i-0abc/network-policy-agent.log.1", "network-policy-agent"),
        (f"{NODE}-dataplane.tail.var.log.ebpf-sdk.log", "network-policy-agent"),
        (f"{NODE}.eksnp.var.log.aws-routed-eni.plugin.log", "cni-plugin"),
        ("i-0abc/var/log/aws-routed-eni/egress-v6-plugin.log", "cni-plugin"),
        (f"{NODE}-dataplane.systemd.kubelet.service", "kubelet"),
        ("kubelet.service", "kubelet"),
        ("i-0abc/kubelet", "kubelet"),
        ("kubelet-ip-10-0-1-2", "kubelet"),
        (f"{NODE}.host.dmesg", "host"),
    ],
)
def test_a_nodes_file_is_known_in_every_layout(stream: str, component: str) -> None:
    assert origin_of("/team/nodes", stream).component == component


@pytest.mark.parametrize(
    "stream",
    [
        "ipamd-exporter",
        "ipamd-exporter/ipamd-exporter/0f9d3c1e",
        "shop-ipamd",
        "ipamd/main/0f9d3c1e",
        "ipamd.logger",
        "my-network-policy-agent",
        "network-policy-agent-ui.log",
        "ebpf-sdk-tests",
        "kubelet-csr-approver/main",
        "kubelet-rubber-stamp.log",
        "resize-kubelet",
        "web.host.example.com",
        "plugin.log",
    ],
)
def test_an_application_with_a_name_within_its_own_is_nobody_that_we_know(stream: str) -> None:
    assert origin_of("/apps/shop", stream).component == UNRECOGNISED


def test_every_kind_of_stream_of_the_corpus_is_known() -> None:
    told = {kind: origin_of(*names).component for kind, names in STREAMS.items()}
    assert told == {
        "npa-file": "network-policy-agent",
        "npa-cloudwatch": "network-policy-agent",
        "ipamd": "ipamd",
        "aws-node": "aws-node",
        "scheduler": "kube-scheduler",
        "audit": "kube-apiserver-audit",
        "app": "application",
        "other": UNRECOGNISED,
    }


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("/aws/eks/demo/cluster", "control-plane"),
        ("/aws/k8s-cluster/cluster", "control-plane"),
        (f"{INSIGHTS}/application", "applications"),
        (f"{INSIGHTS}/dataplane", "nodes"),
        (f"{INSIGHTS}/host", "nodes"),
        ("/aws/eks/demo/cluster/evil", None),
        ("/team/aws/eks/demo/cluster", None),
        ("/team/logs", None),
        ("", None),
    ],
)
def test_the_groups_name_tells_who_may_write_there(group: str, kind: GroupKind | None) -> None:
    assert kind_of_group(group) == kind


@pytest.mark.parametrize(
    "stream", ["kube-apiserver-audit-evil.app", "kube-scheduler-x", "authenticator-x"]
)
@pytest.mark.parametrize("group", ["/team/logs", f"{INSIGHTS}/dataplane", f"{INSIGHTS}/host"])
def test_the_control_planes_streams_are_in_its_group_alone(group: str, stream: str) -> None:
    assert origin_of(group, stream).component == UNRECOGNISED
    assert origin_of(group, stream, "nodes").component == UNRECOGNISED
    assert origin_of(group, stream, "control-plane").component in CONTROL_PLANE


@pytest.mark.parametrize(
    "stream",
    [
        "kube-apiserver-audit-evil.app",
        f"aws-network-policy-agent-audit-{UUID}",
        UUID,
        "evil.network-policy-agent",
        "tenant/evil/kubelet",
        "evil.ipamd",
        _container("aws-node-x7k2p", "aws-eks-nodeagent", "application"),
        "whatever",
    ],
)
@pytest.mark.parametrize(
    ("group", "kind"), [(f"{INSIGHTS}/application", None), ("/team/logs", "applications")]
)
def test_where_applications_write_no_streams_name_counts(
    group: str, kind: GroupKind | None, stream: str
) -> None:
    origin = origin_of(group, stream, kind)
    assert (origin.component, origin.known_component, origin.shared) == (APPLICATION, None, True)


@pytest.mark.parametrize(
    ("group", "cluster"),
    [
        (EKS, "demo"),
        (f"{INSIGHTS}/dataplane", "demo"),
        ("/aws/k8s-cluster/cluster", None),
        ("/aws/eks//cluster", None),
        ("/aws/lambda/netpolwatch-analyzer", None),
        ("", None),
    ],
)
def test_the_groups_name_tells_the_cluster(group: str, cluster: str | None) -> None:
    assert cluster_of(group) == cluster


def test_an_unknown_container_is_an_application() -> None:
    assert component_of_container("web") == "application"


@pytest.mark.parametrize(
    "piece",
    [
        "var.log.containers.", "-application.", "a_", ".host.", "ip-10-0-1-9.", "/i-0a1b.c-d",
        "/ip-1-1-1-1.ipamd-", "ipamd.log.",
    ],
)  # fmt: skip
def test_the_longest_names_cost_no_more_than_their_length(piece: str) -> None:
    # given the longest name that CloudWatch Logs has; the readers cut longer ones
    stream = (piece * 512)[:512]
    # when
    started = time.process_time()
    origin_of.__wrapped__("/aws/eks/demo/cluster", stream)
    # then: quadratic in 512 is milliseconds, exponential would be for ever
    assert time.process_time() - started < 1
