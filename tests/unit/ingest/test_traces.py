"""Panics in plain text, a line a record."""

import json
import time
from collections.abc import Iterator

import pytest

from netpolwatch.ingest.events import LogEvent
from netpolwatch.ingest.records import Record, read_records
from netpolwatch.ingest.traces import event_traces, join_traces

PANIC = "panic: runtime error: index out of range [0] with length 0"
FRAMES = (
    "\tpanic: runtime error: again",
    "[signal SIGSEGV: segmentation violation code=0x1 addr=0x28 pc=0xaaaaea2a319c]",
    "goroutine 99 [running]:",
    "sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Reconcile.func1()",
    "panic({0xaaaaeb14afa0?, 0xaaaaec6eade0?})",
    "github.com/aws/amazon-vpc-cni-k8s/pkg/ipamd. (*IPAMContext).markUnmanaged(0xc0003794a0)",
    "main.main()",
    "net/http.(*conn).serve.func1(0xc004954e60)",
    "\t/workspace/controllers/policyendpoints_controller.go:292 +0x34c",
    "created by main.main in goroutine 1",
    "exit status 2",
)
HABIT = "2026-06-07 11:12:32.290147858 +0000 UTC Logger.check error: failed to get caller"


def _joined(*lines: str) -> list[Record]:
    return list(join_traces(read_records(line.encode() for line in lines)))


def test_frames_join_their_panic_and_stay_records_of_their_own() -> None:
    # when
    joined = _joined("before", PANIC, *FRAMES, "after (all)")
    # then
    assert [record.line for record in joined] == list(range(1, len(FRAMES) + 4))
    assert joined[1].trace == "\n".join(FRAMES)
    assert all(not record.trace for record in joined if record.line != 2)


@pytest.mark.parametrize(
    "line",
    [
        "Node: n;SIP: 10.0.0.1;SPORT: 1;DIP: 10.0.0.2;DPORT: 2;PROTOCOL: TCP;PolicyVerdict: DENY",
        '{"level":"info","msg":"Flow Info:  "}',
        "I0601 08:59:21.123456      10 schedule_one.go:1055] ok",
        "level=info msg=done",
        "see example.com (there)",
        PANIC,
    ],
)
def test_another_line_ends_a_trace(line: str) -> None:
    joined = _joined(PANIC, FRAMES[2], line, FRAMES[2])
    assert joined[0].trace == FRAMES[2]


def test_two_panics_have_their_own_frames() -> None:
    joined = _joined(PANIC, FRAMES[2], FRAMES[3], PANIC, FRAMES[7])
    assert [record.trace for record in joined if record.trace] == [
        f"{FRAMES[2]}\n{FRAMES[3]}",
        FRAMES[7],
    ]


def test_the_agents_habit_before_a_panic_joins_it() -> None:
    joined = _joined(HABIT, PANIC, FRAMES[2])
    assert joined[1].trace == f"{FRAMES[2]}\n{HABIT}"
    assert _joined(HABIT, "else", PANIC, FRAMES[2])[2].trace == FRAMES[2]


STAMP = "2026-01-10T10:00:00.123456789Z"


@pytest.mark.parametrize(
    "before",
    [
        f"{STAMP} ",
        f"[pod/aws-node-x7k2p/aws-eks-nodeagent] {STAMP} ",
        f"aws-node-x7k2p aws-eks-nodeagent {STAMP} ",
        "kube-system aws-node-x7k2p aws-eks-nodeagent 01-10 10:00:00 ",
        "2026-01-10T10:00:00.1+02:00 ",
    ],
)
def test_frames_join_their_panic_behind_times_that_a_tool_printed(before: str) -> None:
    # given what kubectl or stern printed with `--timestamps`, empty lines trimmed
    lines = [f"{before}{line}" for line in (PANIC, FRAMES[1], "", *FRAMES[2:])]
    lines[2] = lines[2].rstrip()
    # when
    joined = _joined(f"{before}starting", *lines, f"{before}starting again")
    # then
    assert joined[1].trace == "\n".join(lines[1:])
    assert not joined[0].trace
    assert not joined[-1].trace


def test_events_with_times_before_them_are_joined() -> None:
    events = [LogEvent(f"{STAMP} {line}") for line in (PANIC, FRAMES[2], FRAMES[3])]
    assert list(event_traces(events)) == [0]


def _event(text: str, stream: str = "s", timestamp: int = 0) -> str:
    return json.dumps({"logStream": stream, "timestamp": timestamp, "message": text})


def test_events_of_one_stream_are_joined_whatever_stands_between_them() -> None:
    # given two nodes that crash at once, their lines interleaved, and a third stream
    lines = [
        _event(PANIC, "a"),
        _event(PANIC, "b"),
        _event(FRAMES[2], "a"),
        _event("Node: n;SIP: ", "c"),
        _event(FRAMES[3], "b"),
        _event(FRAMES[5], "a"),
        "plain",
    ]
    # when
    joined = _joined(*lines)
    # then
    assert [record.line for record in joined] == list(range(1, 8))
    assert [record.trace for record in joined[:2]] == [f"{FRAMES[2]}\n{FRAMES[5]}", FRAMES[3]]
    assert not any(record.trace for record in joined[2:])


def test_lines_of_another_stream_never_join_a_panic() -> None:
    assert [one.trace for one in _joined(PANIC, _event(FRAMES[2]))] == ["", ""]
    assert [one.trace for one in _joined(_event(PANIC), _event(FRAMES[2], "t"))] == ["", ""]


def test_a_late_line_belongs_to_the_next_process() -> None:
    joined = _joined(
        _event(PANIC), _event(FRAMES[2], timestamp=900), _event(FRAMES[3], "s", 60_000)
    )
    assert joined[0].trace == FRAMES[2]


def test_a_panic_that_is_told_again_without_its_indentation_is_the_same() -> None:
    # given a shipper that trims lines
    lines = [f"{PANIC} [recovered]", PANIC, FRAMES[2], FRAMES[5], "/src/x.go:29 +0x34c"]
    # when
    joined = _joined(*(_event(line) for line in lines))
    # then
    assert joined[0].trace == "\n".join(lines[1:])
    assert joined[1].event.message == f"\t{PANIC}"
    assert sum(record.event.message.startswith("panic: ") for record in joined) == 1


def test_a_panic_in_every_stream_is_read_within_bounds() -> None:
    # given
    lines = [_event(PANIC, str(number)) for number in range(5000)]
    # when
    given = 0

    def counted() -> Iterator[bytes]:
        nonlocal given
        for line in lines:
            given += 1
            yield line.encode()

    most = max(given - record.line for record in join_traces(read_records(counted())))
    # then
    assert given == 5000
    assert most < 100


def test_a_trace_that_never_ends_holds_back_no_more_than_its_bound() -> None:
    lines = [_event(PANIC, "a"), *(_event("x", "b") for _ in range(9000))]
    given = 0

    def counted() -> Iterator[bytes]:
        nonlocal given
        for line in lines:
            given += 1
            yield line.encode()

    assert max(given - record.line for record in join_traces(read_records(counted()))) <= 2001


def test_events_of_a_payload_are_joined() -> None:
    events = [LogEvent("x"), LogEvent(PANIC), LogEvent(FRAMES[2]), LogEvent("y")]
    assert event_traces(events) == {1: FRAMES[2]}
    assert event_traces(events[:1]) == {}


def test_a_trace_without_end_is_cut() -> None:
    joined = _joined(PANIC, *["\tframe"] * 5000)
    assert len(joined) == 5001
    assert joined[0].trace.count("\n") < 200


@pytest.mark.parametrize(
    "hostile",
    [
        "a" + "/b" * 28,
        "a." * 400_000,
        "a.(*b)" * 100_000,
        "." * 1_000_000,
        "a(" * 10 + " " * 9,
    ],
    ids=lambda text: str(text)[:8],
)
def test_a_hostile_line_after_a_panic_costs_no_more_than_its_length(hostile: str) -> None:
    # An earlier grammar of frames took 2**n steps for n slashes.
    started = time.process_time()
    assert len(_joined(PANIC, hostile)) == 2
    assert time.process_time() - started < 5
