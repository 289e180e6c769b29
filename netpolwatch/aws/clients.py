"""Clients, made when something must be written and not before."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
)


@cache
def dynamodb() -> "DynamoDBClient":
    """Give this container's client of DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def sns() -> "SNSClient":
    """Give this container's client of SNS."""
    return boto3.client("sns", config=_CONFIG)
