"""A snapshot as `kubectl … -o yaml` or `-o json` writes it. YAML stays out of Lambda bundles."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

import msgspec
import yaml

from netpolwatch.kubernetes.snapshot import (
    MAX_DOCUMENTS,
    Snapshot,
    SnapshotError,
    read_json_snapshot,
    snapshot_of,
)

MAX_YAML_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 100
_TAG: Final = "tag:yaml.org,2002:"
_PLAIN: Final = (
    ("null", re.compile(r"(?:null|~|)$"), ["n", "~", ""]),
    ("bool", re.compile(r"(?:true|false)$"), ["t", "f"]),
    ("int", re.compile(r"-?(?:0|[1-9]\d{0,18})$"), list("-0123456789")),
    ("float", re.compile(r"-?\d{1,20}(?:\.\d{1,20}(?:e[-+]?\d{1,2})?|e[-+]?\d{1,2})$"),
     list("-0123456789")),
)  # fmt: skip
"""What kubectl writes bare and means: null, truth and numbers.

It quotes a text that its own reader would take for another type, and no more: PyYAML's own rules
take `=`, `<<`, `0x_` and times for what nobody can load.
"""


class _Loader(yaml.CSafeLoader):
    """Safe; every other plain scalar is a text."""

    yaml_implicit_resolvers: ClassVar = {}  # type: ignore[misc]  # a class's own in PyYAML, too


for _name, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_TAG + _name, _pattern, _first)


def read_snapshot(data: bytes, at_ms: int | None = None) -> Snapshot:
    """Read a snapshot in YAML or JSON, taken at `at_ms` (ms since 1970, UTC).

    `None` takes the newest time that its objects tell. Raises `SnapshotError` for a file that is
    none, for one too big (YAML over 64 MiB: use `-o json`), and for YAML with aliases, which
    kubectl does not write and which make a small file huge.
    """
    if data.lstrip()[:1] in (b"{", b"["):
        return read_json_snapshot(data, at_ms)
    if len(data) > MAX_YAML_BYTES:
        raise SnapshotError(f"the YAML is over {MAX_YAML_BYTES} bytes; write it with -o json")
    try:
        _check(data)
        return snapshot_of(_documents(data), at_ms)
    except yaml.YAMLError as error:
        first = str(error).partition("\n")[0]
        raise SnapshotError(f"the snapshot is no YAML: {first}") from None


def _check(data: bytes) -> None:
    """Refuse what grows when it is loaded, before any of it is."""
    depth = documents = 0
    for event in yaml.parse(data, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise SnapshotError("the YAML holds an alias")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or documents > MAX_DOCUMENTS:
            raise SnapshotError("the YAML is nested too deeply or holds too many documents")


def _documents(data: bytes) -> Iterator[msgspec.Raw]:
    for document in yaml.load_all(data, Loader=_Loader):
        if document is not None:
            yield msgspec.Raw(_encoded(document))


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"a document holds what JSON cannot: {error}") from None
