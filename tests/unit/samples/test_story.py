from collections import Counter
from pathlib import Path

import pytest

from netpolwatch import Analyzer
from netpolwatch.flows.line import parse_flow
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.identity import Knowledge
from samples import __main__ as command
from samples import reuse
from samples.generate import Event, cluster_day, write_events
from samples.story import (
    DEFAULT_END_MS,
    DEFAULT_SEED,
    QUICKSTART_SCALE,
    Expected,
    ExpectedFinding,
    expected,
)

from .conftest import Finding, Found, analyzed

_QUICKSTART = Path(command.__file__).parent / "quickstart.jsonl"


@pytest.fixture(scope="module")
def found(day: list[Event]) -> Found:
    return analyzed(day)


def _findings(story: Expected) -> Counter[Finding]:
    return Counter({_finding(one): one.count for one in story.findings})


def _finding(one: ExpectedFinding) -> Finding:
    return one.issue, one.cluster, tuple(one.subject.items()), one.at_first or one.severity


def test_given_the_day_when_analyzed_then_the_storys_findings_are_found_and_no_other(
    found: Found,
) -> None:
    assert found.findings == _findings(expected())


def test_given_the_day_when_analyzed_then_the_flows_are_counted_and_judged_as_told(
    found: Found,
) -> None:
    story = expected()
    assert found.by_verdict == story.by_verdict
    assert found.by_disposition == story.by_disposition
    assert found.by_verdict.total() == story.flows


def test_given_the_day_when_analyzed_then_every_event_is_read(
    found: Found, day: list[Event]
) -> None:
    assert found.events == expected().events == len(day)
    assert found.lost == 0


@pytest.mark.parametrize("scale", [QUICKSTART_SCALE, 0.02, 0.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_given_any_seed_and_scale_when_analyzed_then_the_story_holds(
    seed: int, scale: float
) -> None:
    found = analyzed(cluster_day(seed=seed, end_ms=DEFAULT_END_MS, scale=scale))
    story = expected(scale=scale)
    assert found.findings == _findings(story)
    assert found.by_disposition == story.by_disposition
    assert found.events == story.events


def test_given_the_story_when_compared_with_the_catalogue_then_the_same_findings_are_sent() -> None:
    entries = Analyzer().entries
    for finding in expected().findings:
        entry = entries[finding.issue]
        told = entry.notify and entry.maturity == "stable" and finding.severity != "info"
        assert finding.sent == told
        assert tuple(finding.subject) == entry.group_by


def test_given_an_address_of_two_pods_when_told_then_each_asks_while_it_has_it() -> None:
    # given what the audit events show, in the order of their time
    knowledge = Knowledge()
    events = cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS, scale=0.1)
    for event in events:
        knowledge.learn(read_audit_event(event.message, event.timestamp))
    flows = ((event.timestamp, parse_flow(event.message)) for event in events)
    # when
    asked: dict[tuple[str, int], dict[str, None]] = {}
    for timestamp, flow in flows:
        if flow is not None and flow.source_ip == reuse.ADDRESS:
            owner = knowledge.owner(reuse.ADDRESS, timestamp)
            assert (owner.kind, owner.confidence) == ("pod", "high")
            assert owner.workload is not None
            name = f"{owner.namespace}/{owner.workload.kind}/{owner.workload.name}"
            ends = (flow.destination_ip or "", flow.destination_port)
            asked.setdefault(ends, {})[name] = None
    # then
    told = {(one.subject["destination"], one.subject["port"]): one for one in expected().names}
    assert {ends: tuple(names) for ends, names in asked.items()} == {
        ends: one.asked_by for ends, one in told.items()
    }
    assert sorted(len(one.asked_by) for one in told.values()) == [1, 2]


def test_given_the_story_when_told_as_json_then_each_finding_has_its_count() -> None:
    told = expected().as_json()
    assert told["findings"][0]["count"] > 1
    assert told["events"] == expected().events


def test_given_the_quickstart_file_when_told_again_then_it_is_fresh() -> None:
    # Stale: run `python -m samples --scale 0.0005 --out samples/quickstart.jsonl`.
    again = cluster_day(seed=DEFAULT_SEED, end_ms=DEFAULT_END_MS, scale=QUICKSTART_SCALE)
    assert _QUICKSTART.read_text(encoding="utf-8") == write_events(again)


def test_given_the_command_when_run_then_it_writes_the_file_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "day.jsonl"
    arguments = ["--seed", "3", "--end", "2026-06-09T12:00:00Z", "--scale", "0.001"]
    assert command.main([*arguments, "--out", str(out)]) == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == expected(scale=0.001).events
    assert f"{out}: {len(lines)} events until 2026-06-09T12:00:00.000Z" in capsys.readouterr().out


def test_given_no_time_when_the_command_is_run_then_it_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["--end", "yesterday"])
    assert "not an RFC 3339 time: yesterday" in capsys.readouterr().err
