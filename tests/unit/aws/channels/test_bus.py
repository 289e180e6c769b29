"""EventBridge: the call succeeds even where the bus refuses the event."""

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from netpolwatch.aws.channels.bus import Bus
from netpolwatch.aws.channels.telling import Telling
from netpolwatch.findings.channels import Delivered, Refused, Retry
from tests.unit.aws.findings_store import REGION, answered
from tests.unit.reporting.noticing import NOTICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_events import EventBridgeClient

TELLING = Telling("123456789012", REGION, "netpolwatch", {})
JSON = {"content-type": "application/x-amz-json-1.1"}


@pytest.fixture
def client() -> "Iterator[EventBridgeClient]":
    with mock_aws():
        yield boto3.client("events", region_name=REGION)


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_is_an_event(client: "EventBridgeClient", name: str) -> None:
    outcome = Bus(client, "default", TELLING).send(NOTICES[name], "n1", None)
    assert isinstance(outcome, Delivered)
    assert outcome.reference


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ThrottlingException", Retry("ThrottlingException")),
        ("InternalFailure", Retry("InternalFailure")),
        ("MalformedDetail", Refused("MalformedDetail")),
    ],
)
def test_an_entry_that_the_bus_refuses_is_no_success(
    client: "EventBridgeClient", code: str, outcome: Retry | Refused
) -> None:
    # given a call that succeeds and an entry that does not
    body = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}
    with answered("PutEvents", lambda _: (200, JSON, json.dumps(body).encode())):
        assert Bus(client, "default", TELLING).send(NOTICES["finding"], "n1", None) == outcome


def test_a_denied_call_may_be_mended(client: "EventBridgeClient") -> None:
    body = json.dumps({"__type": "AccessDeniedException", "message": "not yours"}).encode()
    with answered("PutEvents", lambda _: (400, JSON, body)):
        outcome = Bus(client, "default", TELLING).send(NOTICES["finding"], "n1", None)
    assert isinstance(outcome, Retry)
    assert "AccessDenied" in outcome.why
