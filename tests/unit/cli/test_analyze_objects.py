"""`netpolwatch analyze` finds the faults that no single event shows, and their ends."""

import random
from pathlib import Path
from typing import Any

import pytest

from netpolwatch.catalogue.loader import load
from tests.corpus import cluster_day, histories
from tests.unit.cli.running import netpolwatch

ACTIVE = {
    entry.id
    for entry in load()
    # A rule over a set-up finds nothing in a log.
    if entry.rules and all(rule.objects or rule.setup for rule in entry.rules)
}
LABELS = {name: label for name, label in histories.labels().items() if label.issue in ACTIVE}
BY_VERDICTS = {
    name: label
    for name, label in histories.labels().items()
    if name.partition("+")[0].partition("-")[0] in ("B13", "B19", "B22", "B23")
}


def _findings(path: Path) -> list[dict[str, Any]]:
    run = netpolwatch("analyze", path, "--format", "json")
    assert run.status == 0, run.err
    findings: list[dict[str, Any]] = run.document["findings"]
    return findings


@pytest.mark.parametrize(("name", "label"), LABELS.items(), ids=LABELS)
def test_a_history_shows_its_fault_and_a_twin_does_not(
    name: str, label: histories.Label, tmp_path: Path
) -> None:
    # given
    path = tmp_path / "history.jsonl"
    path.write_bytes(histories.content(name))
    # when
    found = [each for each in _findings(path) if each["issue"] == label.issue]
    # then
    assert any(each["severity"] != "info" for each in found) == label.found
    assert all(each["evidence"][0]["text"] for each in found)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("name", "label"), BY_VERDICTS.items(), ids=BY_VERDICTS)
def test_a_change_is_found_in_verdicts_in_any_order_of_events(
    name: str, label: histories.Label, seed: int, tmp_path: Path
) -> None:
    # given a history in its order (0), or in any other, a third of its events twice
    events = histories.content(name).splitlines()
    if seed:
        events += events[::3]
        random.Random(seed).shuffle(events)  # noqa: S311
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"\n".join(events))
    # when
    found = [each for each in _findings(path) if each["issue"] == label.issue]
    # then
    assert [each["severity"] != "info" for each in found] == [True] * label.found
    for each in found:
        assert each["change"]
        assert each["since"]
        assert each["changed_by"] == "arn:aws:sts::111122223333:assumed-role/Admin/alice"


def test_a_cluster_day_shows_what_was_planted_and_no_more(tmp_path: Path) -> None:
    # given
    path = tmp_path / "day.jsonl"
    path.write_bytes(cluster_day.content("audit.events.jsonl"))
    # when
    found = {
        (each["issue"], *each["subject"].values()): each["status"]
        for each in _findings(path)
        if each["issue"] in ACTIVE and each["severity"] != "info"
    }
    # then, beside what is true of the two versions that ran
    assert found == {
        ("npa-version-advisory", "v1.2.7-eksbuild.1"): "open",
        ("npa-version-advisory", "v1.3.4-eksbuild.1"): "open",
        ("networkpolicy-without-policyendpoint", "inventory", "tools-psql"): "resolved",
        ("standalone-pod-policy", "storefront", "debug-shell-2"): "resolved",
    }
