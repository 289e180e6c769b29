"""What a member is, by its path."""

import pytest

from netpolwatch.ingest.bundle.members import Use, describe, safe_path, turn_of, unknown_kind

HEX = "0" * 64
UID = "892ff6b4-95ee-409c-87ea-c97686b644fe"


@pytest.mark.parametrize(
    ("path", "use", "component"),
    [
        ("var_log/aws-routed-eni/network-policy-agent.log", Use.LOG, "network-policy-agent"),
        ("var_log/aws-routed-eni/network-policy-agent-2026-01-10T10-00-00.000.log.gz", Use.LOG,
         "network-policy-agent"),
        ("var_log/aws-routed-eni/ebpf-sdk.log", Use.LOG, "network-policy-agent"),
        ("var_log/aws-routed-eni/ipamd.log.1", Use.LOG, "ipamd"),
        ("ipamd/enis.json", Use.UNKNOWN, None),
        ("var_log/aws-routed-eni/egress-v6-plugin.log", Use.LOG, "cni-plugin"),
        ("kubelet/kubelet.log", Use.LOG, "kubelet"),
        ("kubelet/config.json", Use.UNKNOWN, None),
        ("kernel/dmesg.current", Use.LOG, "host"),
        ("containerd/containerd-log.txt", Use.LOG, "host"),
        ("containerd/containerd-images.txt", Use.UNKNOWN, None),
        ("containerd/containerd-config.txt", Use.UNKNOWN, None),
        ("kernel/uname.txt", Use.NODE, None),
        ("var_log/messages-20260110.gz", Use.LOG, "host"),
        ("networking/ebpf-maps-data.txt", Use.EBPF, None),
        ("networking/conntrack.txt", Use.UNKNOWN, None),
        (f"var_log/aws-node-x_kube-system_aws-eks-nodeagent-{HEX}.log", Use.LOG,
         "network-policy-agent"),
        (f"var_log/kube-system_aws-node-x_{UID}/aws-node/0.log.20260110-100000.gz", Use.LOG,
         "aws-node"),
        (f"var_log/coredns-x_kube-system_coredns-{HEX}.log", Use.UNKNOWN, "application"),
        ("automode/kube-proxy.txt", Use.LOG, "kube-proxy"),
        ("export/kube-apiserver-audit-0f/000000.gz", Use.LOG, "kube-apiserver-audit"),
        ("day.jsonl", Use.TEXT, None),
        ("plain", Use.TEXT, None),
        ("a/.git/config.txt", Use.UNKNOWN, None),
        ("setup.py", Use.UNKNOWN, None),
    ],
)  # fmt: skip
def test_a_path_tells_use_and_component(path: str, use: Use, component: str | None) -> None:
    member = describe(0, path)
    assert (member.use, member.component) == (use, component)


@pytest.mark.parametrize(
    "names",
    [
        ["a/m-20260108", "a/m-20260109.gz", "a/m"],
        ["m.log.10", "m.log.2", "m.log.1.gz", "m.log"],
        ["p/0.log.20260110-100000.gz", "p/0.log.20260110-110000", "p/0.log", "p/1.log", "p/10.log"],
        ["n-2026-01-08T10-00-00.000.log.gz", "n-2026-01-09T10-00-00.000.log", "n.log"],
    ],
)
def test_rotated_names_have_an_order(names: list[str]) -> None:
    assert sorted(sorted(names), key=turn_of) == names
    assert len({turn_of(name).log for name in names}) == 1


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./a//b", "a/b"), ("a/./b", "a/b"), ("../a", None), ("/a", None), ("a/../b", None),
        ("a\\b", None), ("a\0b", None), (".", None), ("x" * 2000, None), ("a..b", "a..b"),
    ],
)  # fmt: skip
def test_a_name_that_points_out_is_none(name: str, path: str | None) -> None:
    assert safe_path(name) == path


def test_kinds_are_short_and_plain() -> None:
    assert unknown_kind("x/gpu/a.bin") == "gpu"
    assert unknown_kind("a.PNG") == ".PNG"
    assert unknown_kind("a.\u202epng") == "other"
    assert len(unknown_kind("a." + "b" * 500)) <= 32
