"""The commands explain themselves: whole summaries, examples, exit codes, what was meant."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.cli.running import DENY, LINK_NOT_FOUND, ROOT, command, event, netpolwatch

COMMANDS = [
    (), ("parse",), ("analyze",), ("explain",), ("issues",), ("backfill",), ("learn",),
    ("replay",), ("test-alert",), ("catalogue",), ("silence",), ("config",),
]  # fmt: skip


def test_the_bare_command_shows_its_help() -> None:
    bare, asked = netpolwatch(), netpolwatch("--help")
    assert (bare.status, bare.err) == (0, "")
    assert bare.out.strip() == asked.out.strip()
    assert netpolwatch("silence").out.strip() == netpolwatch("silence", "-h").out.strip()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_help_has_examples_exit_codes_and_no_cut_summary(words: tuple[str, ...]) -> None:
    run = netpolwatch(*words, "-h", environment={"COLUMNS": "100"})
    assert run.status == 0
    assert "Exit codes:" in run.out
    usage, *rest = run.out.splitlines()
    assert usage.startswith("Usage: ")
    assert not any("..." in line for line in rest)
    assert "Examples:" in run.out or words == ("parse",)
    assert all(len(line) <= 100 for line in run.out.splitlines())


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("analyse",), "'analyze'"),
        (("silence", "remove"), "'expire'"),
        (("known-issues",), "'issues'"),
        (("issues", "npa-link"), "npa-link-not-found"),
        (("analyze", "--sevrity", "low"), "--severity"),
    ],
)
def test_what_was_meant_is_suggested(words: tuple[str, ...], meant: str) -> None:
    run = netpolwatch(*words)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert meant in run.err


def test_completion_is_offered() -> None:
    assert "--install-completion" in netpolwatch("--help").out


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_a_script_gets_its_error_as_json(words: list[str]) -> None:
    run = netpolwatch("analyze", *words, "/no/such")
    assert (run.status, run.out) == (2, "")
    assert json.loads(run.err) == {"error": "/no/such: no such file"}


def test_a_gate_does_not_pass_on_what_was_not_read(tmp_path: Path) -> None:
    # given a log in which nothing is recognised, an empty one, and one that is read
    noise, empty, read = (tmp_path / name for name in ("noise.log", "empty.log", "read.log"))
    noise.write_text("hello\nworld\n")
    empty.write_text("")
    read.write_text(event(DENY.replace("DENY", "ACCEPT")))
    # then only the last passes
    codes = [
        netpolwatch("analyze", "--fail-on", "low", file).status for file in (noise, empty, read)
    ]
    assert codes == [3, 3, 0]
    # and without a gate nothing fails
    assert netpolwatch("analyze", noise).status == 0


def test_sigterm_ends_a_run_as_ctrl_c_does() -> None:
    # given a log that still runs
    run = subprocess.Popen(  # noqa: S603  # our own command
        command("analyze", "--follow"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write((event(LINK_NOT_FOUND, 0, "ebpf-sdk.log") * 3).encode())
    run.stdin.flush()
    assert run.stdout.readline()
    time.sleep(0.2)
    # when
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=60)
    # then what was read is reported
    assert run.returncode == 143
    assert b"Traceback" not in err
    assert re.search(rb"interrupted after \d", err)
    assert b"npa-link-not-found" in out


def test_a_region_that_nobody_chose_is_asked_for_in_one_line(tmp_path: Path) -> None:
    nowhere = {
        "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }  # fmt: skip
    for words in (["test-alert"], ["backfill", "--cluster", "prod"]):
        run = netpolwatch(*words, environment=nowhere)
        assert (run.status, run.err.count("\n")) == (2, 1)
        assert "give --region, or set AWS_REGION" in run.err


def test_a_configuration_is_valid_in_its_first_line_and_its_pattern_on_request() -> None:
    sample = ROOT / "samples" / "netpolwatch.yaml"
    run = netpolwatch("config", "check", sample)
    assert run.out.startswith("# valid: 4 log groups, ")
    assert "# subscribed by" not in run.out
    assert "# subscribed by: ?" in netpolwatch("config", "check", "--pattern", sample).out


def test_a_configuration_that_notifies_nobody_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "netpolwatch.yaml"
    file.write_text("clusters: [{name: prod, log_groups: [aws/eks/prod/cluster]}]\n")
    run = netpolwatch("config", "check", file)
    assert run.status == 0
    assert "# warning: nobody is notified: set email, slack_secret_arn or chat" in run.out
    assert "# warning: log groups of EKS begin with a slash" in run.out
