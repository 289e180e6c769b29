"""Remedies are commands that can be pasted: a shell reads each of them."""

import subprocess

import pytest

from netpolwatch.catalogue.loader import load
from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.remedy import filled

ENTRIES = load()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_shell_can_read_every_command(entry: Entry) -> None:
    subject = {"node": "ip-10-0-1-9.ec2.internal", "namespace": "shop", "pod": "aws-node-7x9kq"}
    commands = [step.run for step in filled(entry.remedy, "retail-prod", subject) if step.run]
    for command in commands:
        read = subprocess.run(  # noqa: S603  # read, never run
            ["/bin/sh", "-n", "-c", command], capture_output=True, text=True, check=False
        )
        assert (read.returncode, read.stderr) == (0, ""), command


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_command_is_one_line(entry: Entry) -> None:
    assert all("\n" not in (step.run or "") for step in entry.remedy)
