"""The proof for an account runs against the emulator, so that it works the first time there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from local.emulator import Emulator
from smoke.__main__ import prove
from smoke.account import WrongAccountError, opened
from smoke.patterns import Tried, report, tried

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("smoke")]


def test_given_the_emulator_when_the_patterns_are_tried_then_nothing_is_missing(
    tmp_path: Path,
) -> None:
    with Emulator.started(tmp_path) as emulator:
        found = report(emulator.client("logs"))
    assert found["holds"]
    assert [result["pattern"] for result in found["patterns"]] == [
        "folded",
        "split text",
        "split audit",
    ]
    for result in found["patterns"]:
        assert result["messages"] > 300
        assert result["passed"] > 50
        assert (result["missing"], result["surplus"]) == ((), ())
    assert "ACCOUNT" not in json.dumps(found)


def answering(*matches: int) -> "CloudWatchLogsClient":
    client = boto3.client(
        "logs",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - opens nothing
    )
    stub = Stubber(client)
    stub.add_response("test_metric_filter", {"matches": [{"eventNumber": n} for n in matches]})
    stub.activate()
    return client


LINES = ["PolicyVerdict: DENY", "nothing", "PolicyVerdicts"]


@pytest.mark.parametrize(
    ("matches", "missing", "surplus", "within_words", "holds"),
    [
        ((1,), (), (), 0, True),
        ((1, 3), (), (), 1, True),
        ((3,), (LINES[0],), (), 1, False),
        ((1, 2), (), (LINES[1],), 0, True),
    ],
)
def test_what_the_service_does_otherwise_is_in_the_report(
    matches: tuple[int, ...],
    missing: tuple[str, ...],
    surplus: tuple[str, ...],
    within_words: int,
    holds: bool,
) -> None:
    result = tried(answering(*matches), "folded", '?"PolicyVerdict"', LINES)
    assert (result.missing, result.surplus) == (missing, surplus)
    assert (result.judged_differently, result.within_words) == (1, within_words)
    assert result.holds is holds


def test_a_pattern_that_is_refused_does_not_hold() -> None:
    assert not Tried("folded", 10, "InvalidParameterException", 3, 0).holds


def test_given_another_account_than_named_when_opened_then_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator.started(tmp_path) as emulator:
        for name, value in emulator.exports().items():
            monkeypatch.setenv(name, value)
        refused = pytest.raises(WrongAccountError, match="ACCOUNT=123456789012 was named")
        with refused, opened("123456789012", tmp_path):
            pass
        assert emulator.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_given_the_emulator_when_the_proof_runs_then_every_step_holds(tmp_path: Path) -> None:
    with opened("emulator", tmp_path) as account:
        proof = prove(account, tmp_path, "eu-west-1")
    assert [step for step in proof.steps if not step["ok"]] == []
    names = [step["step"] for step in proof.steps]
    assert "a log group made anew is read again" in names
    assert "deploy to eu-west-1, too" in names
    assert any(name.startswith("end the keys") for name in names)
