# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Properties of AWS::Lambda::Function that CloudFormation ignores.

Gap of MiniStack 1.5.33: `DeadLetterConfig`, `ReservedConcurrentExecutions` and `KmsKeyArn` of a
template are dropped. AWS applies them on create and on update; one that leaves the template is
taken away.
"""

from collections.abc import Callable
from typing import Any

from local.patches._ministack import Json, lambda_svc, replace_handler


def apply() -> None:
    """Apply the properties after the stock handlers."""
    replace_handler("AWS::Lambda::Function", "create", _create)
    replace_handler("AWS::Lambda::Function", "update", _update)


def _create(stock: Callable[..., Any]) -> Callable[..., Any]:
    def create(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
        created: tuple[str, Json] = stock(logical_id, props, stack_name)
        _apply_properties(created[0], props)
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
        _apply_properties(updated[0], new_props)
        return updated

    return update


def _apply_properties(name: str, props: Json) -> None:
    record = lambda_svc._functions[name]
    for key in ("DeadLetterConfig", "KmsKeyArn"):
        if props.get(key):
            record["config"][key] = props[key]
        else:
            record["config"].pop(key, None)
    reserved = props.get("ReservedConcurrentExecutions")
    record["concurrency"] = None if reserved is None else int(reserved)
