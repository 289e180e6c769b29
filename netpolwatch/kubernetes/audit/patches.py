"""What a patch says by itself, where the object that it made is not in the event.

Three forms (`kubectl patch --type`): a merge patch and a strategic merge patch are parts of the
object, `null` taking a key away; a JSON patch is a list of operations on paths.
"""

from typing import NamedTuple

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import BAD_BODY, BRANCH_ENI

_MAX_OPERATIONS = 256
_LABELS = "/metadata/labels"
_ANNOTATION = "/metadata/annotations/" + BRANCH_ENI.replace("~", "~0").replace("/", "~1")
_FINALIZERS = "/metadata/finalizers"


class Patch(NamedTuple):
    """The parts of a patch that are read.

    Attributes
    ----------
    labels
        Labels set or (`None`) taken away; `None` where the patch does not touch them.
    whole
        The labels replace all that were.
    branch_eni
        The annotation `vpc.amazonaws.com/pod-eni`, where it is set.
    finalizers
        What is left of the finalizers, where the patch tells.
    spec
        Whether it touches anything but metadata and status.
    """

    labels: dict[str, str | None] | None = None
    whole: bool = False
    branch_eni: str | None = None
    finalizers: tuple[str, ...] | None = None
    spec: bool = False


class _Metadata(msgspec.Struct, gc=False):
    labels: dict[str, str | None] | msgspec.UnsetType | None = msgspec.UNSET
    annotations: dict[str, str | None] | None = None
    finalizers: list[str] | msgspec.UnsetType | None = msgspec.UNSET


class _Merge(msgspec.Struct, gc=False):
    metadata: _Metadata | None = None
    spec: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


class _Operation(msgspec.Struct, gc=False):
    op: str
    path: str
    value: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    source: str = msgspec.field(name="from", default="")


_MERGE = msgspec.json.Decoder(_Merge)
_OPERATIONS = msgspec.json.Decoder(list[_Operation])
_TEXT = msgspec.json.Decoder(str)
_TEXTS = msgspec.json.Decoder(list[str])
_MAP = msgspec.json.Decoder(dict[str, str])


def read_patch(raw: msgspec.Raw) -> Patch | None:
    """Read a patch of any form; `None` where it cannot be read."""
    try:
        if bytes(raw).lstrip()[:1] == b"[":
            return _json_patch(_OPERATIONS.decode(raw)[:_MAX_OPERATIONS])
        return _merge_patch(_MERGE.decode(raw))
    except BAD_BODY:
        return None


def _merge_patch(patch: _Merge) -> Patch:
    meta = patch.metadata or _Metadata()
    labels = meta.labels
    finalizers = meta.finalizers
    return Patch(
        labels=None if labels is msgspec.UNSET else bounds.changes(labels),
        whole=labels is None,
        branch_eni=(meta.annotations or {}).get(BRANCH_ENI),
        finalizers=None if finalizers is msgspec.UNSET else _kept(finalizers),
        spec=bool(bytes(patch.spec)),
    )


def _json_patch(operations: list[_Operation]) -> Patch:
    patch = Patch()
    for operation in operations:
        patch = _applied(patch, operation)
    return patch


def _applied(patch: Patch, operation: _Operation) -> Patch:
    path, removes = operation.path, operation.op == "remove"
    if operation.op in ("move", "copy"):
        return _moved(patch, operation)
    if operation.op not in ("add", "replace", "remove"):
        return patch
    if path.startswith(_LABELS):
        return _labelled(patch, operation, removes=removes)
    if path == _ANNOTATION and not removes:
        return patch._replace(branch_eni=_TEXT.decode(operation.value))
    if path == _FINALIZERS:
        return patch._replace(finalizers=() if removes else _kept(_TEXTS.decode(operation.value)))
    return patch if path.startswith(("/metadata/", "/status")) else patch._replace(spec=True)


def _moved(patch: Patch, operation: _Operation) -> Patch:
    """Take in that a value comes from elsewhere: of labels it is not known, and no patch tells it.

    Raises `ValueError` where labels are concerned.
    """
    paths = operation.path, operation.source
    if any(path.startswith((_LABELS, _FINALIZERS)) for path in paths):
        raise ValueError("a label or finalizer whose value is elsewhere")
    own = all(path.startswith(("/metadata/", "/status")) for path in paths)
    return patch if own else patch._replace(spec=True)


def _labelled(patch: Patch, operation: _Operation, *, removes: bool) -> Patch:
    path = operation.path
    if path == _LABELS:
        labels = {} if removes else _MAP.decode(operation.value)
        return patch._replace(labels=bounds.changes(labels), whole=True)
    if not path.startswith(_LABELS + "/"):
        return patch
    key = path[len(_LABELS) + 1 :].replace("~1", "/").replace("~0", "~")
    value = None if removes else _TEXT.decode(operation.value)
    if patch.whole and value is None:
        left = {name: text for name, text in (patch.labels or {}).items() if name != key}
        return patch._replace(labels=left)
    return patch._replace(labels=bounds.changes({**(patch.labels or {}), key: value}))


def _kept(finalizers: list[str] | None) -> tuple[str, ...]:
    return tuple(bounds.short(text) for text in (finalizers or ())[: bounds.MAX_FINALIZERS])
