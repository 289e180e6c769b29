"""Writes of pods → facts."""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.edits import may_change_labels
from netpolwatch.kubernetes.audit.patches import Patch, read_patch
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.audit.teachers import Lesson, believes
from netpolwatch.kubernetes.bodies import BRANCH_ENI, Metadata, Pod
from netpolwatch.kubernetes.enforcing import SYSTEM_NAMESPACE, mode_of_pod
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    LabelsPatched,
    PodGone,
    PodSeen,
    PodTerminating,
)
from netpolwatch.kubernetes.objects import (
    branch_facts,
    crash_facts,
    finished_facts,
    pod_fact,
    shown_addresses,
    shown_end,
    status_facts,
)

_POD: Final = msgspec.json.Decoder(Pod)


class _Target(msgspec.Struct, gc=False):
    name: str | None = None


class _Binding(msgspec.Struct, gc=False):
    metadata: Metadata = msgspec.field(default_factory=Metadata)
    target: _Target | None = None


class _DeleteOptions(msgspec.Struct, gc=False, rename="camel"):
    grace_period_seconds: int | None = None


class _Eviction(msgspec.Struct, gc=False, rename="camel"):
    delete_options: _DeleteOptions | None = None


_EVICTION: Final = msgspec.json.Decoder(_Eviction)
_BINDING: Final = msgspec.json.Decoder(_Binding)
_OPTIONS: Final = msgspec.json.Decoder(_DeleteOptions)


def facts_of_pod(write: Write) -> Iterator[AnyFact]:
    """Read a write of a pod or of one of its subresources."""
    subresource, verb = write.event.reference.subresource, write.event.verb
    if subresource == "binding":
        yield from _bound(write)
    elif subresource == "eviction":
        yield from _evicted(write)
    elif verb == "delete":
        yield from _deleted(write)
    elif subresource == "status":
        yield from _status(write)
    else:
        yield from _written(write)


def _bound(write: Write) -> Iterator[AnyFact]:
    body = write.request(_BINDING)
    node = bounds.name(body.target.name) if body and body.target else None
    if body is None or node is None:
        return
    namespace, name = write.placed(body.metadata), write.named(body.metadata)
    if namespace and name:
        uid = write.uid or bounds.name(body.metadata.uid)
        yield Binding(namespace=namespace, name=name, node=node, uid=uid, **write.stamp._asdict())


def _evicted(write: Write) -> Iterator[AnyFact]:
    if not write.namespace or not write.name:
        return
    body = write.request(_EVICTION)
    options = body.delete_options if body else None
    # Without a grace period nobody waits for its kubelet.
    ended = PodGone if options and options.grace_period_seconds == 0 else PodTerminating
    yield ended(namespace=write.namespace, name=write.name, uid=write.uid, **write.stamp._asdict())


def _deleted(write: Write) -> Iterator[AnyFact]:
    pod = write.response(_POD)
    meta = pod.metadata if pod else Metadata()
    namespace, name = write.placed(meta), write.named(meta)
    if not namespace or not name:
        return
    if pod is not None:
        yield from _shown(write, pod, namespace, name, answered=True)
    uid = bounds.name(meta.uid) or write.uid
    partial = pod is None and not write.event.answered_status
    if _waits(write, pod):
        yield PodTerminating(
            namespace=namespace,
            name=name,
            uid=uid,
            deadline_us=bounds.microseconds(meta.deletion_timestamp),
            partial=partial,
            **write.stamp._asdict(),
        )
    else:
        yield PodGone(
            namespace=namespace, name=name, uid=uid, partial=partial, **write.stamp._asdict()
        )


def _waits(write: Write, pod: Pod | None) -> bool:
    """Tell whether a delete lets the kubelet end the pod; its own delete is the end."""
    if pod is not None:
        return bool(pod.metadata.deletion_timestamp and pod.metadata.deletion_grace_period_seconds)
    if write.event.answered_status or write.event.by_kubelet:
        return False
    options = write.request(_OPTIONS)
    return options is None or options.grace_period_seconds != 0


def _status(write: Write) -> Iterator[AnyFact]:
    pod = write.body(_POD)
    if pod is not None and pod.spec is not None:
        yield from _whole(write, pod)
        return
    pod = write.request(_POD)
    if pod is None or pod.status is None:
        return
    namespace, name = write.placed(pod.metadata), write.named(pod.metadata)
    if not namespace or not name:
        return
    event, uid = write.event, bounds.name(pod.metadata.uid)
    if believes("pod-addresses", event, None, answered=False):
        sources = bounds.addresses((event.source_ips or ())[: bounds.MAX_ADDRESSES])
        yield from status_facts(
            pod.status, write.stamp, namespace, name, uid=uid, node=event.node,
            host_network=not set(sources).isdisjoint(pod.status.addresses),
            is_news=event.verb == "patch",
        )  # fmt: skip
    if event.by_kubelet and namespace == SYSTEM_NAMESPACE:
        yield from crash_facts(pod.status, write.stamp, name, event.node)
    if believes("pod-end", event, None, answered=False):
        yield from finished_facts(pod.status, write.stamp, namespace, name, uid)


def _written(write: Write) -> Iterator[AnyFact]:
    pod = write.body(_POD)
    if pod is not None:
        yield from _whole(write, pod)
        return
    if not write.namespace or not write.name:
        return
    patch = read_patch(write.event.request) if write.event.request else None
    if patch is None:
        yield PodSeen(
            namespace=write.namespace,
            name=write.name,
            uid=write.uid,
            partial=True,
            **write.stamp._asdict(),
        )
        return
    yield from _patched(write, patch, write.namespace, write.name)


def _patched(write: Write, patch: Patch, namespace: str, name: str) -> Iterator[AnyFact]:
    if patch.labels is not None:
        yield LabelsPatched(
            resource="pods",
            namespace=namespace,
            name=name,
            changes=patch.labels,
            whole=patch.whole,
            **write.stamp._asdict(),
        )
    if patch.branch_eni is not None and believes(
        "branch-interface", write.event, None, answered=False
    ):
        meta = Metadata(uid=write.uid, annotations={BRANCH_ENI: patch.branch_eni})
        yield from branch_facts(meta, write.stamp, namespace, name)


def _whole(write: Write, pod: Pod) -> Iterator[AnyFact]:
    namespace, name = write.placed(pod.metadata), write.named(pod.metadata)
    if namespace and name:
        yield from _shown(write, pod, namespace, name, answered=write.event.is_answered)
    raw = write.event.object_after
    seen = mode_of_pod(raw, write.stamp) if namespace == SYSTEM_NAMESPACE and raw else None
    if seen is not None:
        yield seen


def _shown(
    write: Write, pod: Pod, namespace: str, name: str, *, answered: bool
) -> Iterator[AnyFact]:
    """Yield what a whole pod teaches, as far as its writer is believed."""
    node = bounds.name(pod.spec.node_name) if pod.spec else None

    def believed(lesson: Lesson) -> bool:
        return believes(lesson, write.event, node, answered=answered)

    yield pod_fact(pod, write.stamp, namespace, name, relabelled=may_change_labels(write))
    if believed("branch-interface"):
        yield from branch_facts(pod.metadata, write.stamp, namespace, name)
    if believed("pod-addresses"):
        yield from shown_addresses(pod, write.stamp, namespace, name)
    if believed("pod-end"):
        yield from shown_end(pod, write.stamp, namespace, name)
