"""`netpolwatch analyze`: the whole engine over files, as a report or as JSON."""

import json
from pathlib import Path

import pytest

from netpolwatch.findings.fingerprint import finding_id
from tests.unit.cli.running import (
    ACCEPT,
    DENY,
    GROUP,
    LINK_NOT_FOUND,
    NODE,
    STREAM,
    event,
    netpolwatch,
)

FINDING_KEYS = {
    "schema", "id", "account", "region", "cluster", "issue", "title", "severity", "status",
    "episode", "subject", "count", "first_seen", "last_seen", "resolved_at", "component",
    "confidence", "evidence", "identities", "policies", "remedy", "docs", "upstream",
    "affected_versions", "fixed_in", "running_versions", "version_note", "escalated", "links",
    "extent",
    "judged", "since", "changed_by", "change",
}  # fmt: skip


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Write a minute of a cluster: two denied look-ups, an answer, a fault that repeats."""
    file = tmp_path / "events.jsonl"
    lines = [
        event(DENY, 0), event(DENY.replace("43322", "43323"), 1), event(ACCEPT, 2),
        *(event(LINK_NOT_FOUND, at, f"{NODE}-dataplane.tail.var.log.ebpf-sdk.log")
          for at in (3, 4, 5)),
        "not an event\n",
    ]  # fmt: skip
    file.write_text("".join(lines))
    return file


def test_json_is_the_contracts(events: Path) -> None:
    run = netpolwatch("analyze", "--format", "json", events)
    assert (run.status, run.err) == (0, "")
    report = run.document
    findings, told = report.pop("findings"), report.pop("report")
    assert [fault["issue"] for fault in told["going_on"]] == ["npa-link-not-found"]
    assert {fault["issue"] for fault in told["recorded"]} == {
        "dns-egress-denied", "policy-tier-deny",
    }  # fmt: skip
    assert report == {
        "cluster": "retail-prod",
        "window": {"from": "2026-06-09T12:00:00.000Z", "to": "2026-06-09T12:00:05.000Z"},
        "input": {
            "files": 1, "events": 7, "flows": 3, "unparsed": 0, "unread": {},
            "unread_examples": {}, "dropped": 0,
            "bytes": events.stat().st_size,
            "members": 0, "unknown_members": {}, "notes": [],
        },
        "flows": {
            "by_verdict": {"DENY": 2, "ACCEPT": 1},
            "by_disposition": {"violation": 2},
            "top_denied": [
                {"source": "10.0.1.44", "destination": "172.20.0.10", "port": 53,
                 "protocol": "UDP", "disposition": "violation", "count": 2},
            ],
        },
    }  # fmt: skip
    assert {found["issue"] for found in findings} == {
        "npa-link-not-found", "dns-egress-denied", "policy-tier-deny",
    }  # fmt: skip
    for found in findings:
        assert set(found) == FINDING_KEYS
    by_issue = {found["issue"]: found for found in findings}
    link, denied = by_issue["npa-link-not-found"], by_issue["dns-egress-denied"]
    assert link["subject"] == {"node": NODE}
    assert link["id"] == finding_id("npa-link-not-found", "retail-prod", {"node": NODE})
    assert denied["count"] == 2
    assert denied["links"] == {"logs_insights": None, "dashboard": None}
    assert denied["evidence"][0] | {"text": ""} == {
        "timestamp": "2026-06-09T12:00:00.000Z", "log_group": GROUP, "log_stream": STREAM,
        "text": "",
    }  # fmt: skip
    nothing = ("account", "region", "resolved_at")
    assert all(denied[key] is None for key in nothing)


def test_filters_choose_findings_and_what_fails(events: Path) -> None:
    # given a fault that is high, and nothing else that is
    run = netpolwatch("analyze", "--format", "json", "--issue", "npa-*", events)
    assert [found["issue"] for found in run.document["findings"]] == ["npa-link-not-found"]
    assert run.document["report"]["filters"] == ["issue npa-*"]
    # when a filter leaves it out, then it is no reason to fail
    assert netpolwatch("analyze", "--fail-on", "high", events).status == 1
    assert netpolwatch("analyze", "--fail-on", "high", "--issue", "dns-*", events).status == 0


def test_the_first_screen_alone(events: Path) -> None:
    brief = netpolwatch("analyze", "--brief", events)
    assert brief.out.splitlines()[2] == "STILL GOING ON  1 fault"
    assert len(brief.out.splitlines()) <= 20


@pytest.mark.parametrize("text", ["yesterday", "25:00", ""])
def test_a_time_that_is_none_is_refused_in_one_line(events: Path, text: str) -> None:
    run = netpolwatch("analyze", "--since", text, events)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert "15:30, 2026-06-09T15:30Z or 2h" in run.err


def test_a_time_of_day_is_one_of_the_logs_last_day(events: Path) -> None:
    late = netpolwatch("analyze", "--since", "12:00", "--until", "11:59", events)
    assert "Only since 2026-06-09T12:00:00.000Z." in late.out
    assert "Only until 2026-06-09T11:59:00.000Z." in late.out


def test_nothing_in_is_an_empty_report() -> None:
    report = netpolwatch("analyze", "--format", "json").document
    assert report.pop("report")["causes"] == []
    assert report == {
        "cluster": None,
        "window": {"from": None, "to": None},
        "input": {
            "files": 1, "events": 0, "flows": 0, "unparsed": 0, "unread": {},
            "unread_examples": {}, "dropped": 0, "bytes": 0,
            "members": 0, "unknown_members": {}, "notes": [],
        },
        "flows": {"by_verdict": {}, "by_disposition": {}, "top_denied": []},
        "findings": [],
    }  # fmt: skip
    assert "Nothing was read: the input is empty." in netpolwatch("analyze").out


def test_the_same_fault_has_the_same_id_in_every_run(events: Path) -> None:
    lines = events.read_text().splitlines(keepends=True)
    ids = {
        tuple(found["id"] for found in netpolwatch(
            "analyze", "--format", "json", given="".join(order)).document["findings"])
        for order in (lines, lines[::-1])
    }  # fmt: skip
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("option", "cluster"), [([], None), (["--cluster", "retail-prod"], "retail-prod")]
)
def test_a_cluster_that_nothing_tells_may_be_named(option: list[str], cluster: str | None) -> None:
    run = netpolwatch("analyze", "--format", "json", *option, given=LINK_NOT_FOUND)
    assert run.document["cluster"] == cluster
    assert run.document["findings"][0]["cluster"] == cluster


def test_several_clusters_keep_their_names(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(
        event(DENY, group="/aws/eks/a/cluster") + event(DENY, group="/aws/eks/b/cluster")
    )
    report = netpolwatch("analyze", "--format", "json", file).document
    assert report["cluster"] is None
    assert {found["cluster"] for found in report["findings"]} == {"a", "b"}


@pytest.mark.parametrize(
    ("severity", "status"),
    [("info", 1), ("low", 1), ("medium", 1), ("high", 1), ("HIGH", 1), ("critical", 0)],
)
def test_fail_on_tells_by_the_exit_code(events: Path, severity: str, status: int) -> None:
    # The gravest finding is high.
    run = netpolwatch("analyze", "--fail-on", severity, events)
    assert (run.status, run.err) == (status, "")
    assert "npa-link-not-found" in run.out


def test_without_fail_on_findings_are_no_failure(events: Path) -> None:
    assert netpolwatch("analyze", events).status == 0


def test_fail_on_without_findings_is_no_failure() -> None:
    assert netpolwatch("analyze", "--fail-on", "info", given=ACCEPT).status == 0


@pytest.mark.parametrize(
    "environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["piped", "NO_COLOR", "dumb"]
)
def test_piped_output_is_plain_text(events: Path, environment: dict[str, str]) -> None:
    run = netpolwatch("analyze", events, environment=environment)
    assert (run.status, run.err) == (0, "")
    assert "\x1b" not in run.out


def test_a_log_gets_no_progress_bar_though_it_takes_colours(events: Path) -> None:
    # CI services set FORCE_COLOR.
    run = netpolwatch("analyze", events, environment={"FORCE_COLOR": "1"})
    assert (run.status, run.err) == (0, "")
    assert "\x1b[" in run.out


def test_hostile_text_never_reaches_the_terminal(tmp_path: Path) -> None:
    # Given a cluster, a verdict and a node that are terminal sequences and markup
    file = tmp_path / "events.jsonl"
    hostile = "\x1b]0;owned\x07[bold]\u202e"
    file.write_text(
        event(LINK_NOT_FOUND, 1, f"{hostile}-dataplane.ebpf-sdk.log")
        + event(DENY.replace(NODE, hostile), 2)
        + event(DENY.replace("DENY", hostile), 3)
    )
    # When a report is printed
    run = netpolwatch("analyze", "--cluster", hostile, file)
    # Then they are text
    assert run.status == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(run.out)
    assert "[bold]" in run.out


def test_a_thousand_subjects_a_batch_are_bounded() -> None:
    lines = [DENY.replace("10.0.1.44", f"10.1.{n >> 8}.{n & 255}") for n in range(1000)]
    report = json.loads(netpolwatch("analyze", "--format", "json", given="\n".join(lines)).out)
    findings = [found for found in report["findings"] if found["issue"] == "dns-egress-denied"]
    assert len(findings) == 21
    assert sum(found["count"] for found in findings) == 1000


def test_what_an_envelope_lost_is_told(tmp_path: Path) -> None:
    # given a decoded envelope on a line, one of its elements no event
    file = tmp_path / "payloads.jsonl"
    file.write_text(
        f'{{"messageType":"DATA_MESSAGE","logGroup":"{GROUP}","logStream":"{STREAM}","logEvents":['
        f'{{"id":"1","timestamp":1,"message":"{DENY}"}},7]}}\n'
    )
    # when
    told = netpolwatch("analyze", "--format", "json", file).document["input"]
    # then
    assert (told["events"], told["flows"], told["unparsed"], told["dropped"]) == (1, 1, 1, 0)
