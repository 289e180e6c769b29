# ruff: noqa: SLF001 - a patch reaches into what it patches
"""The one door to MiniStack and its HTTP server, and the only way in which a patch changes them.

The modules are typed as `ModuleType`, whose attributes are Any: neither is known to the type
checker, which runs in another environment.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

Json = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

hypercorn_asyncio = import_module("hypercorn.asyncio")
hypercorn_config = import_module("hypercorn.config")
app = import_module("ministack.app")
arn = import_module("ministack.core.arn")
concurrency = import_module("ministack.core.concurrency")
lambda_runtime = import_module("ministack.core.lambda_runtime")
responses = import_module("ministack.core.responses")
cloudformation = import_module("ministack.services.cloudformation")
changesets = import_module("ministack.services.cloudformation.changesets")
custom_resource = import_module("ministack.services.cloudformation.custom_resource")
provisioners = import_module("ministack.services.cloudformation.provisioners")
cloudwatch = import_module("ministack.services.cloudwatch")
dynamodb = import_module("ministack.services.dynamodb")
eventbridge = import_module("ministack.services.eventbridge")
lambda_svc = import_module("ministack.services.lambda_svc")
eks = import_module("ministack.services.eks")
logs = import_module("ministack.services.cloudwatch_logs")
scheduler = import_module("ministack.services.scheduler")
sns = import_module("ministack.services.sns")
sqs = import_module("ministack.services.sqs")


class PatchMismatch(RuntimeError):  # noqa: N818 - it says what is wrong
    """What a patch replaces is not what the patch was written for."""


def replace(
    owner: ModuleType | type, name: str, replacement: Callable[..., Any]
) -> Callable[..., Any]:
    """Put `replacement` in the place of `owner.name` and return the original.

    Raises PatchMismatch unless both take the same parameters by name and order.
    """
    original: Callable[..., Any] | None = getattr(owner, name, None)
    if original is None:
        raise PatchMismatch(f"{owner.__name__}.{name} does not exist")
    expected, found = _parameters(replacement), _parameters(original)
    if expected != found:
        raise PatchMismatch(f"{owner.__name__}.{name} takes {found}, the patch {expected}")
    setattr(owner, name, replacement)
    return original


def replace_handler(
    resource_type: str, action: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> None:
    """Wrap the CloudFormation handler of one resource type (`create`, `update`, `delete`).

    Raises PatchMismatch when there is none or when its parameters are not the usual ones.
    """
    handlers = provisioners._RESOURCE_HANDLERS.get(resource_type) or {}
    original = handlers.get(action)
    if not callable(original):
        raise PatchMismatch(f"{resource_type} has no handler to {action}")
    wrapped = wrap(original)
    expected, found = _parameters(wrapped), _parameters(original)
    if expected != found:
        raise PatchMismatch(f"{resource_type} {action} takes {found}, the patch {expected}")
    handlers[action] = wrapped


def require(owner: ModuleType | type, name: str, *parameters: str) -> None:
    """Check that a function which a patch calls exists and takes these parameters.

    Raises PatchMismatch.
    """
    found = getattr(owner, name, None)
    if not callable(found) or _parameters(found)[: len(parameters)] != parameters:
        raise PatchMismatch(f"{owner.__name__}.{name} is not as the patch expects it")


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name.lstrip("_") for name in inspect.signature(function).parameters)


@contextmanager
def scope(account: str, region: str) -> Iterator[None]:
    """Act as this account in this region, as MiniStack does within a request."""
    account_token = responses._request_account_id.set(account)
    region_token = responses._request_region.set(region)
    try:
        yield
    finally:
        responses._request_account_id.reset(account_token)
        responses._request_region.reset(region_token)
