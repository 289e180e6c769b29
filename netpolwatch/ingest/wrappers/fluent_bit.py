"""Fluent Bit, with and without its Kubernetes filter: the line is one value of a JSON record.

`log` holds the text; `log_processed` (Container Insights) and `data` (the aws-for-fluent-bit
chart) what Merge_Log made of it; without Merge_Log_Key its fields stand beside `kubernetes`. With
Keep_Log both stand there: the line is told twice and counted once. Docker's json-file driver and
Fluentd write `log` too.
"""

from functools import lru_cache

from netpolwatch.ingest.wrappers import facts, json_text
from netpolwatch.ingest.wrappers.json_text import Fields
from netpolwatch.ingest.wrappers.model import Facts, Part, Peeled

_COMPANIONS = frozenset({
    "time", "timestamp", "@timestamp", "date", "stream", "logtag", "_p", "tag", "kubernetes",
    "docker", "container_id", "container_name", "source", "hostname", "host", "node", "node_name",
    "cluster", "cluster_name", "az", "ec2_instance_id", "file", "filename", "file_name",
    "file_path", "path", "attrs", "account_id", "region",
})  # fmt: skip
"""What shippers write beside `log`. Any other key makes a record an application's own JSON, unless
a `kubernetes` object shows that a shipper made it."""

_SHIPPERS = _COMPANIONS - {"timestamp", "host", "hostname", "source", "node"}
"""What Merge_Log leaves that is not the line's: agents up to v1.0.2 write `timestamp`."""

_POD_KEYS = frozenset({"pod_name", "namespace_name", "container_name"})
_SMALL_BYTES = 4096
_STREAMS = ("stdout", "stderr")


def peel(fields: Fields) -> Peeled | None:
    """Take the line out of a record; `None` when no shipper made it."""
    raw = fields.get("kubernetes")
    told = None if raw is None else facts_of_pod(bytes(raw))
    if told is None:
        text = _lone_text(fields)
        told = _lone_facts(fields)
    else:
        text = _payload(fields) or _beside(fields)
    if text is None:
        return None
    time = next((found for key in ("time", "date") if (found := _time(fields, key))), None)
    return Peeled(text, time, told, _part(fields, text))


def facts_of_pod(raw: bytes) -> Facts | None:
    """Read a `kubernetes` object as it is written; `None` for what the filter never wrote."""
    return _of_small(raw) if len(raw) <= _SMALL_BYTES else _read(raw)


def _read(raw: bytes) -> Facts | None:
    found = json_text.object_of(raw)
    return None if found is None or _POD_KEYS.isdisjoint(found) else facts.of_kubernetes(found)


# The pods of a node are few, and their `kubernetes` object is the same on every line.
_of_small = lru_cache(maxsize=1024)(_read)


def _payload(fields: Fields) -> str | None:
    """Take the line's own value; beside `data` and `message` no key of another may stand."""
    for key in ("log", "log_processed", "data", "message"):
        text = json_text.text_of(fields, key)
        if text is not None and (key.startswith("log") or _accompanied(fields, key)):
            return text
    return None


def _beside(fields: Fields) -> str | None:
    """Merge_Log without a key: what is left beside the shipper's own keys is the line."""
    left = {key: raw for key, raw in fields.items() if key not in _SHIPPERS}
    return json_text.written(left) if left else None


def _lone_text(fields: Fields) -> str | None:
    for key in ("log", "log_processed"):
        text = json_text.text_of(fields, key)
        if text is not None:
            return text if _accompanied(fields, key) or _merged(fields, text) else None
    return None


def _accompanied(fields: Fields, key: str) -> bool:
    return fields.keys() <= _COMPANIONS | {key, "log_processed", "data"}


def _merged(fields: Fields, text: str) -> bool:
    """Tell whether what stands beside `log` is what `log` holds."""
    inner = json_text.fields_of(text) if text.startswith("{") else None
    return bool(inner) and fields.keys() - _COMPANIONS - {"log"} <= (inner or {}).keys()


def _lone_facts(fields: Fields) -> Facts:
    # Fluentd's driver puts Docker's slash before the name.
    container = json_text.value_of(fields, "container_name")
    named = facts.name(container.lstrip("/")) if isinstance(container, str) else None
    keys = ("node_name", "node", "host", "hostname")
    hosts = (facts.name(json_text.value_of(fields, key)) for key in keys)
    return facts.of_container(None, None, named, next(filter(None, hosts), None))


def _time(fields: Fields, key: str) -> int | None:
    return json_text.time_of(json_text.value_of(fields, key))


def _part(fields: Fields, text: str) -> Part | None:
    """Read what Fluent Bit's CRI parser made of the prefix: `stream`, and `logtag` or `_p`."""
    if "logtag" not in fields and "_p" not in fields:
        return None
    stream = json_text.value_of(fields, "stream")
    tag = json_text.value_of(fields, "logtag") or json_text.value_of(fields, "_p")
    return part_of(stream, tag, text)


def part_of(stream: object, tag: object, text: str) -> Part | None:
    """Tell which piece a text is, by the values of the CRI prefix."""
    if stream not in _STREAMS or tag not in ("P", "F"):
        return None
    return Part(str(stream), text, tag == "P")
