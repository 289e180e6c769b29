"""The page of inputs: not stale, and every example is what it says."""

from pathlib import Path

import pytest

from netpolwatch import Analyzer
from netpolwatch.analysis.stream import read_records_with
from netpolwatch.ingest.catalogue import FILES, WRAPPERS, document
from netpolwatch.ingest.example import Input
from netpolwatch.ingest.laptop import COPIES, RECORDS
from netpolwatch.ingest.records import read_records
from tests.unit.analysis.running import canonical, parsed

PAGE = Path(__file__).resolve().parents[3] / "docs" / "inputs.md"
TELLING = ("pod", "namespace", "container", "host")


def named(inputs: tuple[Input, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("given", [pytest.param(one, id=one.name) for one in inputs])


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `make docs`"


@named(WRAPPERS + RECORDS + COPIES + FILES)
def test_an_example_is_read_as_the_flow_that_it_holds(given: Input, analyzer: Analyzer) -> None:
    # when
    found = parsed(given.example.encode().splitlines(keepends=True), analyzer)
    # then
    (flow,) = [one for one in found if one["kind"] == "flow"]
    assert flow["source"] == {"ip": "10.0.1.44", "port": 43322}
    assert flow["destination"] == {"ip": "10.0.3.7", "port": 8080}
    assert (flow["protocol"], flow["verdict"]) == ("TCP", "DENY")
    assert {one["kind"] for one in found if one is not flow} <= {"other"}


@named(WRAPPERS + RECORDS + COPIES + FILES)
def test_an_example_tells_what_the_page_says(given: Input, analyzer: Analyzer) -> None:
    records = read_records(given.example.encode().splitlines(keepends=True))
    record, reading = next(read_records_with(analyzer, records))
    assert record.unwrapped is not None
    told = given.told.split(", ")
    for word in TELLING:
        assert (getattr(record.unwrapped, word) is not None) == (word in told)
    assert bool(record.log_stream) == ("log stream" in told)
    assert ("time" not in told) or reading.timestamp is not None


@named(WRAPPERS)
def test_a_wrapper_is_seen_through_in_an_event_too(given: Input, analyzer: Analyzer) -> None:
    lines = given.example.split("\n")
    found = parsed([canonical(line, "/team/logs", "collector") for line in lines], analyzer)
    assert [one["kind"] for one in found] == ["flow", *["other"] * (len(lines) - 1)]
