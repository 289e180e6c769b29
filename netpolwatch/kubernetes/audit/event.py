"""An audit event's envelope: what audit.k8s.io/v1 calls Event, as far as it is read."""

from functools import lru_cache
from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import BAD_BODY, Stamp

_COMPLETE: Final = "ResponseComplete"
_TRUNCATED: Final = "audit.k8s.io/truncated"
_FAILURE: Final = 400
_DONE: Final = range(200, 300)
_CREATED: Final = 201
_STATUS: Final = b'"kind":"Status"'
_HEAD_BYTES: Final = 128
_API_GROUP: Final = "audit.k8s.io"
HEAD_CHARS: Final = 8192
"""Where an event names its API: keys in the order of their letters have the annotations before,
which quote a role's name."""

_NO_BODY: Final = (msgspec.Raw(), msgspec.Raw(b"null"))
_DELETES: Final = ("delete", "deletecollection")
_EVICTION: Final = "eviction"
NODE_USER: Final = "system:node:"
"""How a kubelet's user name begins; its node's name follows."""

_SUBJECTS: Final = {
    "pods": "pod",
    "namespaces": "namespace",
    "services": "Service",
    "nodes": "node",
    "networkpolicies": "NetworkPolicy",
    "applicationnetworkpolicies": "ApplicationNetworkPolicy",
    "clusternetworkpolicies": "ClusterNetworkPolicy",
    "replicasets": "ReplicaSet",
    "jobs": "Job",
    "daemonsets": "DaemonSet",
    "policyendpoints": "policy endpoint",
}
_GROUPS: Final = {
    "networkpolicies": "networking.k8s.io",
    "applicationnetworkpolicies": "networking.k8s.aws",
    "clusternetworkpolicies": "networking.k8s.aws",
    "replicasets": "apps",
    "jobs": "batch",
    "daemonsets": "apps",
    "policyendpoints": "networking.k8s.aws",
}


class _User(msgspec.Struct, gc=False):
    username: str = ""


class ObjectReference(msgspec.Struct, gc=False, rename="camel"):
    """What a request is about; a create with `generateName` has no name here."""

    resource: str = ""
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    api_group: str = ""
    subresource: str = ""


class _Status(msgspec.Struct, gc=False):
    code: int = 0
    message: str | None = None


class _Options(msgspec.Struct, gc=False, rename="camel"):
    dry_run: list[str] | None = None
    delete_options: "_Options | None" = None

    @property
    def ask_dry_run(self) -> bool:
        """Whether nothing is to change; an eviction holds the options of its delete."""
        return bool(self.dry_run) or (
            self.delete_options is not None and bool(self.delete_options.dry_run)
        )


_OPTIONS: Final = msgspec.json.Decoder(_Options)


class Event(msgspec.Struct, gc=False):
    """An audit event; its bodies stay undecoded."""

    verb: str
    reference: ObjectReference = msgspec.field(name="objectRef")
    level: str = ""
    audit_id: str = msgspec.field(name="auditID", default="")
    stage: str = ""
    uri: str = msgspec.field(name="requestURI", default="")
    user: _User = msgspec.field(default_factory=_User)
    impersonated: _User | None = msgspec.field(name="impersonatedUser", default=None)
    source_ips: list[str] | None = msgspec.field(name="sourceIPs", default=None)
    status: _Status | None = msgspec.field(name="responseStatus", default=None)
    request: msgspec.Raw = msgspec.field(name="requestObject", default_factory=msgspec.Raw)
    response: msgspec.Raw = msgspec.field(name="responseObject", default_factory=msgspec.Raw)
    time: str | None = msgspec.field(name="stageTimestamp", default=None)
    annotations: dict[str, str] | None = None

    @property
    def happened(self) -> bool:
        """Whether the request changed something: complete, not refused, no dry run."""
        code = self.status.code if self.status else 0
        return self.stage == _COMPLETE and code < _FAILURE and not self._is_dry_run

    @property
    def was_refused(self) -> bool:
        """Whether a complete request failed that was no dry run."""
        code = self.status.code if self.status else 0
        return self.stage == _COMPLETE and code >= _FAILURE and not self._is_dry_run

    @property
    def was_only_tried(self) -> bool:
        """Whether it shows no more than a try: not answered yet, or a dry run."""
        return self.stage not in ("", _COMPLETE) or self._is_dry_run

    @property
    def was_done(self) -> bool:
        """Whether the server says that it did what was asked."""
        return self.happened and self.status is not None and self.status.code in _DONE

    @property
    def creates(self) -> bool:
        """Whether the object was not there before: an apply may create it, too, and is answered so.

        A subresource, such as a binding, is created of an object that is there.
        """
        answered = self.status is not None and self.status.code == _CREATED
        applied = answered and self.verb in ("patch", "update")
        return not self.reference.subresource and (self.verb == "create" or applied)

    @property
    def answered_status(self) -> bool:
        """Whether the answer is a Status: what was deleted is gone at once."""
        answer = self.response
        return bool(answer) and _STATUS in bytes(memoryview(answer)[:_HEAD_BYTES])

    @property
    def is_answered(self) -> bool:
        """Whether the event shows the object as the API server stored it."""
        return self.response not in _NO_BODY and not self.answered_status

    @property
    def object_after(self) -> msgspec.Raw | None:
        """The object after the write, or else the whole object that was sent, undecoded."""
        if self.is_answered:
            return self.response
        sent_whole = self.verb in ("create", "update")
        return self.request if sent_whole and self.request not in _NO_BODY else None

    @property
    def names_known_group(self) -> bool:
        """Whether the resource is the one of Kubernetes, not a namesake in another API group."""
        return self.reference.api_group == _GROUPS.get(self.reference.resource, "")

    @property
    def by_kubelet(self) -> bool:
        """Whether a node's kubelet made the change."""
        return self.user.username.startswith(NODE_USER)

    @property
    def node(self) -> str | None:
        """The node whose kubelet made the change."""
        return bounds.name(self.user.username.removeprefix(NODE_USER)) if self.by_kubelet else None

    @property
    def truncated(self) -> bool:
        """Whether the API server left the bodies out because they were too big."""
        return (self.annotations or {}).get(_TRUNCATED) == "true"

    def stamp(self, at_us: int) -> Stamp:
        """Tell what all facts of the event have in common."""
        actor = (self.impersonated or self.user).username
        return Stamp(
            at_us,
            self._source,
            bounds.short(actor, bounds.MAX_ACTOR_CHARS) or None,
            self.audit_id[: bounds.MAX_VALUE_CHARS],
        )

    @property
    def _source(self) -> str:
        reference = self.reference
        if reference.subresource == "binding":
            return "scheduler binding" if "scheduler" in self.user.username else "pod binding"
        verb = "create" if self.creates else self.verb
        return _source(reference.resource, reference.subresource, verb, by_kubelet=self.by_kubelet)

    @property
    def _is_dry_run(self) -> bool:
        if "dryRun=" in self.uri:
            query = self.uri.partition("?")[2]
            return any(part.startswith("dryRun=") for part in query.split("&"))
        # kubectl asks for a dry run of a delete or an eviction in its options.
        if self.verb not in _DELETES and self.reference.subresource != _EVICTION:
            return False
        return bool(self.request) and _asks_dry_run(self.request)

    @property
    def selects(self) -> bool:
        """Whether a request for a collection names only some of its objects."""
        query = self.uri.partition("?")[2]
        return any(
            part.startswith(("labelSelector=", "fieldSelector=")) for part in query.split("&")
        )


def _asks_dry_run(options: msgspec.Raw) -> bool:
    try:
        return _OPTIONS.decode(options).ask_dry_run
    except BAD_BODY:
        return False


@lru_cache(maxsize=1_024)
def _source(resource: str, subresource: str, verb: str, *, by_kubelet: bool) -> str:
    subject = _SUBJECTS.get(resource, "object")
    if by_kubelet:
        return f"kubelet status {verb}" if subresource == "status" else f"kubelet {subject} {verb}"
    detail = f" {subresource}" if subresource else ""
    return bounds.short(f"{subject}{detail} {verb}")


_EVENT = msgspec.json.Decoder(Event)


def decode_event(text: str) -> Event | None:
    """Decode an audit event; `None` for anything else."""
    try:
        return _EVENT.decode(text)
    except BAD_BODY:
        return None


def is_audit_event(text: str) -> bool:
    """Tell whether a text is an audit event, or the beginning of one that was cut."""
    if not text.startswith("{") or _API_GROUP not in text:
        return False
    return _API_GROUP in text[:HEAD_CHARS] or decode_event(text) is not None
