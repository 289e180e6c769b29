"""A panic whose lines are events: one sighting, by its frames, with what shows it."""

import pytest

from netpolwatch import Analyzer
from tests.unit.analysis.running import NOW_MS, Object, canonical, envelope, event, parsed, payload

GROUP = "/aws/containerinsights/demo/dataplane"
NPA = "github.com/aws/aws-network-policy-agent/controllers"
PANIC = "panic: runtime error: invalid memory address or nil pointer dereference [recovered]"


def _stream(node: str) -> str:
    pod = "aws-node-x7k2p_kube-system_aws-node"
    return f"{node}-dataplane.var.log.containers.{pod}-{'ab12' * 16}.log"


def _trace(goroutine: int, address: str, line: int) -> list[str]:
    return [
        PANIC,
        "\tpanic: runtime error: invalid memory address or nil pointer dereference",
        f"[signal SIGSEGV: segmentation violation code=0x1 addr={address} pc=0xaaaa]",
        f"goroutine {goroutine} [running]:",
        f"panic({{{address}?, 0x1?}})",
        f"{NPA}.(*PolicyEndpointsReconciler).configureeBPFProbes({address}, 0x1)",
        f"\t/workspace/controllers/policyendpoints_controller.go:{line} +0x34c",
        *(f"main.f{number}()" for number in range(8)),
    ]


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer()


def _sightings(found: list[Object]) -> list[Object]:
    return [one for one in found if one["kind"] == "sighting"]


def test_two_nodes_that_crash_at_once_are_two_sightings_of_one_fault(analyzer: Analyzer) -> None:
    # given
    traces = (_trace(99, "0x40004de000", 292), _trace(7, "0xc000123000", 300))
    lines = [
        canonical(text, GROUP, _stream(node))
        for both in zip(*traces, strict=True)
        for node, text in zip(("i-0a", "i-0b"), both, strict=True)
    ]
    # when
    found = parsed(lines, analyzer)
    # then
    assert [one["line"] for one in found] == list(range(1, len(lines) + 1))
    first, second = _sightings(found)
    assert (first["line"], second["line"]) == (1, 2)
    assert {first["issue"], second["issue"]} == {"npa-panic"}
    assert first["fields"]["frame"] == f"{NPA}.(*PolicyEndpointsReconciler).configureeBPFProbes"
    assert first["fields"]["fingerprint"] == second["fields"]["fingerprint"]
    assert len(first["fields"]["fingerprint"]) == 16


def test_a_panic_in_a_payload_shows_its_topmost_frames(analyzer: Analyzer) -> None:
    # given
    events = [event(text, NOW_MS, str(at)) for at, text in enumerate(_trace(1, "0x28", 1))]
    inflated = envelope(events, logGroup=GROUP, logStream=_stream("i-0a"))
    # when
    batch = analyzer.analyze(payload(inflated))
    # then
    (sighting,) = batch.sightings
    assert sighting.issue == "npa-panic"
    frames = sighting.text.split("\n")
    assert frames[0] == PANIC
    assert len(frames) == 6
    assert "0x" not in sighting.text
    assert batch.events == len(events)


def test_a_line_of_another_stream_is_no_frame(analyzer: Analyzer) -> None:
    # given a panic of nobody's, and the agent's frames in another stream
    panic, *frames = _trace(1, "0x28", 1)
    lines = [canonical(panic, "g", "s"), *(canonical(text, "g", "t") for text in frames)]
    # then
    assert all(one.get("issue") != "npa-panic" for one in parsed(lines, analyzer))
