"""`netpolwatch analyze --follow`: a log that still runs."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from netpolwatch.cli.live import live_blocks
from netpolwatch.ingest.records import MAX_LINE_BYTES
from tests.unit.cli.running import ROOT, command, hear_interrupts, netpolwatch

REFUSED = (
    '{"level":"error","ts":"2026-06-09T12:00:00.000Z","caller":"awsutils/awsutils.go:812",'
    '"msg":"Unauthorized operation: failed to call ec2:CreateTags due to missing permissions"}\n'
)


class Pipe(NamedTuple):
    """Both ends of a pipe."""

    reading: BinaryIO
    writing: BinaryIO


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Open a pipe."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as target:
        yield Pipe(source, target)


def test_a_finding_is_told_while_the_log_runs() -> None:
    # given a log whose writer goes on
    run = subprocess.Popen(  # noqa: S603  # our own command
        command("analyze", "--follow"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    # when a fault shows
    run.stdin.write(REFUSED.encode())
    run.stdin.flush()
    # then it is told at once, and the report follows when the log ends
    assert run.stdout.readline().startswith(b"high  The VPC CNI's role lacks an EC2 permission")
    assert b"ipamd-missing-iam: action CreateTags" in run.stdout.readline()
    rest, _ = run.communicate(timeout=60)
    assert b"STILL GOING ON  1 fault" in rest
    assert run.returncode == 0


def test_an_interrupted_log_is_reported_to_its_last_line() -> None:
    # given a log that still runs, all of it told
    run = subprocess.Popen(  # noqa: S603  # our own command
        command("analyze", "--follow"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        preexec_fn=hear_interrupts,  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(REFUSED.encode())
    run.stdin.flush()
    assert run.stdout.readline()
    # when Ctrl-C comes
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    # then
    assert run.returncode == 130
    assert b"Traceback" not in err
    assert b"STILL GOING ON  1 fault" in out


def test_a_report_for_a_script_is_not_followed() -> None:
    run = netpolwatch("analyze", "--follow", "--format", "json")
    assert run.status == 2
    assert "--follow prints text only" in run.err


def test_lines_come_whole_and_a_pause_comes_between_them(pipe: Pipe) -> None:
    # given a pipe in which a line is half written
    blocks = live_blocks(pipe.reading.fileno(), quiet=0.01)
    pipe.writing.write(b"one\ntwo\nthr")
    assert next(blocks) == b"one\ntwo\n"
    # when its writer pauses, goes on and ends
    assert next(blocks) == b""
    pipe.writing.write(b"ee\nrest")
    assert next(blocks) == b"three\n"
    pipe.writing.close()
    # then
    assert list(blocks)[-1] == b"rest"


def test_a_writer_that_never_pauses_is_told_of_too(pipe: Pipe) -> None:
    blocks = live_blocks(pipe.reading.fileno(), busy=0)
    pipe.writing.write(b"one\n")
    assert [next(blocks), next(blocks)] == [b"", b"one\n"]


def test_a_line_without_an_end_is_bounded(tmp_path: Path) -> None:
    # given a file of one line, longer than any line is held
    path = tmp_path / "long.log"
    path.write_bytes(b"x" * (MAX_LINE_BYTES + 1_000_000))
    # when
    with path.open("rb") as stream:
        (block,) = live_blocks(stream.fileno())
    # then
    assert len(block) == MAX_LINE_BYTES
