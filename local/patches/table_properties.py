# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Properties of AWS::DynamoDB::Table that CloudFormation ignores.

Gap of MiniStack 1.5.33: `TimeToLiveSpecification` and `PointInTimeRecoverySpecification` are never
applied, `SSESpecification` only on update. AWS applies them on create and on update; one that
leaves the template is switched off. Streams work as they are.
"""

from collections.abc import Callable
from typing import Any

from local.patches._ministack import Json, Response, dynamodb, replace_handler, require


def apply() -> None:
    """Apply the properties after the stock handlers."""
    require(dynamodb, "_update_ttl", "data")
    require(dynamodb, "_update_continuous_backups", "data")
    require(dynamodb, "_update_table", "data")
    replace_handler("AWS::DynamoDB::Table", "create", _create)
    replace_handler("AWS::DynamoDB::Table", "update", _update)


def _create(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
        created: tuple[str, Json] = stock(logical_id, props, stack_name)
        _apply_properties(created[0], {}, props)
        if props.get("SSESpecification"):
            _encrypt(created[0], props["SSESpecification"])
        return created

    return create


def _update(stock: Callable[..., Any]) -> Callable[..., Any]:
    def update(
        physical_id: str,
        old_props: Json,
        new_props: Json,
        stack_name: str,
        logical_id: str | None = None,
    ) -> tuple[str, Json]:
        updated: tuple[str, Json] = stock(physical_id, old_props, new_props, stack_name, logical_id)
        _apply_properties(updated[0], old_props, new_props)
        return updated

    return update


def _apply_properties(table: str, old: Json, new: Json) -> None:
    ttl, old_ttl = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
    if ttl or old_ttl:
        specification = ttl or {**(old_ttl or {}), "Enabled": False}
        _checked(
            dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})
        )
    name = "PointInTimeRecoverySpecification"
    if new.get(name) or old.get(name):
        recovery = new.get(name) or {"PointInTimeRecoveryEnabled": False}
        _checked(dynamodb._update_continuous_backups({"TableName": table, name: recovery}))


def _encrypt(table: str, specification: Json) -> None:
    # The template says SSEEnabled where the API says Enabled.
    api = {**specification, "Enabled": specification.get("SSEEnabled", False)}
    api.pop("SSEEnabled", None)
    _checked(dynamodb._update_table({"TableName": table, "SSESpecification": api}))


def _checked(response: Response) -> None:
    status, _headers, body = response
    if status >= 400:  # noqa: PLR2004 - HTTP
        raise ValueError(f"AWS::DynamoDB::Table: {body!r}")
