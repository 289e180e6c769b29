"""`netpolwatch explain`: a day's verdicts with their workloads and policies."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.corpus import cluster_day
from tests.unit.cli.running import ACCEPT, DENY, netpolwatch

KEYS = [
    "line", "source", "destination", "direction", "isolating", "allowing", "nearest_miss",
    "disposition", "confidence", "as_of", "sentence",
    "protocol", "verdict", "tier", "since", "suggestion", "deviations",
]  # fmt: skip
END = ["ip", "port", "kind", "namespace", "name", "workload", "confidence", "evidence"]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    for name in ("audit.events.jsonl", "flows.events.jsonl", "snapshot.yaml"):
        (folder / name).write_bytes(cluster_day.content(name))
    return folder


def test_every_verdict_is_a_row_in_order(day: Path) -> None:
    run = netpolwatch(
        "explain", "--events", day / "audit.events.jsonl", "--snapshot", day / "snapshot.yaml",
        "--format", "jsonl", day / "flows.events.jsonl",
    )  # fmt: skip
    assert (run.status, run.err) == (0, "")
    assert [row["line"] for row in run.objects] == [each["line"] for each in cluster_day.truth()]
    for row, truth in zip(run.objects, cluster_day.truth(), strict=True):
        assert list(row) == KEYS
        assert list(row["source"]) == list(row["destination"]) == END
        assert row["disposition"] == truth["disposition"]
        assert row["source"]["kind"] == truth["src"]["kind"]
        assert row["suggestion"] is None or row["disposition"] == "violation"
    suggested = [row["suggestion"] for row in run.objects if row["suggestion"]]
    assert len(suggested) > 100
    for text in suggested:
        assert text.startswith("# A suggestion to review: ")
        assert yaml.safe_load(text)["kind"] == "NetworkPolicy"


def test_what_the_file_of_verdicts_holds_of_audit_events_is_learned(day: Path) -> None:
    # given one log group's events in one file
    both = b"".join((day / f"{name}.events.jsonl").read_bytes() for name in ("audit", "flows"))
    run = netpolwatch("explain", "--format", "jsonl", "-", given=both)
    named = [row for row in run.objects if row["destination"]["kind"] == "pod"]
    assert len(run.objects) == len(cluster_day.truth())
    assert len(named) > 100


def test_an_explanation_says_who_and_why(day: Path) -> None:
    events = json.loads(cluster_day.content("flows.events.jsonl").splitlines()[0])
    run = netpolwatch(
        "explain", "--events", day / "audit.events.jsonl", "-", given=json.dumps(events) + "\n"
    )
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith("1 verdict  1 violation\n")
    assert "observability/DaemonSet/log-shipper (10.42.34.10)" in run.out
    assert "egress, isolated by observability/shipper-out" in run.out
    assert "violation (high confidence)" in run.out
    assert "\nSUGGESTED POLICIES  1, to review before they are applied\n# A sugg" in run.out
    assert "\n  name: allow-log-shipper-to-imds-80-egress\n" in run.out


def test_a_table_comes_first_then_blocks_by_policy_and_every_deny_is_counted(day: Path) -> None:
    # given the day's verdicts as text
    known = ("--snapshot", day / "snapshot.yaml", "--events", day / "audit.events.jsonl")
    run = netpolwatch("explain", *known, "--top", "1000", day / "flows.events.jsonl")
    table, *blocks = run.out.split("\n\n")
    # then the table counts each DENY once, and so do the blocks
    denied = sum(truth["verdict"] == "DENY" for truth in cluster_day.truth())
    assert table.startswith(f"{denied} verdicts  ")
    assert sum(map(int, re.findall(r"^  (\d+)x ", table, re.MULTILINE))) == denied
    drawn = "\n".join(blocks)
    assert sum(map(int, re.findall(r"^  (\d+)x  \S.*  lines? ", drawn, re.MULTILINE))) == denied
    assert sum(" policy " in block.splitlines()[0] for block in blocks) <= 15
    left_out = len(cluster_day.truth()) - denied
    assert f"{left_out} verdicts that are no DENY are left out" in run.out


def test_a_policys_missing_rules_are_merged_and_can_be_applied(day: Path) -> None:
    known = ("--snapshot", day / "snapshot.yaml", "--events", day / "audit.events.jsonl")
    run = netpolwatch("explain", *known, "--only", "violation", day / "flows.events.jsonl")
    # when the suggestions are read as a person copies them
    policies = list(yaml.safe_load_all(run.out.split("to review before they are applied\n")[1]))
    # then there are fewer than conversations, and none has a name twice
    names = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in policies]
    assert 10 < len(names) < 40
    assert len(names) == len(set(names))


def test_filters_choose_verdicts(day: Path) -> None:
    known = ("--snapshot", day / "snapshot.yaml", "--events", day / "audit.events.jsonl")
    flows = day / "flows.events.jsonl"
    legacy = netpolwatch("explain", *known, "--namespace", "legacy", flows).out
    assert "policy legacy/bridge-locked" in legacy
    assert "policy checkout/default-deny-all" not in legacy
    replies = netpolwatch("explain", *known, "--only", "reply", flows).out
    assert replies.splitlines()[0].endswith(" reply")
    whole = netpolwatch("explain", *known, "--accepts", flows)
    assert "are left out" not in whole.out
    assert "\nPASSED\n" in whole.out


def test_an_accept_alone_is_explained() -> None:
    run = netpolwatch("explain", "-", given=ACCEPT)
    assert run.out.startswith("1 verdict  1 ACCEPT\n")


def test_a_file_without_a_verdict_is_said_to_be_one() -> None:
    run = netpolwatch("explain", "-", given="nothing\n")
    assert (run.status, run.out) == (0, "")
    assert "no verdict in it" in run.err


def test_a_snapshot_that_powershell_wrote_is_read(day: Path) -> None:
    # given what `kubectl get … > file` leaves on Windows
    text = (day / "snapshot.yaml").read_text().replace("\n", "\r\n")
    (day / "windows.yaml").write_bytes(text.encode("utf-16"))
    # when
    told = [
        netpolwatch("explain", "--format", "jsonl", "--snapshot", day / name, "-", given=DENY)
        for name in ("windows.yaml", "snapshot.yaml")
    ]
    # then
    assert told[0] == told[1]
    assert told[0].status == 0


def test_a_packed_snapshot_is_read(day: Path) -> None:
    packed = day / "snapshot.yaml.gz"
    packed.write_bytes(gzip.compress((day / "snapshot.yaml").read_bytes()))
    flows = day / "flows.events.jsonl"
    runs = [
        netpolwatch("explain", "--format", "jsonl", "--snapshot", each, flows)
        for each in (packed, day / "snapshot.yaml")
    ]
    assert runs[0].status == 0
    assert runs[0].out == runs[1].out
    packed.write_bytes(packed.read_bytes()[:-20])
    cut = netpolwatch("explain", "--snapshot", packed, flows)
    assert (cut.status, cut.err.count("\n")) == (2, 1)


def test_without_knowledge_the_answer_is_unknown() -> None:
    (row,) = netpolwatch("explain", "--format", "jsonl", "-", given=DENY).objects
    assert (row["disposition"], row["isolating"], row["as_of"]) == ("unknown", [], None)
    assert (row["source"]["kind"], row["source"]["confidence"]) == ("unknown", "low")


@pytest.mark.parametrize(
    ("text", "said"), [(None, "No such file"), ("a: &x 1\nb: *x", "alias"), ("]", "no YAML")]
)
def test_a_snapshot_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    file = tmp_path / "snapshot.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    run = netpolwatch("explain", "--snapshot", file, "-", given=DENY)
    assert (run.status, run.out) == (2, "")
    assert run.err.count("\n") == 1
    assert said in run.err


def test_an_analysis_with_a_snapshot_judges_by_the_policies_of_the_time(day: Path) -> None:
    # given
    right = Counter(each["disposition"] for each in cluster_day.truth() if each["disposition"])
    both = day / "both.jsonl"
    both.write_bytes(
        b"".join((day / f"{name}.events.jsonl").read_bytes() for name in ("audit", "flows"))
    )
    # when
    run = netpolwatch("analyze", "--snapshot", day / "snapshot.yaml", "--format", "json", both)
    # then
    assert (run.status, run.err) == (0, "")
    found = Counter(run.document["flows"]["by_disposition"])
    assert sum(abs(found[name] - right[name]) for name in found | right) <= 0.05 * right.total()


def test_an_analysis_with_a_snapshot_names_who_was_denied_and_what_policies_say(day: Path) -> None:
    # given the day's verdicts, each with its truth
    said = {
        (event["message"]): truth
        for event, truth in zip(cluster_day.events("flows"), cluster_day.truth(), strict=True)
    }
    flows, snapshot = day / "flows.events.jsonl", day / "snapshot.yaml"
    # when they are analyzed beside the day's audit events
    run = netpolwatch(
        "analyze", "--snapshot", snapshot, "--format", "json", day / "audit.events.jsonl", flows
    )
    denied = [
        one for one in run.document["findings"]
        # One of many conversations that were not told apart has no ends of its own.
        if one["issue"] == "denied-conversation" and one["subject"]["source"] != "other"
    ]  # fmt: skip
    # then each conversation is told as its first packet's truth says
    assert len(denied) > 100
    for finding in denied:
        first = min(finding["evidence"], key=lambda one: str(one["timestamp"]))
        truth = said[first["text"]]
        source, destination = finding["identities"][:2]
        assert source["name"] == truth["src"]["name"] or source["kind"] == "external"
        assert destination["namespace"] == truth["dst"]["namespace"]
        if finding["identities"][2:]:
            # Its address was another pod's later: policies of both were asked.
            continue
        assert set(finding["policies"]) >= set(truth["isolating_policies"])
        assert (finding["judged"] or "unknown").startswith(truth["disposition"])
    # and those that policies allow are among them
    judged = Counter(one["judged"].split()[0] for one in denied if one["judged"])
    assert judged.keys() == {"violation", "agent-state"}
    assert judged["agent-state"] >= 5


def test_a_report_by_policies_names_workloads_and_the_nodes_own_probes(day: Path) -> None:
    # given
    files = ("--snapshot", day / "snapshot.yaml", day / "audit.events.jsonl",
             day / "flows.events.jsonl")  # fmt: skip
    # when
    shown = netpolwatch("analyze", *files).out
    report = json.loads(netpolwatch("analyze", "--format", "json", *files).out)
    # then
    assert "policy storefront/default-deny-ingress" in shown
    assert (
        "ingress of storefront/Deployment/web-canary from storefront/Deployment/web: TCP 3000"
        in shown
    )
    probes = [each for each in report["findings"] if each["issue"] == "kubelet-probe-denied"]
    assert len(probes) == 3
    assert all("the node's own traffic" in each["judged"] for each in probes)


def test_lines_of_several_files_are_numbered_through(day: Path) -> None:
    flows, files = day / "flows.events.jsonl", []
    for number, lines in enumerate((flows.read_text().splitlines()[:3],) * 2):
        files.append(day / f"part-{number}.jsonl")
        files[-1].write_text("\n".join(lines) + "\n")
    run = netpolwatch("explain", "--format", "jsonl", "--snapshot", day / "snapshot.yaml", *files)
    assert [row["line"] for row in run.objects] == [1, 2, 3, 4, 5, 6]
