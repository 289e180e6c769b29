"""What a terminal shows: readable at every width, log text never markup."""

from io import StringIO
from typing import Literal

import pytest
from rich.console import Console

from netpolwatch.analysis.batch import Batch
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.model import Finding
from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.reporting.issues import issue_row, render_issue, render_issues
from netpolwatch.reporting.summary import Summary
from netpolwatch.reporting.terminal import render_report
from tests.unit.findings.making import finding
from tests.unit.reporting.golden import assert_golden

WIDTHS = [40, 80, 140]
ENTRIES = default_entries()
HOSTILE = "[bold red]x[/]\x1b[2J\r\n[link=http://evil]\u202e[/"


def console(width: int, *, colours: bool = False) -> tuple[Console, StringIO]:
    file = StringIO()
    system: Literal["standard"] | None = "standard" if colours else None
    return Console(file=file, width=width, force_terminal=colours, color_system=system), file


def denied(source: str | None, port: int, disposition: str = "violation") -> Flow:
    judged: dict[str, Judgement] = {
        "violation": Judgement("violation", "medium", ("a request",)),
        "reply": Judgement("reply", "low", ("an answer",)),
    }
    return Flow(
        "cloudwatch", source, 43_322, "172.20.0.10", port, "UDP", "DENY",
        judgement=judged[disposition],
    )  # fmt: skip


def summary() -> Summary:
    whole = Summary(files=2)
    batch = Batch(events=1_234_567, oldest=0, newest=1, unparsed=3, dropped=4)
    batch.by_verdict.update({"ACCEPT": 1_000_000, "DENY": 3, "EXPIRED/DELETED": 7})
    batch.by_disposition.update({"violation": 2, "reply": 1})
    batch.denies += [denied("10.0.1.44", 53), denied("10.0.1.44", 53), denied(None, 8080, "reply")]
    whole.add(batch)
    return whole


FINDINGS = [
    finding(severity="critical", issue="policyendpoint-rbac-forbidden", count=12_345,
            escalated="3 nodes within 30 min", subject={
        "user": "system:serviceaccount:kube-system:amazon-network-policy-controller-k8s",
        "verb": "create", "resource": "policyendpoints",
    }),
    finding(),
    finding(severity="low", issue="denied-conversation", subject={
        "source": "2001:db8:0:1::44", "destination": "2001:db8:0:2::25", "port": 8443,
        "protocol": "TCP",
    }),
    finding(severity="info", issue="insufficient-pod-eni", subject={}),
]  # fmt: skip


def report(width: int, findings: list[Finding], *, colours: bool = False) -> str:
    target, file = console(width, colours=colours)
    render_report(target, summary(), "retail-prod", findings)
    return file.getvalue()


def stripped(shown: str) -> str:
    """Drop the spaces that fill a table's lines."""
    return "".join(f"{line.rstrip()}\n" for line in shown.splitlines())


def test_a_report_of_80_columns() -> None:
    assert_golden("report.txt", stripped(report(80, FINDINGS)))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_fits_and_loses_nothing(width: int) -> None:
    shown = report(width, FINDINGS)
    commands = [line for line in shown.splitlines() if line.startswith("     $ ")]
    assert all(len(line) <= width for line in shown.splitlines() if line not in commands)
    assert {f"     $ {step.run}" for step in FINDINGS[1].remedy if step.run} <= set(commands)
    together = "".join(shown.split())
    for told in FINDINGS:
        assert "".join(told.issue.split()) in together
        for value in told.subject.values():
            assert str(value) in together


def test_an_empty_run_says_so() -> None:
    target, file = console(80)
    render_report(target, Summary(files=1), None, [])
    assert_golden("report-of-nothing.txt", stripped(file.getvalue()))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colours", [False, True])
def test_hostile_text_is_text(width: int, *, colours: bool) -> None:
    # Given names from the logs that look like markup and terminal sequences
    target, file = console(width, colours=colours)
    whole = summary()
    whole.by_verdict[HOSTILE] += 1
    # When a report shows them
    render_report(target, whole, HOSTILE, [finding(subject={"node": HOSTILE, HOSTILE: "x"})])
    # Then the markup stands there as it was written, and no sequence is theirs
    shown = file.getvalue()
    assert "[boldred]" in "".join(shown.split())
    assert "\x1b[2J" not in shown
    assert "\x1b]8" not in shown
    assert "\u202e" not in shown
    assert "\r" not in shown
    if not colours:
        assert "\x1b" not in shown


def test_findings_beyond_the_shown_ones_are_told_of() -> None:
    assert "and 1,958 more" in report(80, [finding()] * 2000)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_of_issues_fits_and_loses_nothing(width: int) -> None:
    target, file = console(width)
    render_issues(target, ENTRIES)
    shown = file.getvalue()
    assert all(len(line) <= width for line in shown.splitlines())
    if width >= 80:
        assert all(entry.id in shown for entry in ENTRIES)


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_narrow_list_of_issues_folds_versions_and_cuts_none(width: int) -> None:
    # given a terminal without room for a column of versions
    target, file = console(width)
    # when
    render_issues(target, ENTRIES)
    # then
    told = "".join(file.getvalue().split())
    for entry in ENTRIES:
        assert "".join((entry.fixed_version or "").split()) in told
        assert entry.maturity in told


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("known", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_an_issues_page_has_its_commands_whole(width: int, known: Entry) -> None:
    target, file = console(width)
    render_issue(target, known)
    lines = file.getvalue().splitlines()
    for command in known.remedy:
        assert command.run is None or f"   $ {command.run}" in lines
    assert {known.docs, *known.upstream} <= set(lines)


def test_the_pages_of_80_columns() -> None:
    target, file = console(80)
    shown = (
        "denied-conversation",
        "insufficient-pod-eni",
        "ipam-connectivity-segfault-al2023-udev",
    )
    render_issues(target, [entry for entry in ENTRIES if entry.id in shown])
    render_issue(target, next(entry for entry in ENTRIES if entry.id == "npa-link-not-found"))
    assert_golden("issues.txt", stripped(file.getvalue()))


def test_an_issue_for_a_script_has_all_its_keys() -> None:
    assert set(issue_row(ENTRIES[0])) == {
        "id", "title", "summary", "severity", "component", "maturity", "versions", "sources",
        "group_by", "notified", "remedy", "docs", "upstream", "threshold", "repeated", "waits_for",
        "escalate",
    }  # fmt: skip
