"""`netpolwatch catalogue test`, and private entries in a run."""

from pathlib import Path

from tests.unit.catalogue.test_private import folder
from tests.unit.cli.running import netpolwatch

LINE = "gateway refused 12 connections\n"


def test_a_folder_that_proves_itself(tmp_path: Path) -> None:
    run = netpolwatch("catalogue", "test", folder(tmp_path, gateway_refused={}))
    assert (run.status, run.err) == (0, "")
    assert run.out == "ok     gateway-refused  2 examples, 2 counterexamples\n"


def test_a_wrong_example_is_told_and_fails(tmp_path: Path) -> None:
    examples = [{"line": "gateway refused 12 connections", "fields": {"count": "13"}}]
    examples.append({"line": "gateway is well", "fields": {}})
    run = netpolwatch("catalogue", "test", folder(tmp_path, gateway_refused={"examples": examples}))
    assert run.status == 1
    assert "FAILED gateway-refused" in run.out
    assert "example 1: field count: '12' is found, '13' is wanted" in run.out
    assert "example 2: is not found as a sighting" in run.out


def test_private_entries_take_part_in_a_run(tmp_path: Path) -> None:
    directory = folder(tmp_path, gateway_refused={})
    (found,) = netpolwatch("parse", "--catalogue", directory, given=LINE).objects
    assert (found["kind"], found["issue"]) == ("sighting", "gateway-refused")
    run = netpolwatch("analyze", "--catalogue", directory, "--format", "json", given=LINE)
    assert [finding["issue"] for finding in run.document["findings"]] == ["gateway-refused"]
    (other,) = netpolwatch("parse", given=LINE).objects
    assert other["kind"] == "other"


def test_a_folder_that_is_not_there_is_one_clear_line() -> None:
    run = netpolwatch("parse", "--catalogue", "nowhere", given=LINE)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert "nowhere: no such folder" in run.err


def test_the_version_is_told() -> None:
    run = netpolwatch("--version")
    assert (run.status, run.err) == (0, "")
    assert run.out.startswith("netpolwatch 0.")
