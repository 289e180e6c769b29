"""How runs end: 0 ran, 1 findings, 2 bad usage or input with one clear line, never a traceback."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest

from tests.unit.cli.running import ACCEPT, DENY, ROOT, command, hear_interrupts, netpolwatch


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyse"], "No such command 'analyse'"),
        (["parse", "--nope"], "No such option: --nope"),
        (["analyze", "--format", "xml"], "'xml' is not one of 'text', 'json', 'html'"),
        (["analyze", "--format"], "requires an argument"),
        (["analyze", "--cluster"], "requires an argument"),
        (["analyze", "--fail-on", "worst"], "no severity 'worst': use info, low, medium"),
        (["analyze", "--fail-on", ""], "no severity ''"),
        (["issues", "nope"], "no issue 'nope'"),
        (["issues", "npa-panic", "more"], "unexpected extra argument"),
        (["parse", "no/such/file"], "no/such/file: no such file"),
        (["analyze", "no/such/file"], "no/such/file: no such file"),
        (["analyze", "-", "no/such/file"], "no/such/file: no such file"),
        (["parse", "netpolwatch"], "netpolwatch: holds no logs that netpolwatch reads"),
        (["parse", "a\nb\x1b[2J"], "a b\\u{1b}[2J: no such file"),
        (["parse", ""], "no such file"),
        (["parse", "x" * 5000], "x: File name too long"),
    ],
)
def test_a_wrong_command_is_one_clear_line(arguments: list[str], said: str) -> None:
    run = netpolwatch(*arguments, given=DENY)
    assert (run.status, run.out) == (2, "")
    assert run.err.startswith("netpolwatch: ")
    assert run.err.count("\n") == 1
    assert run.err.endswith("\n")
    assert said in run.err
    assert "\x1b" not in run.err


def test_a_file_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    # A name that the file system refuses: permissions would not stop a test that runs as root.
    file = tmp_path / ("n" * 300)
    run = netpolwatch("parse", file)
    assert (run.status, run.err) == (2, f"netpolwatch: {file}: File name too long\n")


@pytest.mark.parametrize("arguments", [["--help"], ["parse", "--help"], ["analyze", "--help"]])
def test_help_is_no_error(arguments: list[str]) -> None:
    run = netpolwatch(*arguments)
    assert (run.status, run.err) == (0, "")
    assert "Usage: " in run.out


@pytest.mark.parametrize(
    "arguments",
    [["parse"], ["analyze"], ["analyze", "--format", "json"], ["issues"],
     ["issues", "--format", "json"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("lines", [1, 50_000])
def test_a_reader_that_goes_is_no_error(arguments: list[str], lines: int) -> None:
    # Given a reader like `head -c 0`, gone before a line is written
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(  # noqa: S603  # our own command
        command(*arguments),
        stdin=subprocess.PIPE,
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as run:
        os.close(writing)
        # When the command writes
        _, err = run.communicate(b"\n".join([DENY.encode()] * lines), timeout=60)
    # Then it ends in silence, and not as if it had findings
    assert (run.returncode, err) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("arguments", [["parse"], ["analyze", "--format", "json"], ["issues"]])
def test_output_that_cannot_be_written_is_one_clear_line(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(  # noqa: S603  # our own command
            command(*arguments), input=DENY.encode(), stdout=full, stderr=subprocess.PIPE,
            cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert run.returncode == 2
    line = "cannot write: No space left on device"
    shown = json.dumps({"error": line}) if "json" in arguments else f"netpolwatch: {line}"
    assert run.stderr.decode() == f"{shown}\n"


@pytest.mark.parametrize(
    ("redirection", "said"),
    [("<&-", "standard input is closed"), (">&-", "standard output is closed")],
)
def test_a_closed_stream_is_one_clear_line(redirection: str, said: str) -> None:
    run = subprocess.run(  # noqa: S603  # a shell closes what Python's subprocess cannot
        ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *command("parse")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT, timeout=60,
        check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert said in run.stderr


def test_a_pipe_is_as_good_as_a_file(tmp_path: Path) -> None:
    # Given what a shell makes of `netpolwatch parse <(zcat events.jsonl.gz)`
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_text(f"{ACCEPT}\n"))
    writer.start()
    # When
    run = netpolwatch("parse", pipe)
    writer.join(timeout=10)
    # Then
    assert [each["verdict"] for each in run.objects] == ["ACCEPT"]


def test_an_interrupted_run_reports_what_it_read() -> None:
    # given more than is read in a moment, from a pipe that stays open
    lines = f"{DENY}\n{ACCEPT}\n".encode() * 20_000
    run = subprocess.Popen(  # noqa: S603  # our own command
        command("analyze", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        preexec_fn=hear_interrupts,  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    assert run.stdin is not None
    run.stdin.write(lines)
    run.stdin.flush()
    # when the pipe is taken in, and everybody waits for more
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    # then
    assert run.returncode == 130
    assert b"interrupted after " in err
    assert b"Traceback" not in err
    assert b"interrupted after " in out


@pytest.mark.parametrize("wanted", ["parse", "analyze"])
def test_an_interrupted_pipe_is_read_to_its_last_line(wanted: str) -> None:
    # given two lines from a pipe that stays open
    run = subprocess.Popen(  # noqa: S603  # our own command
        command(wanted, "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        preexec_fn=hear_interrupts,  # noqa: PLW1509  # no threads here
    )  # fmt: skip
    assert run.stdin is not None
    run.stdin.write(f"{DENY}\n{ACCEPT}\n".encode())
    run.stdin.flush()
    # when Ctrl-C comes while it waits for more
    time.sleep(3)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    # then both are told
    assert run.returncode == 130
    assert b"Traceback" not in err
    assert out.count(b'"kind":"flow"') == 2 if wanted == "parse" else b"2 flows" in out
