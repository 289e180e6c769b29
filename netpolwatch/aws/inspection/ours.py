"""Our own stack, where it is deployed beside the cluster."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from netpolwatch.aws.inspection.reading import read
from netpolwatch.doctor.facts import Deployment, MailSubscription

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sns import SNSClient

_PENDING: Final = "PendingConfirmation"
_MOST_ADDRESSES: Final = 50


def deployment(
    formation: "CloudFormationClient", sns: "SNSClient", stack: str, function_prefix: str
) -> Deployment | None:
    """Return our stack; `None` where none of that name is here. Raises `ClientError`.

    `function_prefix` is what ARNs of the account's functions begin with.
    """
    try:
        described = formation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response.get("Error", {}).get("Message", ""):
            return None
        raise
    topics = [
        output["OutputValue"]
        for output in described.get("Outputs", [])
        if output.get("OutputKey") == "FindingsTopicArn"
    ]
    return Deployment(
        stack=stack,
        analyzer_arn=f"{function_prefix}:{stack}-analyzer",
        mails=read("sns:ListSubscriptionsByTopic", lambda: _mails(sns, topics)),
    )


def _mails(client: "SNSClient", topics: list[str]) -> tuple[MailSubscription, ...]:
    return tuple(
        MailSubscription(one["Endpoint"], one["SubscriptionArn"] != _PENDING)
        for topic in topics
        for page in client.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=topic, PaginationConfig={"MaxItems": _MOST_ADDRESSES}
        )
        for one in page["Subscriptions"]
        if one.get("Protocol") == "email"
    )
