"""Vector's records of its sources `file` and `kubernetes_logs`: the line is their `message`."""

from typing import Any, Final

from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Facts, Peeled

_SOURCES: Final = ("file", "kubernetes_logs")
_KEYS: Final = frozenset({
    "file", "host", "kubernetes", "message", "offset", "source_type", "stream", "timestamp",
    "timestamp_end", "cluster", "region", "environment",
})  # fmt: skip


def peel(fields: Fields) -> Peeled | None:
    """Return the message of a record of one of the two sources; `None` for any other."""
    if "source_type" not in fields or not fields.keys() <= _KEYS:
        return None
    if json_text.value_of(fields, "source_type") not in _SOURCES:
        return None
    text = json_text.text_of(fields, "message")
    if text is None:
        return None
    time = json_text.time_of(json_text.value_of(fields, "timestamp"))
    return Peeled(text, time, _facts(fields))


def _facts(fields: Fields) -> Facts:
    raw = fields.get("kubernetes")
    pod: dict[str, Any] = (json_text.object_of(bytes(raw)) or {}) if raw is not None else {}
    names = (
        facts.name(pod.get(key))
        for key in ("pod_name", "pod_namespace", "container_name", "pod_node_name")
    )
    name, namespace, container, node = names
    host = node or facts.name(json_text.value_of(fields, "host"))
    return facts.of_container(name, namespace, container, host)
