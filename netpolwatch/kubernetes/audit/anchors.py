"""Whether an audit event can teach anything, told from its text before any of it is decoded.

kube-apiserver writes an event's keys in a fixed order without spaces: level, stage, requestURI,
verb, user, objectRef, responseStatus, bodies. A quote inside a JSON string is escaped, so an anchor
that begins and ends with a quoted key is never found inside a user's name or a URI, and the first
one found is the event's own: the bodies come last.
"""

from typing import Final

from netpolwatch.kubernetes.audit.event import HEAD_CHARS

_KIND: Final = "audit.k8s.io/"
_VERB: Final = '"verb":"'
_REFERENCE: Final = '"objectRef":{"resource":"'
_OF_STATUS: Final = '"subresource":"status"'
_MAX_WORD: Final = 64

WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})

TAUGHT: Final = {
    "pods": ("", "binding", "status", "eviction", "ephemeralcontainers", "resize"),
    "namespaces": ("", "finalize", "status"),
    "services": ("", "status"),
    "nodes": ("", "status"),
    "networkpolicies": ("", "status"),
    "applicationnetworkpolicies": ("",),
    "clusternetworkpolicies": ("",),
    "replicasets": ("",),
    "jobs": ("",),
    "daemonsets": ("",),
    "policyendpoints": ("",),
}
"""Resources, and those of their subresources (`""`: the object itself), whose writes teach."""

CREATES_ONLY: Final = frozenset({"replicasets", "jobs"})
"""Those of which only the creation teaches."""

_STATUS: Final = {
    "pods": ('"podIP', '"hostIP', '"phase":"Succeeded"', '"phase":"Failed"', '"CrashLoopBackOff"'),
    "nodes": ('"addresses"', '"lastHeartbeatTime"'),
}
"""What a status tells that teaches."""

_WRITTEN: Final = tuple(f'{verb}"' for verb in WRITES)
_CREATED: Final = f'{_VERB}create"'


def may_teach(text: str) -> bool:
    """Tell whether a text is an audit event that `read_audit_event` may learn from.

    An event whose keys are spaced or ordered otherwise (exported by another tool) is not judged
    by its anchors: it may teach.
    """
    if not text.startswith("{") or text.find(_KIND, 0, HEAD_CHARS) < 0:
        return False
    verb = text.find(_VERB)
    if verb < 0:
        return '"verb"' in text
    # Most events of a cluster are reads: they are told here.
    if not text.startswith(_WRITTEN, verb + len(_VERB)):
        return False
    reference = text.find(_REFERENCE)
    if reference < 0:
        return '"objectRef"' in text
    begin = reference + len(_REFERENCE)
    resource = text[begin : text.find('"', begin, begin + _MAX_WORD)]
    if resource in CREATES_ONLY:
        return text.startswith(_CREATED, verb)
    return resource in TAUGHT and _status_teaches(text, resource, begin)


def _status_teaches(text: str, resource: str, start: int) -> bool:
    anchors = _STATUS.get(resource)
    if anchors is None or text.find(_OF_STATUS, start, text.find("}", start)) < 0:
        return True
    return any(anchor in text for anchor in anchors)
