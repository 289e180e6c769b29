"""`python -m infra.inventory` writes docs/resources.md: what a deployment makes."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.app import compose

_HASH = re.compile(r"[0-9A-F]{8}$")
_CONTEXT = {"cluster": "CLUSTER", "email": "you@example.com", "aws:cdk:bundling-stacks": []}

_PAGE = """# What a deployment makes

Generated from the template (`make docs`) for one cluster and one e-mail address, without chat.
Each further log group adds a permission, each cluster three alarms. All of it carries the tags
`application` and `netpolwatch:stack`. [deploy.md](deploy.md) says how to deploy it.

## Resources

| what | how many | which |
|---|---:|---|
{resources}

## What each role may do

A role trusts the one service that takes it. `*` as a resource stands only where an action knows
none.

{roles}"""

Template = Mapping[str, Any]


def page() -> str:
    """Write the page."""
    app, stack = compose(_CONTEXT)
    template: Template = app.synth().get_stack_by_name(stack.stack_name).template
    return _PAGE.format(
        resources="\n".join(_resources(template)), roles="\n".join(_roles(template))
    )


def _resources(template: Template) -> Iterator[str]:
    by_type: dict[str, list[str]] = defaultdict(list)
    for name, resource in template["Resources"].items():
        by_type[resource["Type"]].append(_short(name))
    for kind in sorted(by_type):
        names = ", ".join(sorted(by_type[kind]))
        yield f"| `{kind}` | {len(by_type[kind])} | {names} |"


def _roles(template: Template) -> Iterator[str]:
    resources = template["Resources"]
    for name, resource in sorted(resources.items()):
        if resource["Type"] != "AWS::IAM::Role":
            continue
        (trust,) = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        yield f"### {_short(name)}\n\nTaken by `{_text(trust['Principal']['Service'])}`.\n"
        yield "| may | on | if |\n|---|---|---|"
        yield from map(_statement, _statements(resources, name))
        yield ""


def _statements(resources: Template, role: str) -> Iterator[Mapping[str, Any]]:
    for policy in resources[role]["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for resource in resources.values():
        attached = resource.get("Properties", {}).get("Roles", [])
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and {"Ref": role} in attached:
            yield from resource["Properties"]["PolicyDocument"]["Statement"]


def _statement(statement: Mapping[str, Any]) -> str:
    actions = ", ".join(f"`{action}`" for action in _listed(statement["Action"]))
    where = ", ".join(f"`{_text(resource)}`" for resource in _listed(statement["Resource"]))
    conditions = [
        f"`{key}` is {' or '.join(f'`{_text(value)}`' for value in _listed(values))}"
        for operator in statement.get("Condition", {}).values()
        for key, values in operator.items()
    ]
    return f"| {actions} | {where} | {', '.join(conditions)} |"


def _listed(value: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON of a template
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON of a template
    match value:
        case {"Ref": name}:
            return _short(name.removeprefix("AWS::"))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{_short(name)}.{attribute}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_text, parts))
    return str(value)


def _short(name: str) -> str:
    return _HASH.sub("", name)


if __name__ == "__main__":
    sys.stdout.write(page())
