"""Who wrote a line, and where, by the usual keys of the record around it."""

from collections.abc import Mapping
from typing import Any, Final

from netpolwatch.ingest.loose.moments import moment_of
from netpolwatch.ingest.origin import NODE_BUNDLE, origin_of
from netpolwatch.ingest.wrappers import facts
from netpolwatch.ingest.wrappers.model import Facts

_KEYS: Final = {
    "host": (
        "pod_node_name", "node_name", "nodename", "k8s.node.name", "kubernetes.node.name",
        "kubernetes.host", "node", "host", "hostname", "host.name", "_hostname",
    ),
    "pod": ("pod_name", "podname", "k8s.pod.name", "kubernetes.pod.name", "pod.name", "pod"),
    "namespace": (
        "namespace_name", "pod_namespace", "k8s.namespace.name", "kubernetes.namespace",
        "namespace",
    ),
    "container": (
        "container_name", "containername", "k8s.container.name", "kubernetes.container.name",
        "container.name", "_container_name", "container",
    ),
}  # fmt: skip
_PATHS: Final = ("file", "path", "source", "filename", "file.path", "log.file.path")
_TIMES: Final = (
    "@timestamp", "timestamp", "time", "_time", "ts", "date", "datetime", "timeunixnano", "tsns",
    "observedtimeunixnano", "eventtime", "asctime",
)  # fmt: skip
_MAX_KEYS: Final = 400
_MAX_DEPTH: Final = 4


def flattened(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's scalars by small dotted keys, without the objects of its lists.

    A list of `{"key", "value"}` (OTLP) is read as the object that it stands for.
    """
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any, int]] = [("", record, 0)]
    while waiting and len(found) < _MAX_KEYS:
        prefix, value, depth = waiting.pop()
        for key, inner in _entries(value):
            name = f"{prefix}{key}".lower()
            if isinstance(inner, dict | list):
                if depth < _MAX_DEPTH:
                    waiting.append((f"{name}.", inner, depth + 1))
            elif len(found) < _MAX_KEYS:
                found.setdefault(name, inner)
    return found


def facts_beside(scalars: Mapping[str, Any]) -> Facts:
    """Return who wrote a line by the scalars of the records around it."""
    host, pod, namespace, container = (_named(scalars, keys) for keys in _KEYS.values())
    if container is None and pod is None:
        path = next((scalars[key] for key in _PATHS if isinstance(scalars.get(key), str)), "")
        return Facts(host=host, component=origin_of(NODE_BUNDLE, path).known_component)
    return facts.of_container(pod, namespace, container, host)


def time_beside(scalars: Mapping[str, Any]) -> int | None:
    """Return when a line was written by the scalars of the record around it."""
    times = (moment_of(scalars[key]) for key in _TIMES if key in scalars)
    return next((time for time in times if time is not None), None)


def _entries(value: object) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())[:_MAX_KEYS]
    if not isinstance(value, list):
        return []
    pairs = [each for each in value[:_MAX_KEYS] if isinstance(each, dict) and "key" in each]
    return [(str(each["key"]), _any_value(each.get("value"))) for each in pairs]


def _any_value(value: object) -> object:
    return value.get("stringValue") if isinstance(value, dict) else value


def _named(scalars: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """Return the first usual key that is named so, or ends so behind the names of its objects."""
    for key in keys:
        for name in (key, *(each for each in scalars if each.endswith(f".{key}"))):
            named = facts.name(scalars.get(name))
            if named is not None:
                return named
    return None
