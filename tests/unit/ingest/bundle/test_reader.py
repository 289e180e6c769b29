"""A bundle laid out like a real one: every log, in the order of time, with its node."""

import io
from pathlib import Path

import pytest

from netpolwatch import Analyzer
from netpolwatch.analysis.files import batches
from netpolwatch.ingest.bundle.limits import Limits
from netpolwatch.ingest.bundle.reader import Bundle
from netpolwatch.ingest.origin import Origin, origin_of
from samples.bundle import FILE_NAME, FORMS, INSTANCE, NODE, write_bundle, write_folder
from samples.hostile_bundle import LINE, LOG, tar_of
from tests.unit.ingest.bundle.making import bundle_of, folder_of, opener, texts


def sample(form: str = "tar.gz", megabytes: int = 3) -> bytes:
    file = io.BytesIO()
    write_bundle(file, log_bytes=megabytes * 1_000_000, form=form)
    return file.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same(form: str) -> None:
    bundle = bundle_of(sample(form), FILE_NAME)
    components = {member.component for member in bundle.members if member.component}
    assert components == {
        "network-policy-agent", "aws-node", "ipamd", "cni-plugin", "kubelet", "host",
    }  # fmt: skip
    assert {member.node for member in bundle.members} == {NODE}
    assert bundle.unknown["networking"] == 2
    assert bundle.unknown["copy"] == 3
    assert sum(1 for _ in bundle.records()) == 12_010
    assert bundle.notes == ()
    assert bundle.ebpf.programs[0].pod == "web-5f7-shop"


def test_a_folder_gives_the_same(tmp_path: Path) -> None:
    write_folder(tmp_path, log_bytes=3_000_000)
    files = [file for file in sorted(tmp_path.rglob("*")) if file.is_file()]
    bundle = folder_of({file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in files})
    assert sum(1 for _ in bundle.records()) == 12_010


def test_its_faults_are_found() -> None:
    analyzer = Analyzer()
    seen = {
        (sighting.issue, sighting.component, sighting.node)
        for batch in batches(analyzer, bundle_of(sample()).records())
        for sighting in batch.sightings
    }
    assert ("npa-link-not-found", "network-policy-agent", NODE) in seen
    assert ("npa-bpf-map-update-failed", "network-policy-agent", NODE) in seen


def test_a_refused_sandbox_in_containerds_log_is_found() -> None:
    # given kubelet's log has rotated away
    refused = (
        'Jan 10 10:00:00 ip-10-0-1-9 containerd[2345]: time="2026-01-10T10:00:00.1Z" level=error'
        ' msg="RunPodSandbox for &PodSandboxMetadata{Name:web-0,Uid:u,Namespace:shop,Attempt:0,}'
        ' failed, error" error="rpc error: code = Unknown desc = failed to setup network for'
        ' sandbox \\"1\\": plugin type=\\"aws-cni\\" name=\\"aws-cni\\" failed (add): add cmd:'
        ' failed to assign an IP address to container"\n'
    )
    content = tar_of(("containerd/containerd-log.txt", refused.encode()))
    # when
    found = list(batches(Analyzer(), bundle_of(content, FILE_NAME).records()))
    # then
    assert [sighting.issue for batch in found for sighting in batch.sightings] == [
        "ipamd-no-free-ips"
    ]


def test_lines_are_numbered_through_and_named() -> None:
    content = tar_of((LOG, b"a\n\nb"), ("var_log/messages", b"c\r\n"))
    records = list(bundle_of(content, FILE_NAME).records(first_line=10))
    assert [(r.line, r.event.message, r.log_group, r.log_stream) for r in records] == [
        (10, "a", f"node-bundle/{INSTANCE}", LOG),
        (12, "b", f"node-bundle/{INSTANCE}", LOG),
        (13, "c", f"node-bundle/{INSTANCE}", "var_log/messages"),
    ]
    assert origin_of(records[0].log_group, records[0].log_stream) == Origin(
        "network-policy-agent", INSTANCE
    )


def test_canonical_events_in_a_folder_keep_their_names() -> None:
    event = b'{"message":"m","logGroup":"/aws/eks/c/cluster","logStream":"kube-scheduler-1"}\n'
    (record,) = folder_of({"export/day.jsonl": event}).records()
    assert (record.log_group, record.log_stream) == ("/aws/eks/c/cluster", "kube-scheduler-1")


ROTATED = {
    "network-policy-agent.log": b"4\n",
    "network-policy-agent-2026-01-10T10-00-00.000.log": b"3\n",
    "network-policy-agent-2026-01-09T10-00-00.000.log": b"2\n",
    "network-policy-agent-2026-01-08T10-00-00.000.log": b"1\n",
}


@pytest.mark.parametrize("turned", [False, True])
def test_rotated_files_come_oldest_first(*, turned: bool) -> None:
    names = list(ROTATED)[:: -1 if turned else 1]
    content = tar_of(*((f"var_log/aws-routed-eni/{name}", ROTATED[name]) for name in names))
    assert texts(bundle_of(content)) == ["1", "2", "3", "4"]


def test_too_many_rotated_files_come_as_they_lie_and_that_is_told() -> None:
    content = tar_of(*((f"var_log/messages.{number}", b"%d\n" % number) for number in range(1, 30)))
    bundle = bundle_of(content, limits=Limits(sweeps=4))
    assert sorted(texts(bundle), key=int) == [str(number) for number in range(1, 30)]
    assert bundle.notes == ("too many rotated files to bring all into order",)


def test_progress_adds_up_to_the_size() -> None:
    content, steps = sample(), list[int]()
    bundle = Bundle("b", [("", opener(content))], size=len(content), progress=steps.append)
    list(bundle.blocks())
    assert sum(steps) == len(content)
    assert min(steps) > 0
    assert len(steps) > 2


def test_a_file_that_goes_away_is_told() -> None:
    def gone() -> io.BytesIO:
        raise FileNotFoundError(2, "No such file or directory")

    bundle = Bundle("b", [("a.log", opener(LINE)), ("b.log", gone)])
    assert len(texts(bundle)) == 1
    assert bundle.notes == (
        "1 member left out: cannot be read (No such file or directory), first b.log",
    )


def test_long_lines_and_missing_ends_are_whole_blocks() -> None:
    long = b"x" * 3_000_000
    content = tar_of((LOG, b"a\n" + long + b"\nb\n" * 200_000 + b"end"))
    bundle = bundle_of(content, limits=Limits(line_bytes=1_000_000))
    lines = texts(bundle)
    assert lines[0] == "a"
    assert len(lines[1]) == 1_000_000
    assert set(lines[2:-1]) == {"b", ""}
    assert lines[-1] == "end"


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("ip-10-0-1-9.ec2.internal-logs.tar.gz", "ip-10-0-1-9.ec2.internal"),
        ("eks_i-0abc0abc0abc0abc0_2026-01-10_1000-UTC_0.7.8.tar.gz", "i-0abc0abc0abc0abc0"),
        ("logs.tar.gz", None),
    ],
)
def test_the_file_name_tells_the_node(name: str, node: str | None) -> None:
    bundle = bundle_of(tar_of((LOG, LINE)), name)
    assert [member.node for member in bundle.members] == [node]


def test_a_folder_of_bundles_has_several_nodes() -> None:
    one = tar_of(("kernel/uname.txt", b"Linux node-a 6.1\n"), (LOG, LINE))
    bundle = folder_of({"a.tar": one, "b-logs.tar": tar_of((LOG, LINE)), "c/" + LOG: LINE})
    assert [member.node for member in bundle.members] == ["node-a", "b", None]
