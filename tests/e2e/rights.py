"""What a role allows, held against what its function calls.

A call becomes the actions that IAM asks for (a transaction is authorised by what is done to each of
its items), each on the ARN of its resource. Sources: the service authorization reference.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.emulator import Emulator
from local.layout import ACCOUNT, REGION
from tests.infra.placing import Place

_TRANSACTED = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip
Asked = tuple[str, str]
"""An action and the ARN that it is asked for."""


@dataclass(frozen=True, slots=True)
class Right:
    """One action on one pattern of resources that a role allows."""

    action: str
    resource: str

    def covers(self, asked: Asked) -> bool:
        """Whether an action on a resource is allowed by it."""
        return _like(asked[0], self.action) and _like(asked[1], self.resource)


def rights_of(emulator: Emulator, stack: str, function: str) -> list[Right]:
    """Return what the role of a deployed function allows, all policies together."""
    configuration = emulator.client("lambda").get_function_configuration(FunctionName=function)
    role = configuration["Role"].rpartition("/")[2]
    iam: Any = emulator.client("iam")
    inline = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    managed = list(_managed(emulator, stack)) if function.endswith("-subscriber") else []
    return [right for document in (*inline, *managed) for right in _rights(document)]


def _managed(emulator: Emulator, stack: str) -> Iterator[dict[str, Any]]:
    """Yield the managed policies of a stack: the emulator keeps them in the template alone."""
    cloudformation: Any = emulator.client("cloudformation")
    body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    for resource in (
        Place(REGION, "aws", "amazonaws.com", ACCOUNT).read(template)["Resources"].values()
    ):
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield resource["Properties"]["PolicyDocument"]


def asked(call: Mapping[str, Any]) -> Iterator[Asked]:
    """Yield what a recorded call asks for."""
    service, operation, resources = call["service"], call["operation"], call["resources"]
    match service:
        case "dynamodb":
            yield from _of_tables(operation, resources)
        case "sns":
            yield f"sns:{operation}", resources["TopicArn"]
        case "sqs":
            queue = resources["QueueUrl"].rpartition("/")[2]
            yield f"sqs:{operation}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
        case "logs":
            group = f"log-group:{resources['logGroupName']}:*"
            yield f"logs:{operation}", f"arn:aws:logs:{REGION}:{ACCOUNT}:{group}"
        case "events":
            for bus in resources["EventBusNames"]:
                yield f"events:{operation}", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"
        case "secretsmanager":
            yield f"secretsmanager:{operation}", resources["SecretId"]
        case "cloudwatch":
            yield f"cloudwatch:{operation}", "*"
        case _:
            raise AssertionError(f"{service}:{operation} is not in this table")


def _of_tables(operation: str, resources: Mapping[str, Any]) -> Iterator[Asked]:
    if "TransactItems" in resources:
        for kind, table in resources["TransactItems"]:
            yield f"dynamodb:{_TRANSACTED[kind]}", _table(table)
        return
    names = resources.get("RequestItems") or [resources["TableName"]]
    index = f"/index/{resources['IndexName']}" if "IndexName" in resources else ""
    for name in names:
        yield f"dynamodb:{operation}", _table(name) + index


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _rights(document: Mapping[str, Any] | str) -> Iterator[Right]:
    policy = json.loads(document) if isinstance(document, str) else document
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Right(action, resource)


def _listed(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _like(value: str, pattern: str) -> bool:
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(".*".join(parts), value) is not None
