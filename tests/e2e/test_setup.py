"""From a cluster where everything is off to one whose verdicts are seen, by our own commands."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.emulator import Emulator
from local.layout import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("setup")]

CLUSTER = "prod"
COMMAND = Path(sys.executable).parent / "netpolwatch"


@dataclass(frozen=True)
class World:
    """An account with a cluster, and our commands in it."""

    emulator: Emulator

    def run(self, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # our own command
            [str(COMMAND), *arguments, "--cluster", CLUSTER],
            env=os.environ | self.emulator.environment(),
            input=answer,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def run_shell(self, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a line of the guide as a person pastes it, and agree to what it asks."""
        path = {"PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(  # noqa: S602  # our own guide's lines
            command,
            shell=True,
            cwd=folder,
            env=os.environ | self.emulator.environment() | path,
            input="y\n",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def doctor(self) -> dict[str, Any]:
        done = self.run("doctor", "--format", "json")
        document: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (1 if document["counts"]["fail"] else 0)
        return document


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Emulator.started(tmp_path) as emulator:
        role = emulator.client("iam").create_role(RoleName="cni", AssumeRolePolicyDocument="{}")
        eks = emulator.client("eks")
        eks.create_cluster(
            name=CLUSTER, version="1.33", roleArn=role["Role"]["Arn"], resourcesVpcConfig={}
        )
        eks.create_addon(
            clusterName=CLUSTER,
            addonName="vpc-cni",
            addonVersion="v1.23.0-eksbuild.1",
            serviceAccountRoleArn=role["Role"]["Arn"],
            configurationValues='{"env":{"WARM_ENI_TARGET":"2"}}',
        )
        yield World(emulator)


def settings(world: World) -> dict[str, Any]:
    addon = world.emulator.client("eks").describe_addon(clusterName=CLUSTER, addonName="vpc-cni")
    values: dict[str, Any] = json.loads(addon["addon"]["configurationValues"])
    return values


def statuses(document: dict[str, Any], status: str) -> set[str]:
    return {check["id"] for check in document["checks"] if check["status"] == status}


def test_given_all_off_when_set_up_then_the_doctor_is_content(world: World, tmp_path: Path) -> None:
    # given a cluster where everything is off
    before = world.doctor()
    assert before["verdicts_can_be_seen"] is False
    assert statuses(before, "fail") >= {
        "network-policy-enabled", "verdict-logs-enabled", "delivery-permissions", "log-group",
        "control-plane-logs",
    }  # fmt: skip

    # when setup is refused, nothing happens
    refused = world.run("setup", "--apply", answer="n\n")
    assert refused.returncode == 2
    assert settings(world) == {"env": {"WARM_ENI_TARGET": "2"}}

    # when the guide's commands are run, settings are merged
    for command in commands_of_the_guide():
        done = world.run_shell(command, tmp_path)
        assert done.returncode in (0, 1), (command, done.stdout, done.stderr)
    assert settings(world) == {
        "env": {"WARM_ENI_TARGET": "2"},
        "enableNetworkPolicy": "true",
        "nodeAgent": {"enablePolicyEventLogs": "true", "enableCloudWatchLogs": "true"},
    }

    # then nothing keeps verdicts from being seen
    after = world.doctor()
    assert after["verdicts_can_be_seen"] is True
    assert statuses(after, "fail") == statuses(after, "unknown") == set()


def commands_of_the_guide() -> list[str]:
    """Return its commands on a cluster, in order."""
    text = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
    return re.findall(r"^\$ (netpolwatch (?:doctor|setup) .+)$", text, re.MULTILINE)
