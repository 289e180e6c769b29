"""`python -m infra.policies FOLDER` writes each IAM policy of the template, for a linter to read.

What is known only after the deployment stands as an ARN of the right form.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.app import compose

_CONTEXT = {"cluster": "prod", "email": "you@example.com", "aws:cdk:bundling-stacks": []}
_PLACE = "us-east-1:123456789012"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::DynamoDB::Table.Arn": f"arn:aws:dynamodb:{_PLACE}:table/name",
    "AWS::DynamoDB::Table.StreamArn": f"arn:aws:dynamodb:{_PLACE}:table/name/stream/2026",
    "AWS::KMS::Key.Arn": f"arn:aws:kms:{_PLACE}:key/11111111-2222-3333-4444-555555555555",
    "AWS::Lambda::Function.Arn": f"arn:aws:lambda:{_PLACE}:function:name",
    "AWS::Logs::LogGroup.Arn": f"arn:aws:logs:{_PLACE}:log-group:name:log-stream:name",
    "AWS::SNS::Topic": f"arn:aws:sns:{_PLACE}:name",
    "AWS::SQS::Queue.Arn": f"arn:aws:sqs:{_PLACE}:name",
}

Json = Mapping[str, Any]


def policies(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield each policy that a role has, by a name of its own."""
    resources = template["Resources"]
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, _filled(properties["PolicyDocument"], resources)
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                document = _filled(policy["PolicyDocument"], resources)
                yield f"{name}-{policy['PolicyName']}", document


def _filled(value: Any, resources: Json) -> Any:  # noqa: ANN401 - any JSON of a template
    if isinstance(value, list):
        return [_filled(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            return _PSEUDO.get(name) or _ARNS[resources[name]["Type"]]
        case {"Fn::GetAtt": [name, attribute]}:
            return _ARNS[f"{resources[name]['Type']}.{attribute}"]
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_filled(parts, resources))
    return {key: _filled(item, resources) for key, item in value.items()}


def main(folder: Path) -> None:
    """Write the policies, one JSON file each."""
    app, stack = compose(_CONTEXT)
    template = app.synth().get_stack_by_name(stack.stack_name).template
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in policies(template):
        safe = re.sub(r"\W", "-", name)
        (folder / f"{safe}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
