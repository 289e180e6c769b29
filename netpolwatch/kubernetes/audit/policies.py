"""Writes of policies → facts: of namespaces' policies and of the cluster's own.

EKS logs custom resources at level Metadata: who wrote which, and when, but no body.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.kubernetes import bounds
from netpolwatch.kubernetes.audit.edits import leaves_spec, touches_metadata_only
from netpolwatch.kubernetes.audit.ending import born_us, ends
from netpolwatch.kubernetes.audit.request import Write
from netpolwatch.kubernetes.bodies import AnyObject, Metadata
from netpolwatch.kubernetes.facts import (
    AnyFact,
    ClusterPolicyGone,
    ClusterPolicySeen,
    PolicyGone,
    PolicySeen,
)
from netpolwatch.kubernetes.objects import cluster_policy_fact, policy_fact
from netpolwatch.kubernetes.policy.cluster import ClusterPolicy, decode_cluster_policy
from netpolwatch.kubernetes.policy.spec import (
    NetworkPolicy,
    NotAPolicyError,
    PolicyKind,
    decode_network_policy,
)

_OBJECT: Final = msgspec.json.Decoder(AnyObject)
_KINDS: Final[dict[str, PolicyKind]] = {
    "networkpolicies": "NetworkPolicy",
    "applicationnetworkpolicies": "ApplicationNetworkPolicy",
}


def facts_of_policy(write: Write) -> Iterator[AnyFact]:
    """Read a write of a namespace's policy; deleted, it is in force until its last finalizer goes.

    Of a policy that may be older than the log, what a delete shows is what it was until then.
    """
    found = write.body(_OBJECT)
    meta = found.metadata if found else Metadata()
    namespace, name = write.placed(meta), write.named(meta)
    if namespace is None or name is None:
        return
    kind = _KINDS[write.event.reference.resource]
    policy, uid, stamp = _policy(write, kind), bounds.name(meta.uid), write.stamp
    unchanged = leaves_spec(write, meta)
    if ends(write, meta if found else None):
        if policy is not None:
            yield policy_fact(policy, meta, stamp, namespace, name)
        partial = found is None and not write.event.answered_status
        yield PolicyGone(
            namespace=namespace,
            name=name,
            uid=uid,
            policy_kind=kind,
            partial=partial,
            **stamp._asdict(),
        )
    elif policy is not None:
        yield policy_fact(policy, meta, stamp, namespace, name, unchanged=unchanged)
    elif not touches_metadata_only(write):
        yield PolicySeen(
            namespace=namespace, name=name, uid=uid, policy_kind=kind, partial=True,
            unchanged=unchanged, created_us=born_us(write), **stamp._asdict(),
        )  # fmt: skip


def facts_of_cluster_policy(write: Write) -> Iterator[AnyFact]:
    """Read a write of a ClusterNetworkPolicy, as of a namespace's."""
    found = write.body(_OBJECT)
    meta = found.metadata if found else Metadata()
    name = write.named(meta)
    if name is None:
        return
    policy, uid, stamp = _cluster_policy(write), bounds.name(meta.uid), write.stamp
    unchanged = leaves_spec(write, meta)
    if ends(write, meta if found else None):
        if policy is not None:
            yield cluster_policy_fact(policy, meta, stamp, name)
        partial = found is None and not write.event.answered_status
        yield ClusterPolicyGone(name=name, uid=uid, partial=partial, **stamp._asdict())
    elif policy is not None:
        yield cluster_policy_fact(policy, meta, stamp, name, unchanged=unchanged)
    elif not touches_metadata_only(write):
        yield ClusterPolicySeen(
            name=name, uid=uid, partial=True, unchanged=unchanged, created_us=born_us(write),
            **stamp._asdict(),
        )  # fmt: skip


def _policy(write: Write, kind: PolicyKind) -> NetworkPolicy | None:
    raw = write.event.object_after
    try:
        return None if raw is None else decode_network_policy(raw, kind)
    except NotAPolicyError:
        return None


def _cluster_policy(write: Write) -> ClusterPolicy | None:
    raw = write.event.object_after
    try:
        return None if raw is None else decode_cluster_policy(raw)
    except NotAPolicyError:
        return None
