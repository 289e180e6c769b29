"""Clients, made when something must be written and not before."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5}, connect_timeout=3, read_timeout=10
)

_HASTY = Config(
    retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=4
)


@cache
def dynamodb() -> "DynamoDBClient":
    """Give this container's client of DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def hasty_dynamodb() -> "DynamoDBClient":
    """Return a client for what is optional: it gives a request up after seconds, and at once."""
    return boto3.client("dynamodb", config=_HASTY)


@cache
def sns() -> "SNSClient":
    """Give this container's client of SNS."""
    return boto3.client("sns", config=_CONFIG)


@cache
def events() -> "EventBridgeClient":
    """Give this container's client of EventBridge."""
    return boto3.client("events", config=_CONFIG)


@cache
def sqs() -> "SQSClient":
    """Give this container's client of SQS."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def secrets() -> "SecretsManagerClient":
    """Give this container's client of Secrets Manager."""
    return boto3.client("secretsmanager", config=_CONFIG)


@cache
def cloudwatch() -> "CloudWatchClient":
    """Give this container's client of CloudWatch."""
    return boto3.client("cloudwatch", config=_CONFIG)
