"""Objects that are written, wait for their finalizers and go: policies and Services.

Of custom resources EKS logs no bodies: whether finalizers kept what was deleted is told by what
comes after.
"""

from collections.abc import Iterable
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from netpolwatch.kubernetes.facts import (
    ClusterPolicyGone,
    ClusterPolicySeen,
    CollectionDeleted,
    Fact,
    PolicyGone,
    PolicySeen,
    ServiceGone,
    ServiceSeen,
)

S = TypeVar("S", PolicySeen, ServiceSeen, ClusterPolicySeen)
Ended = PolicyGone | ServiceGone | ClusterPolicyGone

_UNCHANGED: Final = 1
"""`metadata.generation` of an object whose spec was never changed."""


class Version(NamedTuple, Generic[S]):
    """An object's newest write at a time.

    `certain` is false where only a later source was seen; not so for one of generation 1, which
    tells its spec since its creation.
    """

    fact: S
    certain: bool = True
    terminating: bool = False


def version_at(facts: Iterable[S | Ended | CollectionDeleted], at_us: int) -> Version[S] | None:
    """Tell an object at a time; `None` where it was not there, or nobody saw it.

    `facts` are in the order of their time.
    """
    known: Version[S] | None = None
    ended = False
    for fact in facts:
        if fact.at_us <= at_us:
            if not (ended and _is_last_finalizer(fact)):
                known = version_after(known, fact)
            ended = ended or isinstance(fact, Ended)
            ended = ended and known is None
        elif known is None and not isinstance(fact, (Ended, CollectionDeleted)):
            return None if ended and _is_last_finalizer(fact) else _before(fact, at_us)
        elif not isinstance(fact, CollectionDeleted):
            # What was told to go with its collection may be seen for the first time as it goes.
            break
    return known


def _is_last_finalizer(fact: Fact) -> bool:
    """Whether a write, after a delete whose result is not known, may take off a finalizer only."""
    return (
        isinstance(fact, (PolicySeen, ServiceSeen, ClusterPolicySeen))
        and fact.partial
        and fact.unchanged
    )


def version_after(
    known: Version[S] | None, fact: S | Ended | CollectionDeleted
) -> Version[S] | None:
    """Return what a fact leaves of an object; `None` where it is gone."""
    if isinstance(fact, Ended):
        return _waiting(known) if fact.partial else None
    if isinstance(fact, CollectionDeleted):
        return known if fact.selected else _waiting(known)
    if fact.partial and known is not None:
        if known.terminating:
            return None
        if fact.unchanged:
            return known
    return Version(fact, terminating=fact.deleting)


def _waiting(known: Version[S] | None) -> Version[S] | None:
    """Tell what a delete leaves: an object with finalizers stays until they are taken off."""
    if known is None or not known.fact.finalizers:
        return None
    return known._replace(terminating=True)


def _before(first: S, at_us: int) -> Version[S] | None:
    """Tell an object before it was first seen, where that shows that it was there.

    Before a write that may have changed it, or whose body is missing, what it was is not known.
    """
    if first.created_us is None:
        return Version(first, certain=False) if first.partial else None
    if first.created_us > at_us:
        return None
    unchanged = getattr(first, "generation", None) == _UNCHANGED
    if unchanged or first.unchanged:
        return Version(first, certain=unchanged)
    return Version(_without_body(first), certain=False)


def _without_body(seen: S) -> S:
    if isinstance(seen, (PolicySeen, ClusterPolicySeen)):
        return msgspec.structs.replace(seen, policy=None, partial=True)
    return msgspec.structs.replace(seen, selector=None, ports=(), partial=True)
