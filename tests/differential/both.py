"""Ask both implementations the same."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netpolwatch.kubernetes.policy.ends import End, NamedPort
from netpolwatch.kubernetes.policy.evaluate import Connection, evaluate
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, decode_network_policy
from tests.differential.questions import Answer, Answers, Flow, Scenario

ROOT = Path(__file__).resolve().parent.parent.parent
INTERPRETER = ROOT / ".venv-differential" / "bin" / "python"


def theirs(scenarios: Sequence[Scenario]) -> list[Answers]:
    """Ask the other implementation, in its own environment."""
    if not INTERPRETER.exists():
        pytest.fail("no environment for the other implementation: make .venv-differential/ready")
    run = subprocess.run(  # noqa: S603  # ours
        [INTERPRETER, "-m", "tests.differential.oracle"],
        input=json.dumps(scenarios), capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-4000:]
    return msgspec.json.decode(run.stdout, type=list[Answers])


def ours(scenario: Scenario) -> Answers:
    """Ask our own."""
    policies = [decode_network_policy(json.dumps(body).encode()) for body in scenario["policies"]]
    ends = dict(pods(scenario))
    return {
        "refused": None,
        "ingress": [_answer(flow, ends, policies, "ingress") for flow in scenario["flows"]],
        "egress": [_answer(flow, ends, policies, "egress") for flow in scenario["flows"]],
    }


def pods(scenario: Scenario) -> Iterator[tuple[str, End]]:
    """Give the pods as ends, by `namespace/name`."""
    labels = {each["metadata"]["name"]: each["metadata"]["labels"]
              for each in scenario["namespaces"]}  # fmt: skip
    for body in scenario["pods"]:
        meta = body["metadata"]
        yield f"{meta['namespace']}/{meta['name']}", End(
            "pod", body["status"]["podIP"], meta["namespace"], meta["labels"],
            labels[meta["namespace"]], tuple(_named_ports(body)),
        )  # fmt: skip


def _named_ports(pod: dict[str, Any]) -> Iterator[NamedPort]:
    for container in pod["spec"]["containers"]:
        for port in container["ports"]:
            yield NamedPort(port["name"], port["containerPort"], port["protocol"])


def _answer(
    flow: Flow, pods: dict[str, End], policies: list[NetworkPolicy], direction: Direction
) -> Answer | None:
    client, server = (
        pods.get(end) or End("external", end) for end in (flow.client, flow.server)
    )  # fmt: skip
    connection = Connection(client, server, flow.protocol, flow.port)
    decider = connection.decider(direction)
    if decider.kind != "pod":
        return None
    near = [policy for policy in policies if policy.namespace == decider.namespace]
    decision = evaluate(connection, near, direction)
    assert decision.allowed is not None, "every fact is known"
    return {
        "allowed": decision.allowed,
        "isolating": sorted(decision.isolating),
        "allowing": sorted(decision.allowing),
    }
