"""What is one thing in a whole account carries the region and the stack in its name.

Else the deployment in the second region, or the second stack, is rolled back.
"""

from typing import Any

import pytest

from tests.infra.reading import Template
from tests.infra.synthesizing import CHANNELS, stack_of

GLOBAL_NAMES = {
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Chatbot::SlackChannelConfiguration": "ConfigurationName",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": "ConfigurationName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::Policy": "PolicyName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::S3::Bucket": "BucketName",
}
# The name of an inline policy is one only within its role.
WITHIN_ANOTHER = {"AWS::IAM::Policy"}


@pytest.fixture(scope="module")
def everything() -> Template:
    return stack_of(stack_name="watch-eu", chat=CHANNELS)


def named(template: Template) -> dict[str, Any]:
    return {
        f"{kind} {resource}": properties[name]
        for kind, name in GLOBAL_NAMES.items()
        for resource, properties in template.of_type(kind).items()
        if name in properties and kind not in WITHIN_ANOTHER
    }


def test_a_name_that_is_global_in_an_account_holds_region_and_stack(everything: Template) -> None:
    names = named(everything)
    assert len(names) >= 3, names
    for resource, name in names.items():
        assert "AWS::Region" in name, resource
        assert name.startswith("watch-eu-"), resource


def test_the_notifier_and_the_outputs_name_the_same_dashboard(everything: Template) -> None:
    dashboard = everything.only("AWS::CloudWatch::Dashboard")["DashboardName"]
    functions = everything.of_type("AWS::Lambda::Function").values()
    (notifier,) = [f for f in functions if f["FunctionName"].endswith("-notifier")]
    assert notifier["Environment"]["Variables"]["DASHBOARD_NAME"] == dashboard
    assert everything.outputs["DashboardUrl"].endswith(f"#dashboards/dashboard/{dashboard}")
