"""What a proof made is taken away again, and what stays is named."""

from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from smoke.account import Account
from smoke.stack import GROUP, NAME

_KEY_DAYS = 7


def remove_scratch(account: Account) -> None:
    """Delete the log group and the inbox; what is not there is no error."""
    with suppress(ClientError):
        account.client("logs").delete_log_group(logGroupName=GROUP)
    sqs = account.client("sqs")
    with suppress(ClientError):
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{NAME}-inbox")["QueueUrl"])


def leftovers(account: Account) -> list[str]:
    """Return the ARNs that still carry the stack's tag, the KMS key among them."""
    pages = account.client("resourcegroupstaggingapi").get_paginator("get_resources")
    tagged = pages.paginate(TagFilters=[{"Key": "netpolwatch:stack", "Values": [NAME]}])
    return sorted(
        mapping["ResourceARN"] for page in tagged for mapping in page["ResourceTagMappingList"]
    )


def end_keys(account: Account, arns: list[str]) -> list[str]:
    """Schedule the deletion of the scratch stack's keys, which `cdk destroy` keeps."""
    kms: Any = account.client("kms")
    ended = []
    for arn in arns:
        if ":kms:" in arn and kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled":
            kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=_KEY_DAYS)
            ended.append(arn)
    return ended
