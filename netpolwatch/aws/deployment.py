"""A deployed stack, as its outputs tell it: what the running commands work on."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws import clients
from netpolwatch.aws.ledger import DynamoLedger
from netpolwatch.aws.problems import connection_problem


class DeploymentError(Exception):
    """The stack cannot be read, or is none of ours; one line for a person."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack of ours.

    Attributes
    ----------
    outputs
        Its outputs by name.
    """

    stack: str
    outputs: dict[str, str]

    @classmethod
    def named(cls, stack: str) -> "Deployed":
        """Read a stack of this account and region; raises `DeploymentError`."""
        try:
            answer = boto3.client("cloudformation").describe_stacks(StackName=stack)
        except (ClientError, BotoCoreError) as error:
            raise DeploymentError(f"stack {stack}: {connection_problem(error)}") from None
        outputs = {
            one["OutputKey"]: one["OutputValue"] for one in answer["Stacks"][0].get("Outputs", [])
        }
        if "FindingsTableName" not in outputs:
            raise DeploymentError(f"stack {stack} is none of netpolwatch's")
        return cls(stack, outputs)

    def ledger(self) -> DynamoLedger:
        """Give its findings table."""
        return DynamoLedger(clients.dynamodb(), self.outputs["FindingsTableName"])

    @property
    def analyzer(self) -> str:
        """Name of its analyzer."""
        return f"{self.stack}-analyzer"

    def queues(self) -> dict[str, str]:
        """Give its failure queues: name to URL."""
        return {
            "analyzer": self.outputs["AnalyzerFailureQueueUrl"],
            "judge": self.outputs["JudgeFailureQueueUrl"],
            "notifier": self.outputs["NotifierFailureQueueUrl"],
        }


def invoke_later(function: str, payload: bytes) -> None:
    """Invoke a function asynchronously; raises `ClientError`."""
    client: Any = boto3.client("lambda")
    client.invoke(FunctionName=function, InvocationType="Event", Payload=payload)
