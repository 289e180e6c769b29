"""A template as CloudFormation reads it in one region: pseudo parameters, mappings and joins."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stack is deployed to."""

    region: str
    partition: str
    suffix: str
    account: str = "123456789012"

    def read(self, template: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """The template with everything filled in that is known before a resource is made."""
        return self._filled(template, template.get("Mappings", {}))

    def _filled(self, value: Any, mappings: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, list):
            return [self._filled(item, mappings) for item in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": name, **rest} if not rest:
                return self._pseudo_parameters().get(name, value)
            case {"Fn::FindInMap": [name, key, field], **rest} if not rest:
                return mappings[name][self._filled(key, mappings)][field]
            case {"Fn::Join": [separator, parts], **rest} if not rest:
                return separator.join(map(str, self._filled(parts, mappings)))
        return {key: self._filled(item, mappings) for key, item in value.items()}

    def _pseudo_parameters(self) -> dict[str, str]:
        return {
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": self.suffix,
            "AWS::AccountId": self.account,
        }


COMMERCIAL = Place("eu-central-1", "aws", "amazonaws.com")
GOVCLOUD = Place("us-gov-west-1", "aws-us-gov", "amazonaws.com")
CHINA = Place("cn-north-1", "aws-cn", "amazonaws.com.cn")
