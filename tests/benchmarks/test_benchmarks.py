"""The benchmarks run and tell the truth about their inputs; nothing here asserts a time."""

import base64
import gzip
import json
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest

from benchmarks import learning_lines
from benchmarks.__main__ import main
from benchmarks.attribution import LATER_MS, Attribution, address, cluster_facts
from benchmarks.catalogue_size import SIZES, entries_of, name_of
from benchmarks.cold_start import CatalogueStart, ColdStart
from benchmarks.designs import concerns, designs
from benchmarks.goals import Goal, judge
from benchmarks.machine import this_machine
from benchmarks.memory import Memory
from benchmarks.payloads import Payload, rounds
from benchmarks.report import markdown
from benchmarks.result import Latency, Result, read_latency
from benchmarks.shapes import SHAPES, Shape
from benchmarks.timing import Cell
from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.identity import Knowledge

ROOT = Path(__file__).resolve().parent.parent.parent


CELL = Cell(
    shape="mixed",
    events=1_000,
    design="netpolwatch",
    rounds=5,
    ns_per_event=800.0,
    events_per_second=1_250_000,
    mb_per_second=200.0,
    ratio=0.8,
    ratio_low=0.7,
    ratio_high=0.9,
    found=1.0,
)


def events_of(payload: Payload) -> list[dict[str, Any]]:
    envelope = json.loads(gzip.decompress(base64.b64decode(payload.data)))
    events: list[dict[str, Any]] = envelope["logEvents"]
    return events


def test_a_quick_run_measures_every_cell_and_writes_its_page(tmp_path: Path) -> None:
    # One test, so that one worker runs it: a run builds its bundle below build/.
    command = [sys.executable, "-m", "benchmarks", "--quick", "--date", "2026-06-09"]
    outputs = ["--out", str(tmp_path / "bench.json"), "--docs", str(tmp_path / "performance.md")]
    subprocess.run([*command, *outputs], check=True, capture_output=True, cwd=ROOT)  # noqa: S603
    _check_cells(json.loads((tmp_path / "bench.json").read_text()))
    page = (tmp_path / "performance.md").read_text()
    for title in (
        "# Performance",
        "## Goals",
        "## The engine",
        "## Attribution",
        "## Memory",
        "## Cold start",
        "## The catalogue's size",
        "## The catalogue's cold start",
    ):
        assert f"{title}\n" in page
    assert "on 2026-06-09" in page


def _check_cells(result: dict[str, Any]) -> None:
    assert result["schema"] == "netpolwatch/bench/v1"
    assert (result["date"], result["quick"]) == ("2026-06-09", True)
    measured = {(one["shape"], one["events"], one["design"]) for one in result["cells"]}
    expected = {
        (shape.name, events, design.name)
        for shape in SHAPES
        for events in (10, 100)
        for design in designs()
        if concerns(design, shape.family)
    }
    assert measured == expected
    assert all(one.keys() == asdict(CELL).keys() for one in result["cells"])
    assert {one["bytecode"] for one in result["cold_starts"]} == {True, False}
    assert [one["shape"] for one in result["memory"]] == ["mixed", "knowledge"]
    (explained,) = result["attribution"]
    assert (explained["denies"], explained["pods"], explained["named"]) == (10, 20, 1.0)
    assert result["memory"][0].keys() == {"shape", "events", "ready", "peak"}
    assert {one["design"] for one in result["sized"]} == {name_of(size) for size in SIZES}
    assert result["catalogue"].keys() == {"entries", "matcher"}
    assert result["machine"].keys() == asdict(this_machine()).keys()
    for goal in result["goals"]:
        assert goal["holds"] == (goal["verdict"] == "holds")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_no_payload_and_no_event_comes_twice(shape: Shape) -> None:
    made = list(islice(rounds(shape, 20, seed=1, at_least=40), 3))
    payloads = [payload for one in made for payload in one.payloads]
    ids = [event["id"] for payload in payloads for event in events_of(payload)]
    assert len(ids) == sum(one.events for one in made) == 3 * 40
    assert len(set(ids)) == len(ids)
    assert len({payload.data for payload in payloads}) == len(payloads)
    assert made == list(islice(rounds(shape, 20, seed=1, at_least=40), 3))
    assert made != list(islice(rounds(shape, 20, seed=2, at_least=40), 3))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_design_reads_every_shape(shape: Shape) -> None:
    (one,) = islice(rounds(shape, 50, seed=3), 1)
    for design in designs():
        for payload in one.payloads:
            reading = design.read(payload.data)
            # What the engine does not find is told in the report; the others must be fair.
            if design.flows is not None and design.name != "netpolwatch":
                assert design.flows(reading) == payload.flows


def test_flow_payloads_are_what_they_say() -> None:
    analyzer = Analyzer()
    for shape in SHAPES:
        if shape.family in ("flows", "denies"):
            (one,) = islice(rounds(shape, 200, seed=3), 1)
            (payload,) = one.payloads
            batch = analyzer.analyze(payload.data)
            assert (batch.flows, batch.by_verdict["DENY"]) == (payload.flows, payload.denies)
            assert payload.denies == 200 if shape.family == "denies" else 0 < payload.denies < 30


def test_audit_events_are_big_and_few_matter() -> None:
    shape = next(shape for shape in SHAPES if shape.name == "audit")
    (one,) = islice(rounds(shape, 1_000, seed=3), 1)
    sizes = [len(event["message"]) for payload in one.payloads for event in events_of(payload)]
    # Those that matter are small.
    assert 0 < sum(size < 2_000 for size in sizes) < 20
    assert max(sizes) < 10_500
    batches = [Analyzer().analyze(payload.data) for payload in one.payloads]
    assert 0 < sum(len(batch.sightings) for batch in batches) < 10


def test_audit_events_teach_as_often_as_they_say() -> None:
    shape = next(shape for shape in SHAPES if shape.family == "learning")
    (one,) = islice(rounds(shape, 2_000, seed=3), 1)
    messages = [event["message"] for payload in one.payloads for event in events_of(payload)]
    taught = [bool(read_audit_event(message)) for message in messages]
    assert abs(sum(taught) / len(messages) - learning_lines.TEACHING) < 0.04
    # and the engine learns nothing unless it was told to
    (plain,) = (design for design in designs() if design.name == "netpolwatch")
    (learner,) = (design for design in designs() if design.name == "learning")
    for payload in one.payloads:
        assert not plain.read(payload.data).facts
        assert len(learner.read(payload.data).facts) > payload.events * 0.3


def test_a_cluster_is_learned_with_every_pod_and_policy() -> None:
    knowledge = Knowledge()
    knowledge.learn(cluster_facts(Random(5), 300, 40))  # noqa: S311  # no secret
    assert knowledge.pods == 300
    assert {knowledge.owner(address(number), LATER_MS).kind for number in range(300)} == {"pod"}
    names = {f"team-{number}" for number in range(12)}
    assert sum(len(knowledge.policies(name, LATER_MS)) for name in names) == 40


def test_knowledge_and_attribution_have_goals_of_their_own() -> None:
    goals = judge(
        [replace(CELL, shape="learning", design="learning", ratio=1.75)],
        [Memory("mixed", 10_000, 40.0, 60.0), Memory("knowledge", 20_000, 40.0, 201.0)],
        [],
        attributions=[Attribution(1_000, 2_000, 300, 9, 80.0, 79.0, 81.0, named=0.5)],
    )
    assert [(goal.where, goal.worst, goal.verdict) for goal in goals] == [
        ("learning, 1,000 events", 1.75, "misses by 0.25 F"),
        ("2,000 pods, 300 policies", 80.0, "misses 50% of one input's flows"),
        ("mixed, 10,000 events", 60.0, "holds"),
        ("20,000 pods", 201.0, "misses by 1.00 MB"),
    ]


def test_a_goal_is_judged_by_its_worst_input() -> None:
    goals = judge(
        [
            CELL,
            replace(CELL, events=10_000, ratio=1.25),
            replace(CELL, events=100, ratio=9.0),
            replace(CELL, design="forwarder", ratio=4.0),
            replace(CELL, events=10_000, design="forwarder", ratio=4.0),
            replace(CELL, shape="file-kv", ratio=0.7),
            replace(CELL, shape="shipped-kv", ratio=0.2, found=0.0),
        ],
        [Memory("mixed", 10_000, 40.0, 60.0), Memory("audit", 1_000, 40.0, 130.5)],
        [
            ColdStart(
                "analyzer", bytecode=True, runs=3, interpreter=10, imports=120, imports_wall=130
            ),
            ColdStart(
                "analyzer", bytecode=False, runs=3, interpreter=10, imports=320, imports_wall=1
            ),
        ],
    )
    assert [(goal.where, goal.worst, goal.verdict) for goal in goals] == [
        ("mixed, 10,000 events", 1.25, "misses by 0.25 F"),
        ("file-kv, 1,000 events", 0.7, "misses 100% of one input's flows"),
        ("mixed, 10,000 events", 3.2, "holds"),
        ("audit, 1,000 events", 130.5, "misses by 2.50 MB"),
        ("analyzer", 120, "holds"),
    ]


def test_the_catalogues_cold_start_has_a_goal_of_its_own() -> None:
    (goal,) = judge([], [], [], CatalogueStart(entries=1.0, matcher=15.5))
    assert goal.verdict == "misses by 1.50 ms"


@pytest.mark.parametrize("size", SIZES)
def test_copies_of_entries_are_other_entries_that_no_line_shows(size: int) -> None:
    entries = entries_of(size)
    assert len({entry.id for entry in entries}) == size
    ours = {entry.id for entry in Analyzer().entries.values()}
    analyzer = Analyzer(AnalyzerConfig(entries=entries))
    for shape in SHAPES:
        (one,) = islice(rounds(shape, 50, seed=3), 1)
        for payload in one.payloads:
            assert set(analyzer.analyze(payload.data).issues) <= ours


def test_slow_and_blind_is_said_together() -> None:
    (goal,) = judge([replace(CELL, shape="file-kv", ratio=1.8, found=0.25)], [], [])
    assert goal.verdict == "misses by 1.00 F, misses 75% of one input's flows"


def test_what_was_not_measured_is_not_judged() -> None:
    assert judge([], [], []) == []
    assert judge([replace(CELL, events=100, ratio=9.0)], [], []) == []


@pytest.mark.parametrize("kind", ["most", "least"])
def test_a_bound_that_is_met_exactly_holds(kind: Literal["most", "least"]) -> None:
    assert Goal("a goal", kind, 3.0, "F", 3.0, "here").holds


def test_the_demos_latency_is_told_where_there_is_one(tmp_path: Path) -> None:
    demo = tmp_path / "demo.json"
    assert read_latency(demo) is None
    measured = {"median": 0.11, "slowest": 0.5, "probes": 15}
    demo.write_text(json.dumps({"seconds": {"line_to_message": measured}}))
    latency = read_latency(demo)
    assert latency == Latency(0.11, 0.5, 15)
    page = markdown(Result(None, False, this_machine(), [], [], [], [], latency))
    assert "| 110 ms | 500 ms | 15 |" in page


def test_an_unknown_shape_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--shape", "round"])
    assert "invalid choice" in capsys.readouterr().err
