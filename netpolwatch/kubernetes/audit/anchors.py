"""Whether an audit event can teach anything, told from its text before any of it is decoded.

kube-apiserver writes an event's keys in a fixed order without spaces: level, stage, requestURI,
verb, user, objectRef, responseStatus, bodies. A quote inside a JSON string is escaped, so an anchor
that begins and ends with a quoted key is never found inside a user's name or a URI, and the first
one found is the event's own: the bodies come last.
"""

from typing import Final

_HEAD_CHARS: Final = 256
_KIND: Final = "audit.k8s.io/"
_VERB: Final = '"verb":"'
_REFERENCE: Final = '"objectRef":{"resource":"'
_SUBRESOURCE: Final = '"subresource":"'
_MAX_WORD: Final = 64

WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})

TAUGHT: Final = {
    "pods": ("", "binding", "status", "eviction", "ephemeralcontainers", "resize"),
    "namespaces": ("", "finalize", "status"),
    "services": ("", "status"),
    "nodes": ("", "status"),
    "networkpolicies": ("", "status"),
    "replicasets": ("",),
    "jobs": ("",),
}
"""Resources, and those of their subresources (`""`: the object itself), whose writes teach."""

_CREATES_ONLY: Final = frozenset({"replicasets", "jobs"})
_POD_STATUS: Final = ('"podIP', '"hostIP', '"phase":"Succeeded"', '"phase":"Failed"')
_NODE_STATUS: Final = ('"addresses"',)


def may_teach(text: str) -> bool:
    """Tell whether a text is an audit event that `read_audit_event` may learn from.

    An event whose keys are spaced or ordered otherwise (exported by another tool) is not judged
    by its anchors: it may teach.
    """
    if not text.startswith("{") or _KIND not in text[:_HEAD_CHARS]:
        return False
    verb = _word(text, _VERB, 0)
    if verb is None:
        return '"verb"' in text
    if verb not in WRITES:
        return False
    resource = _word(text, _REFERENCE, 0)
    return '"objectRef"' in text if resource is None else _resource_teaches(text, verb, resource)


def _resource_teaches(text: str, verb: str, resource: str) -> bool:
    if resource not in TAUGHT:
        return False
    if resource in _CREATES_ONLY:
        return verb == "create"
    return _status_teaches(text, resource)


def _status_teaches(text: str, resource: str) -> bool:
    anchors = {"pods": _POD_STATUS, "nodes": _NODE_STATUS}.get(resource)
    if anchors is None:
        return True
    start = text.find(_REFERENCE)
    end = text.find("}", start)
    if text.find(_SUBRESOURCE + 'status"', start, end) < 0:
        return True
    return any(anchor in text for anchor in anchors)


def _word(text: str, anchor: str, start: int) -> str | None:
    found = text.find(anchor, start)
    if found < 0:
        return None
    begin = found + len(anchor)
    end = text.find('"', begin, begin + _MAX_WORD)
    return text[begin:end] if end > 0 else ""
