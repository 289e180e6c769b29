"""A synthesized template, readable: `{"Fn::GetAtt": ["TableA1B2C3D4", "Arn"]}` is `Table.Arn`."""

import re
from typing import Any

# What the CDK appends to a logical id to keep it unique.
_HASH = re.compile(r"[0-9A-F]{8}$")


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with its references, joins and attributes written as text."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name, **rest} | {"Fn::FindInMap": [name, *_], **rest} if not rest:
            return _HASH.sub("", name)
        case {"Fn::GetAtt": [name, attribute], **rest} if not rest:
            return f"{_HASH.sub('', name)}.{attribute}"
        case {"Fn::Join": [separator, parts], **rest} if not rest:
            return separator.join(map(str, plain(parts)))
    return {key: plain(item) for key, item in value.items()}


class Template:
    """Resources by type and by the readable form of their logical ids."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.outputs: dict[str, Any] = {k: plain(v["Value"]) for k, v in raw["Outputs"].items()}
        self._resources: dict[str, dict[str, Any]] = {
            _HASH.sub("", k): v for k, v in raw["Resources"].items()
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {
            name: plain(resource.get("Properties", {}))
            for name, resource in self._resources.items()
            if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        (properties,) = self.of_type(kind).values()
        return properties

    def types(self) -> set[str]:
        return {resource["Type"] for resource in self._resources.values()}

    def resource(self, name: str) -> dict[str, Any]:
        return self._resources[name]

    def statements(self, role: str) -> list[tuple[str, set[str], str, dict[str, Any]]]:
        """Every statement of a role, whichever policy holds it: effect, actions, resource, if."""
        documents = [
            policy["PolicyDocument"]
            for policy in self.of_type("AWS::IAM::Role")[role].get("Policies", [])
        ]
        documents += [
            policy["PolicyDocument"]
            for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
            for policy in self.of_type(kind).values()
            if role in policy["Roles"]
        ]
        return [_statement(s) for document in documents for s in document["Statement"]]


def _statement(statement: dict[str, Any]) -> tuple[str, set[str], str, dict[str, Any]]:
    actions, resource = statement["Action"], statement["Resource"]
    names = {actions} if isinstance(actions, str) else set(actions)
    if isinstance(resource, list):
        resource = ", ".join(resource)
    assert isinstance(resource, str)
    return statement["Effect"], names, resource, statement.get("Condition", {})
