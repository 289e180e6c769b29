# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Resource types that the emulator lacks are accepted, do nothing, and are written down.

Gap of MiniStack 1.5.33: a template with a type that it does not know is refused
(AWS::CloudWatch::CompositeAlarm, AWS::Logs::QueryDefinition, …), and so is an alarm over metric
math or anomaly detection (`Metrics`). AWS has them all. Here each is recorded as
`[type, logical id]`, so that a test can say which of its resources exist on paper only.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.patches._ministack import (
    Json,
    PatchMismatch,
    changesets,
    provisioners,
    replace_handler,
    responses,
)

Created = tuple[str, Json]


class _Attributes(dict[str, str]):
    """Answers every Fn::GetAtt: attributes that name an ARN with one, others with the id."""

    def __init__(self, resource_type: str, physical_id: str) -> None:
        super().__init__()
        service, kind = resource_type.lower().split("::")[1:3]
        account, region = responses.get_account_id(), responses.get_region()
        self["Arn"] = f"arn:aws:{service}:{region}:{account}:{kind}/{physical_id}"
        self["Id"] = physical_id

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)

    def __missing__(self, key: str) -> str:
        return self["Arn"] if key.endswith("Arn") else self["Id"]


class _Handlers(dict[str, Any]):
    """The handler table, with an entry for every AWS type there is."""

    def __init__(self, stock: dict[str, Any], record: Callable[[str, str], None]) -> None:
        super().__init__(stock)
        self._record = record

    def __contains__(self, resource_type: object) -> bool:
        return super().__contains__(resource_type) or _is_foreign(resource_type)

    def get(self, resource_type: str, default: Any = None) -> Any:  # noqa: ANN401 - as dict.get
        found = super().get(resource_type)
        if found is None and _is_foreign(resource_type):
            return _noop(resource_type, self._record)
        return default if found is None else found


def apply(journal: Path) -> None:
    """Accept every type; write those without a handler into `journal`."""

    def record(resource_type: str, logical_id: str) -> None:
        with journal.open("a") as lines:
            lines.write(json.dumps([resource_type, logical_id]) + "\n")

    if changesets._RESOURCE_HANDLERS is not provisioners._RESOURCE_HANDLERS:
        raise PatchMismatch("there is more than one table of handlers")
    _accept_metric_math(record)
    handlers = _Handlers(provisioners._RESOURCE_HANDLERS, record)
    for module in (changesets, provisioners):
        module._RESOURCE_HANDLERS = handlers  # type: ignore[attr-defined]


def _is_foreign(resource_type: object) -> bool:
    text = str(resource_type)
    # CloudFormation's own types and custom resources are the engine's business.
    return text.startswith("AWS::") and not text.startswith("AWS::CloudFormation::")


def _noop(resource_type: str, record: Callable[[str, str], None]) -> dict[str, Any]:
    def create(logical_id: str, _props: Json, stack_name: str) -> Created:
        record(resource_type, logical_id)
        physical_id = f"{stack_name}-{logical_id}"
        return physical_id, _Attributes(resource_type, physical_id)

    def update(physical_id: str, _old_props: Json, _new_props: Json, _stack_name: str) -> Created:
        return physical_id, _Attributes(resource_type, physical_id)

    def delete(_physical_id: str, _props: Json) -> None:
        return

    return {"create": create, "update": update, "delete": delete}


def _accept_metric_math(record: Callable[[str, str], None]) -> None:
    kind = "AWS::CloudWatch::Alarm"

    def wrap(stock: Callable[..., Any]) -> Callable[..., Any]:
        def create(logical_id: str, props: Json, stack_name: str) -> Created:
            if not props.get("Metrics"):
                created: Created = stock(logical_id, props, stack_name)
                return created
            record(kind, logical_id)
            name = str(props.get("AlarmName") or f"{stack_name}-{logical_id}")
            return name, {"Arn": _alarm_arn(name)}

        return create

    def wrap_update(stock: Callable[..., Any]) -> Callable[..., Any]:
        def update(
            physical_id: str,
            old_props: Json,
            new_props: Json,
            stack_name: str,
            logical_id: str | None = None,
        ) -> Created:
            if new_props.get("Metrics"):
                return physical_id, {"Arn": _alarm_arn(physical_id)}
            updated: Created = stock(physical_id, old_props, new_props, stack_name, logical_id)
            return updated

        return update

    replace_handler(kind, "create", wrap)
    replace_handler(kind, "update", wrap_update)


def _alarm_arn(name: str) -> str:
    account, region = responses.get_account_id(), responses.get_region()
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
