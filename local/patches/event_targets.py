# ruff: noqa: SLF001 - a patch reaches into what it patches
"""Rules and schedules invoke functions asynchronously, and schedules fill in their own time.

Gaps of MiniStack 1.5.33: a failure is not retried, `<aws.scheduler.…>` in a schedule's input stays
as it is, and schedules are looked at every 10 s only. AWS invokes asynchronously, replaces
`<aws.scheduler.scheduled-time>`, `execution-id`, `attempt-number` and `schedule-arn`.
"""

import json
import logging
import time

from local.patches._ministack import (
    Json,
    PatchMismatch,
    eventbridge,
    lambda_svc,
    replace,
    responses,
    scheduler,
)

logger = logging.getLogger(__name__)

TICK_SECONDS = 1


def apply() -> None:
    """Replace the invocation, fill in the input and tick faster."""
    if not isinstance(getattr(scheduler, "_SCHEDULE_TICK_INTERVAL", None), int):
        raise PatchMismatch("the scheduler has no tick interval")
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS  # type: ignore[attr-defined]
    replace(eventbridge, "_dispatch_to_lambda", _dispatch)

    def invoke_target(target: Json, event: Json, rule: Json, view: object = None) -> None:
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            target = {**target, "Input": _fill_in(target["Input"], event)}
        stock(target, event, rule, view)

    stock = replace(eventbridge, "_invoke_target", invoke_target)


def _dispatch(arn: str, payload: str) -> None:
    func, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        logger.warning("the target function %s does not exist", name)
        return
    record = lambda_svc._execution_record_for_config(func, config)
    lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def _fill_in(text: str, event: Json) -> str:
    scheduled = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["Time"]))
    values = {
        "scheduled-time": scheduled,
        "execution-id": responses.new_uuid(),
        "attempt-number": "1",
        "schedule-arn": event["Resources"][0],
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
