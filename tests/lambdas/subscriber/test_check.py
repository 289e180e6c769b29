"""The hourly check: what lost its filters gets them back, and is told once."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

import lambdas.settings
from lambdas.subscriber.handler import handle
from netpolwatch.settings import Settings
from netpolwatch.subscription.spec import SubscriptionSpec
from tests.lambdas.subscriber.test_handler import FILTER, GROUP, Account, Context, account

__all__ = ["account"]

NODES = "/nodes"
SPEC = SubscriptionSpec(
    filter_name=FILTER,
    own_log_prefix="/aws/lambda/watch",
    log_groups=(GROUP, NODES),
    filter_pattern="-healthz",
)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the bundle of a deployment carries."""
    file = tmp_path / "settings.json"
    settings = Settings(clusters={GROUP: "prod"}, stack_name="watch", subscription=SPEC)
    file.write_bytes(msgspec.json.encode(settings))
    monkeypatch.setattr(lambdas.settings, "_SETTINGS_FILE", file)


def check() -> dict[str, int] | None:
    return handle({"check": True}, Context())  # type: ignore[arg-type]  # all that it asks for


def not_read(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(document["Stack"] == "watch" for document in documents)
    return [document["LogGroupsNotRead"] for document in documents]


def test_given_all_filters_when_checked_then_nothing_is_written_or_told(account: Account) -> None:
    account.logs.create_log_group(logGroupName=NODES)
    check()
    account.told()
    assert check() == {"restored": 0, "failed": 0}
    assert account.told() == []


def test_given_a_group_made_anew_when_checked_then_it_is_read_again_and_told_once(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a cluster that was deleted with its log group, and made again
    account.logs.create_log_group(logGroupName=NODES)
    check()
    account.told()
    account.logs.delete_log_group(logGroupName=GROUP)
    account.logs.create_log_group(logGroupName=GROUP)
    assert account.filters() == {}
    # When an hour goes by, and another
    assert [check(), check()] == [{"restored": 1, "failed": 0}, {"restored": 0, "failed": 0}]
    # Then
    assert account.filters() == {FILTER: account.reader}
    (message,) = account.told()
    assert message["Subject"] == "netpolwatch: 1 log group(s) are subscribed again"
    assert f"- {GROUP}: subscribed" in message["Message"]
    assert not_read(capsys) == [[0], [0], [0]]


def test_given_a_group_that_is_not_there_when_checked_then_it_is_counted_and_not_mailed(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    check()
    account.told()
    assert check() == {"restored": 0, "failed": 1}
    assert account.told() == []
    assert not_read(capsys) == [[1], [1]]


def test_given_a_group_that_comes_after_the_deployment_when_checked_then_it_is_read(
    account: Account,
) -> None:
    check()
    account.logs.create_log_group(logGroupName=NODES)
    assert check() == {"restored": 1, "failed": 0}
    assert account.filters(NODES) == {FILTER: account.reader}


def test_given_anothers_filter_when_checked_then_it_stays(account: Account) -> None:
    account.subscribe("shipper", account.shipper)
    check()
    assert account.filters() == {"shipper": account.shipper, FILTER: account.reader}


def test_given_a_topic_that_is_gone_when_checked_then_the_filters_are_written(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_TOPIC_ARN", f"{account.ops}-gone")
    assert check() == {"restored": 1, "failed": 1}
    assert account.filters() == {FILTER: account.reader}
