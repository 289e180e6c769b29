"""Faults that policies show since a change: found in their histories by a deployment, too."""

import json
import random

import pytest

from tests.corpus import histories
from tests.lambdas.conftest import Deployment
from tests.lambdas.settled_day import Event, deliver
from tests.unit.aws.findings_store import items

CHANGES = ("B13+", "B19+", "B22+", "B22-", "B23+", "B23-")
"""Histories of what is found by judging a packet just before a change."""


def in_order(events: list[Event]) -> list[Event]:
    return events


def shuffled(events: list[Event]) -> list[Event]:
    """Deliver events out of order, a third of them twice."""
    rng = random.Random(3)  # noqa: S311  # a test's own
    doubled = [{**each, "id": f"{each['id']}x"} for each in events if rng.random() < 1 / 3]
    delivered = [*events, *doubled]
    rng.shuffle(delivered)
    return delivered


@pytest.mark.parametrize("order", [in_order, shuffled])
@pytest.mark.parametrize("name", CHANGES)
def test_given_a_history_when_it_is_delivered_then_its_fault_is_found(
    deployment: Deployment, name: str, order: object
) -> None:
    # given
    assert callable(order)
    label = histories.labels()[name]
    # when
    deliver(deployment.analyzer, order(histories.events(name)))
    deployment.judge_all()
    # then
    states = [json.loads(item["body"]["S"])["state"] for item in items(deployment.table).values()
              if "issue" in item]  # fmt: skip
    found = {state["issue"] for state in states if state["raised"] and state["severity"] != "info"}
    assert (label.issue in found) == label.found, found
