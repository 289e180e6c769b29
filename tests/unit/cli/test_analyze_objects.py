"""`netpolwatch analyze` finds the faults that no single event shows, and their ends."""

from pathlib import Path
from typing import Any

import pytest

from netpolwatch.catalogue.loader import load
from tests.corpus import cluster_day, histories
from tests.unit.cli.running import netpolwatch

ACTIVE = {entry.id for entry in load() if any(rule.objects for rule in entry.rules)}
LABELS = {name: label for name, label in histories.labels().items() if label.issue in ACTIVE}


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
