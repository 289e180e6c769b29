"""Findings that say whether what runs is affected."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.catalogue.test_running import AGENT_IMAGE, CNI_IMAGE, reported, rolled_out
from tests.unit.cli.running import GROUP, LINK_NOT_FOUND, NODE, event, netpolwatch

AUDIT_STREAM = "kube-apiserver-audit-0123456789abcdef0123456789abcdef"
NODE_STREAM = f"{NODE}-dataplane.tail.var.log.ebpf-sdk.log"
CONDITION = "agent affected if older than 1.2.0 (vpc-cni v1.19.3)"


def link_finding(*arguments: str | Path, given: str) -> dict[str, Any]:
    """Analyze lines, and give the finding of a missing link."""
    run = netpolwatch("analyze", "--format", "json", *arguments, "-", given=given)
    assert (run.status, run.err) == (0, "")
    (found,) = [one for one in run.document["findings"] if one["issue"] == "npa-link-not-found"]
    return dict(found)


@pytest.mark.parametrize("numbers", [(1, 2), (2, 1)], ids=["before", "after"])
def test_an_image_that_a_kubelet_reports_decides(numbers: tuple[int, int]) -> None:
    # Given a fault on a node, and what the node's kubelet says of its aws-node pod
    at, of_image = numbers
    lines = [
        event(LINK_NOT_FOUND, at, NODE_STREAM),
        event(reported(CNI_IMAGE, AGENT_IMAGE), of_image, AUDIT_STREAM),
    ]
    # When the events are analyzed
    found = link_finding(given="".join(lines))
    # Then the finding says that this agent is affected, and what mends it
    expected = "is affected, fixed in 1.2.0 (vpc-cni v1.19.3)"
    later = " (seen only later)" if of_image > at else ""
    assert found["version_note"] == f"agent 1.1.6-eksbuild.2{later} {expected}"
    assert found["running_versions"] == [
        {"component": "agent", "version": "v1.1.6-eksbuild.2", "nodes": [NODE], "via": None,
         "affected": True, "later": of_image > at},
    ]  # fmt: skip
    assert set(found["evidence"][0]) == {"timestamp", "log_group", "log_stream", "text"}


def test_a_write_of_the_daemon_set_decides_where_no_kubelet_reports() -> None:
    lines = [
        event(rolled_out(CNI_IMAGE), 1, AUDIT_STREAM), event(LINK_NOT_FOUND, 2, NODE_STREAM),
    ]  # fmt: skip
    assert link_finding(given="".join(lines))["version_note"] == (
        "agent 1.1.6 (of vpc-cni v1.19.2-eksbuild.5) is affected, fixed in 1.2.0 (vpc-cni v1.19.3)"
    )


def test_ipamds_first_line_decides() -> None:
    start = '{"level":"info","ts":"2026-06-09T12:00:00.000Z","msg":"Starting L-IPAMD v1.20.4  ..."}'
    lines = [
        event(start, 1, f"{NODE}-dataplane.tail.var.log.aws-routed-eni.ipamd.log"),
        event(LINK_NOT_FOUND, 2, NODE_STREAM),
    ]
    assert link_finding(given="".join(lines))["version_note"] == (
        "agent 1.2.7 (of vpc-cni v1.20.4) is not known to be affected"
    )


def test_a_version_that_is_handed_in_decides_where_no_log_tells() -> None:
    given = event(LINK_NOT_FOUND, 1, NODE_STREAM)
    told = link_finding("--vpc-cni-version", "v1.19.2-eksbuild.5", given=given)
    assert told["version_note"].startswith(
        "agent 1.1.6 (of vpc-cni v1.19.2-eksbuild.5) is affected"
    )
    assert link_finding(given=given)["version_note"] == CONDITION


def test_a_version_that_is_none_is_refused() -> None:
    run = netpolwatch("analyze", "--vpc-cni-version", "newest", "-", given="")
    assert run.status == 2
    assert "'newest' is no version of the VPC CNI" in run.err


def test_the_text_and_the_page_say_it_too() -> None:
    given = "".join(event(LINK_NOT_FOUND, at, NODE_STREAM, GROUP) for at in range(3))
    for output in ("text", "html"):
        assert CONDITION in netpolwatch("analyze", "--format", output, "-", given=given).out


def test_a_configuration_is_used_as_synth_uses_it(tmp_path: Path) -> None:
    # Given a configuration that weighs an entry otherwise, and says what runs
    config = tmp_path / "netpolwatch.yaml"
    config.write_text(
        "clusters: [{name: retail-prod}]\n"
        "vpc_cni_version: v1.19.2\n"
        "issues: {npa-link-not-found: {severity: critical}}\n"
    )
    # When a log is analyzed with it
    given = "".join(event(LINK_NOT_FOUND, at, NODE_STREAM) for at in range(3))
    found = link_finding("--config", config, given=given)
    # Then both show
    assert found["version_note"].startswith("agent 1.1.6 (of vpc-cni v1.19.2) is affected")
    assert found["severity"] == "critical"


def test_a_configuration_that_is_missing_or_wrong_is_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("clusters: [{name: a}]\nissues: {nothing-of-ours: {severity: low}}\n")
    for file, reason in ((tmp_path / "none.yaml", "no such file"), (wrong, "nothing-of-ours")):
        run = netpolwatch("analyze", "--config", file, "-", given="")
        assert (run.status, run.err.count("\n")) == (2, 1)
        assert reason in run.err


def test_the_catalogue_says_which_issues_concern_a_version() -> None:
    run = netpolwatch("issues", "--format", "json", "--vpc-cni-version", "v1.19.2")
    listed: list[dict[str, Any]] = json.loads(run.out)
    notes = {issue["id"]: issue["versions"]["note"] for issue in listed}
    assert notes["npa-link-not-found"].startswith("agent 1.1.6 (of vpc-cni v1.19.2) is affected")
    assert notes["denied-conversation"] is None
