"""Two stacks in one account and region know nothing of each other."""

import json
import re
from typing import Any

import pytest

from tests.infra.reading import Template
from tests.infra.synthesizing import stack_of


@pytest.fixture(scope="module")
def stacks() -> tuple[Template, Template]:
    return (
        stack_of(stack_name="blue", clusters=[{"name": "prod"}]),
        stack_of(stack_name="green", clusters=[{"name": "test"}]),
    )


def watched(template: Template) -> set[str]:
    """What each alarm watches: a metric with its dimensions, or a query."""
    return {
        json.dumps([alarm.get("MetricName"), alarm.get("Dimensions"), alarm.get("Metrics")])
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if not _of_a_resource(alarm)
    }


def _of_a_resource(alarm: dict[str, Any]) -> bool:
    """Queues and functions of a stack have names of their own."""
    return alarm.get("Namespace") in {"AWS/Lambda", "AWS/SQS"}


def test_no_alarm_watches_what_the_other_stack_reports(stacks: tuple[Template, Template]) -> None:
    blue, green = map(watched, stacks)
    assert len(blue) == len(green) == 7
    assert not blue & green


def test_each_dashboard_shows_its_own_pipeline(stacks: tuple[Template, Template]) -> None:
    for template, stack in zip(stacks, ("blue", "green"), strict=True):
        body = template.only("AWS::CloudWatch::Dashboard")["DashboardBody"]
        assert set(re.findall(r"Stack=\\+\"(\w+)", body)) == {stack}


def test_no_name_is_taken_twice(stacks: tuple[Template, Template]) -> None:
    names = [
        {
            value
            for resource in template.raw["Resources"].values()
            for key, value in resource.get("Properties", {}).items()
            if key.endswith("Name")
            and isinstance(value, str)
            # A metric's and an index's name are no resources, and a key's are the same for all.
            and key not in {"MetricName", "DisplayName"}
        }
        for template in stacks
    ]
    assert names[0]
    assert not names[0] & names[1]


def test_a_filter_of_one_stack_has_another_name_than_that_of_the_other(
    stacks: tuple[Template, Template],
) -> None:
    blue, green = (t.only("Custom::SubscriptionFilters")["FilterName"] for t in stacks)
    assert blue != green
