"""No configuration that is accepted makes a policy that AWS refuses for its length."""

import json
from collections import defaultdict
from typing import Any

import pytest

from netpolwatch.configuration import MAX_LOG_GROUPS
from netpolwatch.subscription.rights import (
    MAX_MANAGED_POLICIES,
    MAX_MANAGED_POLICY_CHARS,
    MAX_RESOURCE_POLICY_CHARS,
)
from tests.infra.placing import Place
from tests.infra.synthesizing import stack_of

# The longest region there is.
SINGAPORE = Place("ap-southeast-1", "aws", "amazonaws.com")
INLINE_OF_A_ROLE = 10_240
TEMPLATE = 1_000_000
STACK = "s" * 40


def chars(document: object) -> int:
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def groups_of(length: int, count: int = MAX_LOG_GROUPS) -> list[str]:
    return [f"/aws/eks/{number:02}/".ljust(length, "n") for number in range(count)]


def statements_of(permissions: list[dict[str, Any]], stack: str) -> list[dict[str, Any]]:
    """What Lambda writes into a function's policy for each permission of a template."""
    return [
        {
            "Sid": f"{stack}-AnalyzerInvoke{'0' * 20}-{'X' * 12}",
            "Effect": "Allow",
            "Principal": {"Service": permission["Principal"]},
            "Action": permission["Action"],
            "Resource": f"arn:aws:lambda:ap-southeast-1:123456789012:function:{stack}-analyzer",
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": permission["SourceAccount"]},
                "ArnLike": {"AWS:SourceArn": permission["SourceArn"]},
            },
        }
        for permission in permissions
    ]


@pytest.mark.parametrize("length", [24, 96, 500, 512])
def test_thirty_log_groups_fit_whatever_their_names(length: int) -> None:
    template = stack_of(
        stack_name=STACK, clusters=[{"name": "prod", "log_groups": groups_of(length)}]
    )
    resources = SINGAPORE.read(template.raw)["Resources"]
    by_type: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for resource in resources.values():
        by_type[resource["Type"]].append(resource.get("Properties", {}))

    for role in by_type["AWS::IAM::Role"]:
        inline = sum(chars(policy["PolicyDocument"]) for policy in role.get("Policies", []))
        assert inline <= INLINE_OF_A_ROLE
    assert len(by_type["AWS::IAM::ManagedPolicy"]) <= MAX_MANAGED_POLICIES
    for policy in by_type["AWS::IAM::ManagedPolicy"]:
        assert chars(policy["PolicyDocument"]) <= MAX_MANAGED_POLICY_CHARS
    # The others are of rules, each on a function of its own.
    by_logs = [each for each in by_type["AWS::Lambda::Permission"] if "SourceAccount" in each]
    assert len(by_logs) == MAX_LOG_GROUPS
    invoked = statements_of(by_logs, STACK)
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": invoked}
    assert chars(policy) <= MAX_RESOURCE_POLICY_CHARS
    assert len(json.dumps(template.raw)) <= TEMPLATE
