"""What events tell of running versions, and what is remembered of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.running import Running, RunningVersions, VersionSeen, read_versions
from netpolwatch.ingest.origin import AGENT, APPLICATION, AUDIT, IPAMD
from tests.unit.catalogue.auditing import audited

NODE = "ip-10-0-1-9.ec2.internal"
REGISTRY = "602401143452.dkr.ecr.eu-central-1.amazonaws.com"
AGENT_IMAGE = f"{REGISTRY}/amazon/aws-network-policy-agent:v1.1.6-eksbuild.2"
CNI_IMAGE = f"{REGISTRY}/amazon-k8s-cni:v1.19.2-eksbuild.5"
POD = {"resource": "pods", "namespace": "kube-system", "name": "aws-node-7x9kq",
       "subresource": "status"}  # fmt: skip
DAEMON_SET = {"resource": "daemonsets", "apiGroup": "apps", "namespace": "kube-system",
              "name": "aws-node"}  # fmt: skip
KUBELET = {"username": f"system:node:{NODE}", "groups": ["system:nodes"]}


def reported(*images: str, **changes: object) -> str:
    """Write the event of a kubelet that reports the containers of its aws-node pod."""
    containers = [{"name": f"c{at}", "image": image} for at, image in enumerate(images)]
    body = {"status": {"containerStatuses": containers}}
    event: dict[str, object] = {"user": KUBELET, "requestObject": body}
    return audited("patch", POD, **(event | changes))


def rolled_out(*images: str) -> str:
    """Write the event of somebody who writes the DaemonSet aws-node."""
    containers = [{"name": f"c{at}", "image": image} for at, image in enumerate(images)]
    body = {"kind": "DaemonSet", "spec": {"template": {"spec": {"containers": containers}}}}
    return audited("update", DAEMON_SET, requestObject=body, responseObject=body)


def test_a_kubelets_report_tells_the_versions_of_its_node() -> None:
    assert read_versions(reported(CNI_IMAGE, AGENT_IMAGE), AUDIT, None, 7) == (
        VersionSeen("vpc-cni", "v1.19.2-eksbuild.5", NODE, 7),
        VersionSeen("agent", "v1.1.6-eksbuild.2", NODE, 7),
    )


def test_a_write_of_the_daemon_set_tells_the_clusters_versions() -> None:
    assert read_versions(rolled_out(AGENT_IMAGE), AUDIT, None, 7) == (
        VersionSeen("agent", "v1.1.6-eksbuild.2", None, 7),
    )


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","ts":"2026-07-05T20:27:18.669Z","msg":"Starting L-IPAMD v1.20.4  ..."}',
        "Starting L-IPAMD v1.20.4",
    ],
)
def test_ipamds_first_line_tells_the_version_of_the_vpc_cni(line: str) -> None:
    assert read_versions(line, IPAMD, NODE, 7) == (VersionSeen("vpc-cni", "v1.20.4", NODE, 7),)


def test_the_agents_first_line_tells_its_version() -> None:
    line = (
        '{"level":"info","ts":"2023-10-16T11:00:53.366Z","caller":"runtime/asm_amd64.s:1598",'
        '"msg":"version","GitVersion":"v1.0.4","GitCommit":"","BuildDate":""}'
    )
    assert read_versions(line, AGENT, NODE, 7) == (VersionSeen("agent", "v1.0.4", NODE, 7),)


@pytest.mark.parametrize(
    ("text", "component"),
    [
        (reported(AGENT_IMAGE), APPLICATION),
        (reported(AGENT_IMAGE, objectRef=POD | {"namespace": "shop"}), AUDIT),
        (reported(AGENT_IMAGE, requestURI="/api/v1/pods?dryRun=All"), AUDIT),
        (reported(AGENT_IMAGE, responseStatus={"code": 409}), AUDIT),
        (reported(AGENT_IMAGE)[:-40], AUDIT),
        (reported(f"{REGISTRY}/aws-network-policy-agent:v1.1.6-mine"), AUDIT),
        (reported(f"{REGISTRY}/not-aws-network-policy-agent:v1.1.6"), AUDIT),
        (reported(f"{REGISTRY}/amazon-k8s-cni-init:v1.19.2-eksbuild.5"), AUDIT),
        ("Starting L-IPAMD v1.20.4", APPLICATION),
        ("Starting L-IPAMD v1.20", IPAMD),
        ('{"msg":"version","GitVersion":"","GitCommit":"","BuildDate":""}', AGENT),
        ('{"msg":"hello","GitVersion":"v1.0.4"}', AGENT),
    ],
)
def test_what_does_not_tell_a_version_is_not_believed(text: str, component: str) -> None:
    assert read_versions(text, component, NODE, 7) == ()


@pytest.fixture
def known() -> RunningVersions:
    """Learn an update of one node at noon; another node's kubelet has never reported."""
    known = RunningVersions()
    known.learn(
        "prod",
        [
            VersionSeen("agent", "v1.1.6", NODE, 100),
            VersionSeen("agent", "v1.2.0", NODE, 200),
            VersionSeen("vpc-cni", "v1.19.3", None, 150),
        ],
    )
    return known


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (None, Running("v1.2.0")),
        (250, Running("v1.2.0")),
        (199, Running("v1.1.6")),
        (99, Running("v1.1.6", later=True)),
    ],
)
def test_a_nodes_version_is_that_of_the_time(
    known: RunningVersions, time: int | None, expected: Running
) -> None:
    assert known.at("prod", NODE, "agent", time) == expected


def test_a_node_that_never_reported_runs_what_the_cluster_was_told(known: RunningVersions) -> None:
    assert known.at("prod", "another", "agent") == Running("v1.2.0", via="v1.19.3")
    assert known.at("prod", "another", "sdk") == Running("v1.0.12", via="v1.19.3")


def test_nothing_is_known_of_another_cluster(known: RunningVersions) -> None:
    assert known.at("staging", NODE, "agent") is None
    assert known.at("prod", NODE, "multus") is None


def test_a_version_that_all_nodes_agree_on_is_an_unknown_nodes_too() -> None:
    # Given two nodes of one version, and lines of a node that nothing names
    known = RunningVersions()
    known.learn("prod", [VersionSeen("agent", "v1.1.6", node, 7) for node in ("one", "two")])
    # When their version is asked for, then it is theirs; and nobody's once a node differs
    assert known.at("prod", None, "agent") == Running("v1.1.6")
    assert known.at(None, None, "agent") == Running("v1.1.6")
    known.learn("prod", [VersionSeen("agent", "v1.2.0", "three", 8)])
    assert known.at("prod", None, "agent") is None


def test_the_memory_is_bounded() -> None:
    known = RunningVersions()
    known.learn("prod", (VersionSeen("agent", "v1.1.6", f"node-{at}", at) for at in range(10_002)))
    known.learn("prod", (VersionSeen("agent", f"v1.1.{at}", "busy", at) for at in range(1_000)))
    assert known.at("prod", "node-1", "agent") is None
    assert known.at("prod", "node-10001", "agent") == Running("v1.1.6")
    assert known.at("prod", "busy", "agent", 5) == Running("v1.1.992", later=True)


@given(st.permutations([(100, "v1.1.5"), (200, "v1.1.6"), (300, "v1.2.0"), (400, "v1.2.0")]))
def test_late_events_come_to_the_same(order: list[tuple[int, str]]) -> None:
    known = RunningVersions()
    known.learn(None, [VersionSeen("agent", version, NODE, time) for time, version in order])
    told = [known.at(None, NODE, "agent", time) for time in (150, 250, 350, 450)]
    assert [one and one.version for one in told] == ["v1.1.5", "v1.1.6", "v1.2.0", "v1.2.0"]
