"""What the agent's role must be allowed so that verdicts come to CloudWatch.

Source: the EKS user guide's troubleshooting page (four actions), and the agent's own calls: it
looks for the group, creates it where it is absent, creates a stream, and puts one event
a verdict.
"""

import json
from typing import Any, Final

DELIVERY_ACTIONS: Final = (
    "logs:DescribeLogGroups",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
)
POLICY_NAME: Final = "netpolwatch-verdict-logs"


def log_group_arn(partition: str, region: str, account: str, name: str) -> str:
    """Return the ARN of a log group and everything in it, as policies name it."""
    return f"arn:{partition}:logs:{region}:{account}:log-group:{name}:*"


def delivery_policy(group_arn: str) -> dict[str, Any]:
    """Return the least policy by which agents publish to one log group.

    `DescribeLogGroups` cannot be bound to a group; the page's own example allows all four on `*`.
    """
    describe, *rest = DELIVERY_ACTIONS
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": [describe], "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": rest,
                "Resource": [group_arn.removesuffix(":*"), group_arn],
            },
        ],
    }


def policy_text(policy: dict[str, Any]) -> str:
    """Return a policy as one line of JSON."""
    return json.dumps(policy, separators=(",", ":"))
