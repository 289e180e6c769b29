"""A deployment of the last release can be updated to this template, and keeps what it has learned.

CloudFormation replaces a resource when a property changes that can only be set at its creation: a
table comes back empty, a topic without its subscribers. It makes the new one before it deletes the
old one, so a fixed name that moved to another logical id is taken. DynamoDB takes one change of an
index an update. A new release adds its template to `releases/`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from infra.bundle import ROOT
from tests.infra.reading import Template

RELEASES = Path(__file__).parent / "releases"
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
}

ACCEPTED: Mapping[str, str] = {}
"""Stateful resources that an update may replace or delete, by logical id, each with its reason."""

Resources = dict[str, dict[str, Any]]


def version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.name.removesuffix(".template.json").split("."))


@pytest.fixture(scope="module")
def released() -> Resources:
    newest = max(RELEASES.glob("*.template.json"), key=version)
    resources: Resources = json.loads(newest.read_text(encoding="utf-8"))["Resources"]
    return resources


@pytest.fixture(scope="module")
def current(template: Template) -> Resources:
    resources: Resources = template.raw["Resources"]
    return resources


def schema_of(kind: str) -> dict[str, Any]:
    if kind.startswith("Custom::"):
        return {}
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return schema


def properties(schema: Mapping[str, Any], *lists: str) -> list[list[str]]:
    return [pointer.split("/")[2:] for of in lists for pointer in schema.get(of) or []]


def value_at(resource: Mapping[str, Any], path: list[str]) -> object:
    value: Any = resource.get("Properties", {})
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def replaced(old: Resources, new: Resources) -> Iterator[str]:
    """Resources that are there before and after, and that the update makes anew."""
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        only_at_creation = properties(
            schema_of(before["Type"]), "createOnlyProperties", "conditionalCreateOnlyProperties"
        )
        if before["Type"] != after["Type"] or any(
            value_at(before, path) != value_at(after, path) for path in only_at_creation
        ):
            yield name


def names(resources: Resources) -> dict[tuple[str, str], str]:
    """Logical id by the type and the name that the template itself gives."""
    found = {}
    for logical_id, resource in resources.items():
        identifier = properties(schema_of(resource["Type"]), "primaryIdentifier")
        if len(identifier) == 1 and (name := value_at(resource, identifier[0])) is not None:
            found[resource["Type"], json.dumps(name)] = logical_id
    return found


def indexes(resource: Mapping[str, Any]) -> dict[str, str]:
    found = resource.get("Properties", {}).get("GlobalSecondaryIndexes", [])
    return {index["IndexName"]: json.dumps(index, sort_keys=True) for index in found}


def test_what_holds_something_is_neither_replaced_nor_deleted(
    released: Resources, current: Resources
) -> None:
    stateful = {name for name, resource in released.items() if resource["Type"] in STATEFUL}
    assert len(stateful) >= 6
    gone = stateful - current.keys()
    assert (gone | (stateful & set(replaced(released, current)))) - ACCEPTED.keys() == set()


def test_no_fixed_name_moves_to_another_resource(released: Resources, current: Resources) -> None:
    before, after = names(released), names(current)
    assert len(before.keys() & after.keys()) >= 8
    moved = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert moved == set()


def test_nothing_with_a_fixed_name_is_replaced_under_it(
    released: Resources, current: Resources
) -> None:
    kept = {logical_id for name, logical_id in names(released).items() if name in names(current)}
    assert kept & set(replaced(released, current)) == set()


def test_a_table_changes_one_index_at_a_time(released: Resources, current: Resources) -> None:
    for name in released.keys() & current.keys():
        before, after = indexes(released[name]), indexes(current[name])
        altered = {i for i in before.keys() & after.keys() if before[i] != after[i]}
        assert altered == set(), f"{name}: an index cannot be altered; add one under a new name"
        assert len(before.keys() ^ after.keys()) <= 1, name


# The checks themselves, on what must not happen

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "netpolwatch-x"}}


def test_another_key_replaces_a_table_and_another_time_to_live_does_not() -> None:
    other_key = {"KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}]}
    other_ttl = {**TABLE["Properties"], "TimeToLiveSpecification": {"Enabled": False}}
    assert list(replaced({"T": TABLE}, {"T": {**TABLE, "Properties": other_key}})) == ["T"]
    assert list(replaced({"T": TABLE}, {"T": {**TABLE, "Properties": other_ttl}})) == []


def test_a_function_that_moves_in_the_code_takes_its_name_along() -> None:
    (before,), (after,) = names({"A": FUNCTION}), names({"B": FUNCTION})
    assert before == after
    assert names({"A": FUNCTION})[before] != names({"B": FUNCTION})[after]


def test_the_last_release_of_the_changelog_has_its_template() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)$", changelog, re.MULTILINE)
    assert releases
    assert (RELEASES / f"{releases[0]}.template.json").exists()
