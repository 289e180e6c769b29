"""A listing of a cluster's objects as JSON → facts.

`kubectl get pods,svc,ns,nodes,netpol,cnp,anp -A -o json`: a `List` of objects, or several documents
one after the other. A pod's address is shown at the snapshot's time; it held it since its start at
the earliest. YAML is read by `netpolwatch.kubernetes.snapshot_yaml`, which no Lambda bundle needs.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.bodies import (
    BAD_BODY,
    AnyObject,
    Metadata,
    Namespace,
    Node,
    Pod,
    Service,
    Stamp,
)
from netpolwatch.kubernetes.enforcing import SYSTEM_NAMESPACE, mode_of_pod
from netpolwatch.kubernetes.facts import (
    AnyFact,
    ClusterPolicySeen,
    NamespaceSeen,
    PodSeen,
    PolicySeen,
    Resource,
    RoleListed,
    ServiceSeen,
    SnapshotTaken,
)
from netpolwatch.kubernetes.objects import (
    cluster_policy_fact,
    namespace_fact,
    node_fact,
    pod_facts,
    policy_fact,
    service_fact,
)
from netpolwatch.kubernetes.policy.cluster import decode_cluster_policy
from netpolwatch.kubernetes.policy.spec import (
    NotAPolicyError,
    PolicyKind,
    decode_network_policy,
)
from netpolwatch.kubernetes.rights import RoleRule

MAX_SNAPSHOT_BYTES: Final = 512 * 1024 * 1024
MAX_DOCUMENTS: Final = 1000
_MILLISECOND: Final = 1000
_AWS: Final = "networking.k8s.aws/"
"""The API group of the policies that this CNI adds."""


class SnapshotError(ValueError):
    """A file is no snapshot; the text says why."""


class Snapshot(NamedTuple):
    """What a snapshot teaches.

    Attributes
    ----------
    facts
        One or more of each object, and that a snapshot was taken.
    at_ms
        Its time (ms since 1970, UTC): as given, else the newest time that its objects tell.
    objects
        Objects read.
    skipped
        Objects of other kinds, or that could not be read.
    """

    facts: tuple[AnyFact, ...]
    at_ms: int
    objects: int
    skipped: int


class Dating:
    """What audit events prove of a snapshot's time.

    A policy's generation only grows: a snapshot that shows one was taken no earlier than the first
    write that left it. Its other objects may all be older, and its own time then be told too early.
    """

    def __init__(self, shown: Iterable[AnyFact]) -> None:
        self._shown = tuple(shown)
        self._generations = {
            (fact.uid, fact.generation)
            for fact in self._shown
            if isinstance(fact, PolicySeen) and fact.uid and fact.generation
        }
        self._first: dict[tuple[str | None, int | None], int] = {}

    def learn(self, facts: Iterable[AnyFact]) -> None:
        """Take in what audit events tell, in any order."""
        for fact in facts:
            if isinstance(fact, PolicySeen) and (fact.uid, fact.generation) in self._generations:
                key = fact.uid, fact.generation
                self._first[key] = min(fact.at_us, self._first.get(key, fact.at_us))

    def facts(self) -> Iterator[AnyFact]:
        """Give what the snapshot shows, no earlier than is proved."""
        told_us = max((one.at_us for one in self._shown), default=0)
        proved_us = max(self._first.values(), default=0)
        for fact in self._shown:
            # The end of a pod that has finished has its own time.
            is_own = fact.at_us < told_us or proved_us <= told_us
            yield fact if is_own else msgspec.structs.replace(fact, at_us=proved_us)


class _List(msgspec.Struct, gc=False):
    kind: str = ""
    items: list[msgspec.Raw] | None = None


class _Condition(msgspec.Struct, gc=False, rename="camel"):
    last_heartbeat_time: str | None = None
    last_transition_time: str | None = None


class _Managed(msgspec.Struct, gc=False):
    time: str | None = None


class _Created(msgspec.Struct, gc=False, rename="camel"):
    creation_timestamp: str | None = None
    managed_fields: list[_Managed] | None = None


class _Conditions(msgspec.Struct, gc=False):
    conditions: list[_Condition] | None = None


class _Times(msgspec.Struct, gc=False):
    metadata: _Created = msgspec.field(default_factory=_Created)
    status: _Conditions | None = None

    def all(self) -> Iterator[str | None]:
        yield self.metadata.creation_timestamp
        yield from (entry.time for entry in self.metadata.managed_fields or ())
        for condition in (self.status.conditions if self.status else None) or ():
            yield condition.last_heartbeat_time
            yield condition.last_transition_time


class _Role(msgspec.Struct, gc=False):
    metadata: Metadata = msgspec.field(default_factory=Metadata)
    rules: tuple[RoleRule, ...] | None = None
    aggregated: msgspec.Raw | None = msgspec.field(name="aggregationRule", default=None)


class _Object(NamedTuple):
    kind: str
    raw: msgspec.Raw


_MAX_ROLE_RULES: Final = 1_000
_LIST: Final = msgspec.json.Decoder(_List)
_TIMES: Final = msgspec.json.Decoder(_Times)
_ANY: Final = msgspec.json.Decoder(AnyObject)
_DOCUMENT: Final = json.JSONDecoder()


def read_json_snapshot(data: bytes, at_ms: int | None = None) -> Snapshot:
    """Read a snapshot in JSON, taken at `at_ms` (ms since 1970, UTC); raises `SnapshotError`."""
    if len(data) > MAX_SNAPSHOT_BYTES:
        raise SnapshotError(f"the snapshot is over {MAX_SNAPSHOT_BYTES} bytes")
    try:
        documents = list(_documents(data))
    except BAD_BODY as error:
        raise SnapshotError(f"the snapshot is no JSON: {error}") from None
    return snapshot_of(documents, at_ms)


def snapshot_of(documents: Iterable[msgspec.Raw], at_ms: int | None = None) -> Snapshot:
    """Read documents of JSON, each a list or an object; raises `SnapshotError` if none is."""
    objects = [one for document in documents for one in _objects(document)]
    known = [one for one in objects if one.kind in _READERS]
    if not known:
        raise SnapshotError(
            "the snapshot holds no pod, Service, namespace, node, policy or ClusterRole"
        )
    at_us = _newest(known) if at_ms is None else at_ms * _MILLISECOND
    stamp = Stamp(at_us, "snapshot")
    facts: list[AnyFact] = []
    read: set[Resource] = set()
    skipped = len(objects) - len(known)
    for one in known:
        try:
            facts.extend(_READERS[one.kind](one.raw, stamp))
            read.update(_RESOURCES.get(one.kind, ()))
        except BAD_BODY:
            skipped += 1
    facts.append(SnapshotTaken(
        at_us=at_us, source="snapshot", resources=tuple(sorted(read)), namespaces=_shown(facts)
    ))  # fmt: skip
    return Snapshot(tuple(facts), at_us // _MILLISECOND, len(objects), skipped)


def _shown(facts: Iterable[AnyFact]) -> tuple[str, ...]:
    """Name the namespaces that a listing is of.

    `kubectl get` without `-A` lists every Namespace, and the objects of one.
    """
    held: set[str] = set()
    named: set[str] = set()
    for fact in facts:
        if isinstance(fact, NamespaceSeen):
            named.add(fact.name)
        elif isinstance(fact, (PodSeen, ServiceSeen, PolicySeen)):
            held.add(fact.namespace)
    return tuple(sorted(held | named if len(held) > 1 else held))


def _documents(data: bytes) -> Iterator[msgspec.Raw]:
    """Tell apart documents that follow one another; one alone is not decoded twice."""
    try:
        yield msgspec.json.decode(data, type=msgspec.Raw)
    except BAD_BODY:
        yield from _several(data.decode())


def _several(text: str) -> Iterator[msgspec.Raw]:
    at = 0
    for _ in range(MAX_DOCUMENTS):
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return
        document, at = _DOCUMENT.raw_decode(text, at)
        yield msgspec.Raw(msgspec.json.encode(document))


def _objects(document: msgspec.Raw) -> Iterator[_Object]:
    try:
        listing = _LIST.decode(document)
    except BAD_BODY as error:
        raise SnapshotError(f"a document is no object: {error}") from None
    if listing.items is None:
        yield _Object(listing.kind, document)
        return
    inherited = listing.kind.removesuffix("List")
    for item in listing.items:
        yield _Object(_kind(item) or inherited, item)


def _kind(raw: msgspec.Raw) -> str | None:
    try:
        return _ANY.decode(raw).kind
    except BAD_BODY:
        return None


def _newest(objects: Iterable[_Object]) -> int:
    newest = 0
    for one in objects:
        try:
            times = [bounds.microseconds(text) for text in _TIMES.decode(one.raw).all()]
        except BAD_BODY:
            continue
        newest = max([newest, *(time for time in times if time is not None)])
    return newest


def _pod(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    pod = _POD.decode(raw)
    namespace, name = bounds.name(pod.metadata.namespace), bounds.name(pod.metadata.name)
    if namespace and name:
        yield from pod_facts(pod, stamp, namespace, name)
    seen = mode_of_pod(raw, stamp) if namespace == SYSTEM_NAMESPACE else None
    if seen is not None:
        yield seen


def _namespace(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    body = _NAMESPACE.decode(raw)
    name = bounds.name(body.metadata.name)
    if name:
        yield namespace_fact(body, stamp, name)


def _service(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    body = _SERVICE.decode(raw)
    namespace, name = bounds.name(body.metadata.namespace), bounds.name(body.metadata.name)
    if namespace and name:
        yield service_fact(body, stamp, namespace, name)


def _node(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    body = _NODE.decode(raw)
    name = bounds.name(body.metadata.name)
    fact = node_fact(body, stamp, name) if name else None
    if fact is not None:
        yield fact


def _policy(
    raw: msgspec.Raw, stamp: Stamp, kind: PolicyKind = "NetworkPolicy"
) -> Iterator[AnyFact]:
    meta = _ANY.decode(raw).metadata
    namespace, name = bounds.name(meta.namespace), bounds.name(meta.name)
    if not namespace or not name:
        return
    try:
        policy = decode_network_policy(raw, kind)
    except NotAPolicyError:
        # It is there, and may isolate; what it says is not known.
        yield PolicySeen(
            namespace=namespace, name=name, policy_kind=kind, partial=True, **stamp._asdict()
        )
        return
    yield policy_fact(policy, meta, stamp, namespace, name)


def _cluster_policy(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    found = _ANY.decode(raw)
    name = bounds.name(found.metadata.name)
    if not name or not (found.api_version or _AWS).startswith(_AWS):
        # Another CNI's: sigs.k8s.io/network-policy-api has the same kind.
        return
    try:
        policy = decode_cluster_policy(raw)
    except NotAPolicyError:
        yield ClusterPolicySeen(name=name, partial=True, **stamp._asdict())
        return
    yield cluster_policy_fact(policy, found.metadata, stamp, name)


def _role(raw: msgspec.Raw, stamp: Stamp) -> Iterator[AnyFact]:
    body = _ROLE.decode(raw)
    name = bounds.name(body.metadata.name)
    # What an aggregated role allows stands in others, too.
    if name is not None and body.aggregated is None:
        rules = (body.rules or ())[:_MAX_ROLE_RULES]
        yield RoleListed(name=name, rules=rules, **stamp._asdict())


_POD: Final = msgspec.json.Decoder(Pod)
_NAMESPACE: Final = msgspec.json.Decoder(Namespace)
_SERVICE: Final = msgspec.json.Decoder(Service)
_NODE: Final = msgspec.json.Decoder(Node)
_ROLE: Final = msgspec.json.Decoder(_Role)
_READERS: Final[dict[str, Callable[[msgspec.Raw, Stamp], Iterator[AnyFact]]]] = {
    "Pod": _pod, "Namespace": _namespace, "Service": _service, "Node": _node,
    "NetworkPolicy": _policy,
    "ApplicationNetworkPolicy": partial(_policy, kind="ApplicationNetworkPolicy"),
    "ClusterNetworkPolicy": _cluster_policy,
    "ClusterRole": _role,
}  # fmt: skip
_RESOURCES: Final[dict[str, tuple[Resource, ...]]] = {
    "Pod": ("pods",), "Namespace": ("namespaces",), "Service": ("services",), "Node": ("nodes",),
    "NetworkPolicy": ("networkpolicies",),
    "ApplicationNetworkPolicy": ("applicationnetworkpolicies",),
    "ClusterNetworkPolicy": ("clusternetworkpolicies",),
}  # fmt: skip
