"""What a deployment tells the person who made it."""

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

# Value and description.
Output = tuple[str, str]


def describe(scope: Construct, **outputs: Output) -> None:
    """Add one stack output a name."""
    for name, (value, description) in outputs.items():
        cdk.CfnOutput(scope, name, value=value, description=description)


def how_to_confirm(email: Sequence[str]) -> str:
    """Say what has to happen before the first e-mail can arrive."""
    if not email:
        return "No e-mail address is configured: add one by -c email=ADDRESS and deploy again."
    who = email[0] if len(email) == 1 else f"{email[0]} and {len(email) - 1} more"
    return (
        f"{who}: open the two messages 'AWS Notification - Subscription Confirmation' and follow "
        "their links; nothing is mailed before."
    )
