"""Webhooks and admission policies in the way of policy endpoints, and those that were passed over.

Whatever else refuses the controller's writes is told by the code: quotas, sizes, schemas.

Wordings: the API server's admission plugins (`denied the request`, `failed calling webhook`),
ValidatingAdmissionPolicy, and Kyverno's own message, which names the object.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from netpolwatch.kubernetes.audit import Event, decode_event
from netpolwatch.kubernetes.bodies import BAD_BODY

_REFUSED: Final = 400
_WRITES: Final = frozenset({"create", "update", "patch", "delete"})
_CONTROLLERS: Final = frozenset({
    "eks:network-policy-controller",
    "system:serviceaccount:kube-system:amazon-network-policy-controller-k8s",
})  # fmt: skip
_ENDPOINTS: Final = frozenset({
    ("networking.k8s.aws", "policyendpoints"),
    ("networking.k8s.aws", "clusterpolicyendpoints"),
})  # fmt: skip
_POLICIES: Final = frozenset({
    ("networking.k8s.io", "networkpolicies"),
    ("networking.k8s.aws", "clusternetworkpolicies"),
})  # fmt: skip
_BY_WHOM: Final = re.compile(
    r"admission webhook \"(?P<denying>[^\"\n]{1,253})\" denied the request"
    r"|failed calling webhook \"(?P<failing>[^\"\n]{1,253})\""
    r"|ValidatingAdmissionPolicy '(?P<policy>[^'\n]{1,253})'[^\n]{0,400}? denied request"
    r"|(?P<kyverno>)was blocked due to the following policies"
)
_NOT_BY_WHAT_IT_IS: Final = frozenset({401, 404, 408, 409, 410, 429, 503, 504})
"""Answers that are over by themselves, or that say nothing against the object."""

_OTHER_CAUSES: Final = re.compile(
    r"cannot [a-z]{1,40} resource|because it is being terminated"
    r"|timed out|[Tt]imeout|leader changed"
)
"""Messages of RBAC, of a namespace that goes away, and of an etcd that is busy."""

_KYVERNOS_NAME: Final = re.compile(
    r"(?:resource|policy) (?:Cluster)?PolicyEndpoint/"
    r"(?:[a-z0-9-]{0,63}/)?(?P<name>[a-z0-9.-]{1,253})"
)
_FAILED_OPEN: Final = "failed-open.mutation.webhook.admission.k8s.io/"


class Refusal(NamedTuple):
    """A write of the feature's objects that admission refused, or could not be asked about.

    Attributes
    ----------
    webhook
        The webhook or admission policy that says so; `None` where the message has no name of it.
    """

    event: Event
    code: int
    message: str
    webhook: str | None
    name: str | None


class _Status(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""


class _Answer(msgspec.Struct, frozen=True):
    status: _Status = msgspec.field(name="responseStatus", default=_Status())


_answer = msgspec.json.Decoder(_Answer)


_DECISION = "authorization.k8s.io/decision"


@lru_cache(maxsize=1)
def find_refusal(text: str) -> Refusal | None:
    """Read that admission refused a write of endpoints, or of policies by the controller."""
    event = decode_event(text)
    if event is None or event.was_only_tried or event.verb not in _WRITES:
        return None
    written = event.reference.api_group, event.reference.resource
    # A policy that a person is refused is that person's; nobody but the controller and what acts
    # for it writes endpoints.
    by_controller = event.user.username in _CONTROLLERS
    if written not in _ENDPOINTS and not (by_controller and written in _POLICIES):
        return None
    try:
        code, message = msgspec.structs.astuple(_answer.decode(text).status)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    by_whom = _BY_WHOM.search(message) if code >= _REFUSED else None
    # A right that is missing is no admission's refusal, whatever the answer says.
    forbidden = (event.annotations or {}).get(_DECISION) == "forbid"
    by_its_content = by_controller and not forbidden and _is_lasting(code, message)
    if by_whom is None and not by_its_content:
        return None
    named = _KYVERNOS_NAME.search(message)
    name = event.reference.name or (named["name"] if named else None)
    webhook = by_whom[by_whom.lastgroup or 0] or None if by_whom else None
    return Refusal(event, code, message, webhook, name)


def _is_lasting(code: int, message: str) -> bool:
    """Return whether a write is refused for what it is: a quota, its size, its schema."""
    refused = code >= _REFUSED and code not in _NOT_BY_WHAT_IT_IS
    return refused and _OTHER_CAUSES.search(message) is None


class LetIn(NamedTuple):
    """A pod that was created though a webhook could not be asked about it."""

    namespace: str | None
    pod: str | None
    user: str


class _Metadata(msgspec.Struct, frozen=True):
    name: str | None = None
    prefix: str | None = msgspec.field(name="generateName", default=None)


class _Object(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()


def let_in_without(text: str, webhook: str) -> LetIn | None:
    """Read the creation of a pod that a failing webhook was not asked about."""
    event = decode_event(text)
    if event is None or not event.was_done or event.verb != "create":
        return None
    reference = event.reference
    if (reference.resource, reference.api_group, reference.subresource) != ("pods", "", ""):
        return None
    passed_over = (
        value for key, value in (event.annotations or {}).items() if key.startswith(_FAILED_OPEN)
    )
    if webhook not in passed_over:
        return None
    return LetIn(reference.namespace, reference.name or _name(event), event.user.username)


def _name(event: Event) -> str | None:
    """Tell the name of a created object, or what a generated one begins with."""
    for body in filter(None, (event.response, event.request)):
        try:
            metadata = msgspec.json.decode(body, type=_Object).metadata
        except BAD_BODY:
            continue
        if metadata.name or metadata.prefix:
            return metadata.name or metadata.prefix
    return None
