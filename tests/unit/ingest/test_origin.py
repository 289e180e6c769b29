import time

import pytest

from netpolwatch.ingest.origin import Origin, cluster_of, component_of_container, origin_of
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
        ("/team/logs", UUID, None, None),
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
        (EKS, "", None, None),
        ("", "", None, None),
    ],
)
def test_names_tell_who_wrote_a_stream_and_where(
    group: str, stream: str, component: str | None, node: str | None
) -> None:
    assert origin_of(group, stream) == Origin(component, node)


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
        "other": None,
    }


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


@pytest.mark.parametrize("piece", ["var.log.containers.", "-application.", "a_", ".host."])
def test_the_longest_names_cost_no_more_than_their_length(piece: str) -> None:
    # given the longest name that CloudWatch Logs has; the readers cut longer ones
    stream = (piece * 512)[:512]
    # when
    started = time.process_time()
    origin_of.__wrapped__("/aws/eks/demo/cluster", stream)
    # then: quadratic in 512 is milliseconds, exponential would be for ever
    assert time.process_time() - started < 1
