"""The record of the OpenTelemetry collector's exporter to CloudWatch Logs: the line is its `body`.

Source: the exporter's record (`body`, severity, trace, `attributes`, `scope`, `resource`); the
names in `resource` and `attributes` are those of OpenTelemetry's conventions.
"""

from typing import Any, Final

from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Facts, Peeled

_BODY: Final = "body"
_KEYS: Final = frozenset({
    _BODY, "severity_number", "severity_text", "dropped_attributes_count", "flags", "trace_id",
    "span_id", "attributes", "scope", "resource",
})  # fmt: skip
_PATH: Final = "log.file.path"


def peel(fields: Fields) -> Peeled | None:
    """Return the body of a record; `None` for any other."""
    if _BODY not in fields or not fields.keys() <= _KEYS:
        return None
    text = json_text.text_of(fields, _BODY)
    return None if text is None else Peeled(text, facts=_facts(fields))


def _facts(fields: Fields) -> Facts:
    known: dict[str, Any] = {}
    for key in ("attributes", "resource"):
        raw = fields.get(key)
        known |= (json_text.object_of(bytes(raw)) or {}) if raw is not None else {}
    pod, namespace, container, node = (
        facts.name(known.get(key))
        for key in ("k8s.pod.name", "k8s.namespace.name", "k8s.container.name", "k8s.node.name")
    )
    return facts.of_container(pod, namespace, container, node or facts.name(known.get("host.name")))
