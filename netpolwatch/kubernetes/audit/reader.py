"""The front door: the text of one audit event → what it teaches."""

from collections.abc import Callable, Iterator
from typing import Final

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.anchors import TAUGHT, WRITES, may_teach
from netpolwatch.kubernetes.audit.controllers import facts_of_endpoints, facts_of_refusal
from netpolwatch.kubernetes.audit.event import Event, decode_event
from netpolwatch.kubernetes.audit.others import (
    facts_of_controller,
    facts_of_daemonset,
    facts_of_namespace,
    facts_of_node,
    facts_of_service,
)
from netpolwatch.kubernetes.audit.pods import facts_of_pod
from netpolwatch.kubernetes.audit.policies import facts_of_cluster_policy, facts_of_policy
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.facts import AnyFact, CollectionDeleted, Resource

_MICROSECONDS: Final = 1000
_READERS: Final[dict[str, Callable[[Write], Iterator[AnyFact]]]] = {
    "pods": facts_of_pod,
    "namespaces": facts_of_namespace,
    "services": facts_of_service,
    "nodes": facts_of_node,
    "networkpolicies": facts_of_policy,
    "applicationnetworkpolicies": facts_of_policy,
    "clusternetworkpolicies": facts_of_cluster_policy,
    "replicasets": facts_of_controller,
    "jobs": facts_of_controller,
    "daemonsets": facts_of_daemonset,
    "policyendpoints": facts_of_endpoints,
}
_REFUSED: Final = frozenset({"policyendpoints", "networkpolicies"})
"""Resources of which the controller's refused writes teach."""

_COLLECTIONS: Final[dict[str, Resource]] = {
    "pods": "pods", "services": "services", "networkpolicies": "networkpolicies",
    "applicationnetworkpolicies": "applicationnetworkpolicies",
    "clusternetworkpolicies": "clusternetworkpolicies",
}  # fmt: skip


def read_audit_event(text: str, at_ms: int | None = None) -> tuple[AnyFact, ...]:
    """Read what one audit event (the JSON text that CloudWatch holds) teaches.

    `at_ms` (ms since 1970, UTC) stands in for an event without a time of its own. Reads, failures
    (code 400 and above, but those of the network policy controller), dry runs, other stages than
    `ResponseComplete` and namesakes in other API groups teach nothing. Never raises: what cannot be
    decoded teaches nothing, or (a write whose bodies are missing) gives a fact that is `partial`.
    """
    if not may_teach(text):
        return ()
    event = decode_event(text)
    if event is None or not _is_read(event):
        return ()
    at_us = bounds.microseconds(event.time)
    if at_us is None and at_ms is not None:
        at_us = at_ms * _MICROSECONDS
    if at_us is None:
        return ()
    write = Write(event, event.stamp(at_us))
    if not event.happened:
        return tuple(facts_of_refusal(write))
    if event.verb == "deletecollection":
        return _collection(write)
    return tuple(_READERS[event.reference.resource](write))


def _is_read(event: Event) -> bool:
    resource = event.reference.resource
    subresources = TAUGHT.get(resource, ())
    return (
        event.verb in WRITES
        and event.reference.subresource in subresources
        and event.names_known_group
        and (event.happened or (event.was_refused and resource in _REFUSED))
    )


def _collection(write: Write) -> tuple[AnyFact, ...]:
    resource = _COLLECTIONS.get(write.event.reference.resource)
    namespace = "" if resource == "clusternetworkpolicies" else write.namespace
    if resource is None or namespace is None:
        return ()
    return (
        CollectionDeleted(
            resource=resource,
            namespace=namespace,
            selected=write.event.selects,
            **write.stamp._asdict(),
        ),
    )
