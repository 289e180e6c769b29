"""Writes of namespaces, Services, nodes and controllers → facts."""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.edits import leaves_spec, may_change_labels
from netpolwatch.kubernetes.audit.ending import born_us, ends
from netpolwatch.kubernetes.audit.patches import read_patch
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.audit.teachers import believes
from netpolwatch.kubernetes.bodies import AnyObject, Metadata, Namespace, Node, Service
from netpolwatch.kubernetes.enforcing import (
    AWS_NODE,
    DAEMONSET,
    SYSTEM_NAMESPACE,
    mode_of_daemonset,
)
from netpolwatch.kubernetes.engines import DAEMON_SET, DaemonSet, daemonset_fact
from netpolwatch.kubernetes.facts import (
    AnyFact,
    ControllerSeen,
    KubeletHeard,
    LabelsPatched,
    NamespaceGone,
    NamespaceSeen,
    NodeGone,
    ServiceGone,
    ServiceSeen,
)
from netpolwatch.kubernetes.objects import (
    controller_of,
    namespace_fact,
    node_fact,
    service_fact,
)

_NAMESPACE: Final = msgspec.json.Decoder(Namespace)
_SERVICE: Final = msgspec.json.Decoder(Service)
_NODE: Final = msgspec.json.Decoder(Node)
_OBJECT: Final = msgspec.json.Decoder(AnyObject)
_CONTROLLERS: Final = {"replicasets": "ReplicaSet", "jobs": "Job"}


def facts_of_namespace(write: Write) -> Iterator[AnyFact]:
    """Read a write of a namespace: gone when nothing of its finalizers is left."""
    body, verb = write.body(_NAMESPACE), write.event.verb
    name = write.named(body.metadata if body else Metadata())
    if name is None:
        return
    if body is not None:
        finalizers = body.spec.finalizers if body.spec else None
        if body.metadata.deletion_timestamp and not finalizers:
            uid = bounds.name(body.metadata.uid)
            yield NamespaceGone(name=name, uid=uid, **write.stamp._asdict())
        else:
            yield namespace_fact(
                body, write.stamp, name, is_new=write.event.creates,
                relabelled=may_change_labels(write),
            )  # fmt: skip
    elif write.event.reference.subresource or verb == "delete":
        return
    else:
        yield _patched_namespace(write, name)


def _patched_namespace(write: Write, name: str) -> AnyFact:
    patch = read_patch(write.event.request) if write.event.request else None
    if patch is None:
        return NamespaceSeen(
            name=name, is_new=write.event.creates, partial=True, **write.stamp._asdict()
        )
    return LabelsPatched(
        resource="namespaces",
        namespace=name,
        name=name,
        changes=patch.labels or {},
        whole=patch.whole,
        **write.stamp._asdict(),
    )


def facts_of_service(write: Write) -> Iterator[AnyFact]:
    """Read a write of a Service."""
    body = write.body(_SERVICE)
    meta = body.metadata if body else Metadata()
    namespace, name = write.placed(meta), write.named(meta)
    if namespace is None or name is None:
        return
    if ends(write, meta if body else None):
        partial = body is None and not write.event.answered_status
        uid = bounds.name(meta.uid)
        yield ServiceGone(
            namespace=namespace, name=name, uid=uid, partial=partial, **write.stamp._asdict()
        )
    elif body is not None:
        unchanged = leaves_spec(write, meta)
        yield service_fact(body, write.stamp, namespace, name, unchanged=unchanged)
    else:
        yield ServiceSeen(
            namespace=namespace,
            name=name,
            partial=True,
            unchanged=leaves_spec(write, meta),
            created_us=born_us(write),
            **write.stamp._asdict(),
        )


def facts_of_node(write: Write) -> Iterator[AnyFact]:
    """Read a write of a node or of its status, of which a kubelet sends parts."""
    if write.event.verb == "delete":
        if write.name is not None:
            yield NodeGone(name=write.name, **write.stamp._asdict())
        return
    answer = write.response(_NODE)
    body = answer or write.request(_NODE)
    name = write.named(body.metadata) if body else None
    if write.event.by_kubelet and write.event.node is not None:
        yield KubeletHeard(node=write.event.node, **write.stamp._asdict())
    if body is None or name is None:
        return
    if believes("node-addresses", write.event, name, answered=answer is not None):
        fact = node_fact(body, write.stamp, name)
        if fact is not None:
            yield fact


def facts_of_controller(write: Write) -> Iterator[AnyFact]:
    """Read the creation of a controller that another controls."""
    body = write.body(_OBJECT)
    owner = controller_of(body.metadata) if body else None
    if body is None or owner is None:
        return
    namespace, name = write.placed(body.metadata), write.named(body.metadata)
    if namespace is not None and name is not None:
        yield ControllerSeen(
            namespace=namespace,
            controller=_CONTROLLERS[write.event.reference.resource],
            name=name,
            owner=owner,
            **write.stamp._asdict(),
        )


def facts_of_daemonset(write: Write) -> Iterator[AnyFact]:
    """Read a write of the DaemonSet of a policy engine; no other is of interest."""
    gone = write.event.verb == "delete"
    body = write.body(DAEMON_SET)
    namespace = write.placed(body.metadata) if body else write.namespace
    name = write.named(body.metadata) if body else write.name
    if namespace is None or name is None:
        return
    seen = daemonset_fact(body or DaemonSet(), write.stamp, namespace, name, gone=gone)
    if seen is not None and (body is not None or gone):
        yield seen
    own = None if gone else write.body(AWS_NODE)
    if own is not None and (namespace, name) == (SYSTEM_NAMESPACE, DAEMONSET):
        mode = mode_of_daemonset(own, write.stamp, changed=not write.event.creates)
        if mode is not None:
            yield mode
