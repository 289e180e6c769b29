# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Custom resources that fail: at once, and with the Delete that AWS sends afterwards.

Gaps of MiniStack 1.5.33: when the function raises, the stack waits for an answer that never comes,
an hour by default. So does AWS, after two retries; here the exception becomes the FAILED answer, so
that a mistake in a handler shows in a second. And a failed Create is never followed by a Delete; in
AWS the rollback sends one, with the physical id of the failed answer or one that it makes up.
Answers to ResponseURL, `Data` and replacement on Update work as they are.
"""

import logging

from local.patches._ministack import (
    Json,
    custom_resource,
    lambda_svc,
    provisioners,
    replace,
    replace_handler,
    require,
)

logger = logging.getLogger(__name__)

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"

Created = tuple[str, Json]

# Physical ids of failed answers, by stack id and logical id.
_failed_ids: dict[tuple[str, str], str] = {}


def apply() -> None:
    """Answer for a function that can no longer do it, and clean up after a failed Create."""
    require(provisioners, "_custom_resource_delete", "physical_id", "props", "stack_name")
    require(provisioners, "_cr_stack_id", "stack_name")
    _patch_execution()
    _patch_answers()
    _patch_create()


def _patch_execution() -> None:
    def execute(func: Json, event: Json) -> Json:
        result: Json = stock(func, event)
        if result.get("error") and "ResponseURL" in event:
            _answer_failed(event, result)
        return result

    stock = replace(lambda_svc, "_execute_function_with_config_scope", execute)


def _answer_failed(event: Json, result: Json) -> None:
    body = result.get("body") or {}
    custom_resource.deliver_response(
        event["ResponseURL"].rsplit("/", 1)[-1],
        {
            "Status": "FAILED",
            "Reason": f"{body.get('errorType')}: {body.get('errorMessage')}",
            "PhysicalResourceId": event.get("PhysicalResourceId"),
        },
    )


def _patch_answers() -> None:
    def deliver(token: str, response: Json) -> bool:
        key = response.get("StackId", ""), response.get("LogicalResourceId", "")
        if response.get("Status") == "FAILED" and response.get("PhysicalResourceId"):
            _failed_ids[key] = response["PhysicalResourceId"]
        return bool(stock(token, response))

    stock = replace(custom_resource, "deliver_response", deliver)


def _patch_create() -> None:
    def create(
        logical_id: str, props: Json, stack_name: str, resource_type: str = CUSTOM_RESOURCE
    ) -> Created:
        try:
            created: Created = stock(logical_id, props, stack_name, resource_type)
        except (RuntimeError, TimeoutError):
            _clean_up(logical_id, props, stack_name, resource_type)
            raise
        return created

    stock = replace(provisioners, "_custom_resource_create", create)
    replace_handler(CUSTOM_RESOURCE, "create", lambda _stock: create)


def _clean_up(logical_id: str, props: Json, stack_name: str, resource_type: str) -> None:
    key = provisioners._cr_stack_id(stack_name), logical_id
    physical_id = _failed_ids.pop(key, f"{stack_name}-{logical_id}-failed")
    try:
        provisioners._custom_resource_delete(
            physical_id, props, stack_name, logical_id, resource_type
        )
    except Exception:
        logger.exception("the Delete after a failed Create of %s failed too", logical_id)
