"""Which calls a function makes: written down in its own process, by botocore's one door.

Put beside the SDK that functions see, so it imports the standard library alone. Nothing is imported
earlier than without it: the hook waits for `botocore.client`.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_CLIENT = "botocore.client"
_NAMED = (
    "TableName", "IndexName", "TopicArn", "QueueUrl", "logGroupName", "FunctionName", "SecretId",
)  # fmt: skip


def install(journal: str) -> None:
    """Append each call to a file, one JSON line each: function, service, operation, resources."""
    sys.meta_path.insert(0, _Finder(journal))


class _Finder(MetaPathFinder):
    def __init__(self, journal: str) -> None:
        self._journal = journal

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != _CLIENT:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Wrapped(spec.loader, self._journal)
        return spec


class _Wrapped(Loader):
    def __init__(self, stock: Loader, journal: str) -> None:
        self._stock, self._journal = stock, journal

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._stock.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._stock.exec_module(module)
        client: Any = vars(module)["BaseClient"]
        stock: Callable[[Any, str, dict[str, Any]], Any] = client._make_api_call  # noqa: SLF001
        journal = self._journal

        def make_api_call(self: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401
            _write(journal, self.meta.service_model.service_name, operation, params)
            return stock(self, operation, params)

        client._make_api_call = make_api_call  # noqa: SLF001


def _write(journal: str, service: str, operation: str, params: Mapping[str, Any]) -> None:
    call = {
        "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        "service": service,
        "operation": operation,
        "resources": _resources(params),
    }
    with open(journal, "a", encoding="utf-8") as file:  # noqa: PTH123 - nothing more is imported
        file.write(json.dumps(call) + "\n")


def _resources(params: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: params[name] for name in _NAMED if name in params}
    if "TransactItems" in params:
        found["TransactItems"] = [
            [kind, item["TableName"]]
            for each in params["TransactItems"]
            for kind, item in each.items()
        ]
    if isinstance(params.get("RequestItems"), dict):
        found["RequestItems"] = sorted(params["RequestItems"])
    if isinstance(params.get("Entries"), list):
        found["EventBusNames"] = sorted({e.get("EventBusName", "") for e in params["Entries"]})
    return found
