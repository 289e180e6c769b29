"""The rights that reading log groups takes, and the room that AWS leaves for them.

Each log group costs a statement in the analyzer's resource policy, by which CloudWatch Logs may
invoke it, and an ARN in a managed policy of the subscriber, which writes the group's filters.
Lambda and IAM bound both in characters, so that long names, not only many, can be too much.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

MAX_RESOURCE_POLICY_CHARS: Final = 20_480
"""Of a function's resource policy (Lambda quotas: 20 KB)."""

MAX_MANAGED_POLICY_CHARS: Final = 6_144
"""Of a managed policy, white space not counted (IAM quotas)."""

MAX_MANAGED_POLICIES: Final = 5
"""Half of the ten that IAM attaches to a role: an update has the new ones beside the old ones."""

FILTER_ACTIONS: Final = (
    "logs:DeleteSubscriptionFilter",
    "logs:DescribeSubscriptionFilters",
    "logs:PutSubscriptionFilter",
)

_LONGEST_NAME: Final = 180
"""Characters of a log group's name in the resource policy: thirty names have room for so many."""

# The longest of each that there is.
_PLACE: Final = ":ap-southeast-1:123456789012:"
_GENERATED_SID: Final = "AnalyzerInvoke" + 12 * "0" + 8 * "0" + "-" + 12 * "0"


def invoking_resource(log_group: str) -> str:
    """Return the ARN's last part of a log group, as an invocation's source names it.

    A long name is cut and goes on as a wildcard. What begins with the same 180 characters may
    invoke, too: log groups of the same account, and only if somebody may subscribe them.
    """
    if len(log_group) <= _LONGEST_NAME:
        return f"log-group:{log_group}:*"
    return f"log-group:{log_group[:_LONGEST_NAME]}*"


def filter_resource(log_group: str) -> str:
    """Return the ARN's last part of a log group, as the actions on its filters want it."""
    return f"log-group:{log_group}:*"


def resource_policy_chars(stack_name: str, log_groups: Sequence[str]) -> int:
    """Return the length of the analyzer's resource policy, in the longest region and partition."""
    document = {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [_invocation(stack_name, group) for group in log_groups],
    }
    return _chars(document)


def filter_policies(log_groups: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the log groups of each managed policy that the subscriber needs, in order."""
    policies: list[tuple[str, ...]] = []
    for group in log_groups:
        longer = (*policies[-1], group) if policies else ()
        if longer and filter_policy_chars(longer) <= MAX_MANAGED_POLICY_CHARS:
            policies[-1] = longer
        else:
            policies.append((group,))
    return policies


def filter_policy_chars(log_groups: Sequence[str]) -> int:
    """Return the length of a managed policy, in the longest region and partition."""
    resources = [f"arn:aws-us-gov:logs{_PLACE}{filter_resource(group)}" for group in log_groups]
    statement = {"Action": FILTER_ACTIONS, "Effect": "Allow", "Resource": resources}
    return _chars({"Statement": [statement], "Version": "2012-10-17"})


def too_long(stack_name: str, log_groups: Sequence[str]) -> Iterator[str]:
    """Yield what does not fit, with its length and the bound."""
    chars = resource_policy_chars(stack_name, log_groups)
    if chars > MAX_RESOURCE_POLICY_CHARS:
        yield (
            f"the analyzer's resource policy has {chars:,} characters, and Lambda takes "
            f"{MAX_RESOURCE_POLICY_CHARS:,}"
        )
    policies = len(filter_policies(log_groups))
    if policies > MAX_MANAGED_POLICIES:
        yield (
            f"the subscriber needs {policies} managed policies, and an update leaves room for "
            f"{MAX_MANAGED_POLICIES}"
        )


def _invocation(stack_name: str, log_group: str) -> dict[str, object]:
    source = f"arn:aws-us-gov:logs{_PLACE}{invoking_resource(log_group)}"
    return {
        "Sid": f"{stack_name}-{_GENERATED_SID}",
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws-us-gov:lambda{_PLACE}function:{stack_name}-analyzer",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
            "ArnLike": {"AWS:SourceArn": source},
        },
    }


def _chars(document: object) -> int:
    return len(json.dumps(document, separators=(",", ":")))
