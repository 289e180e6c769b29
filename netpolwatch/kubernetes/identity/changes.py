"""When a policy or an object's labels were changed, and by whom: read from the facts of each.

A write that changes nothing that policies look at (a finalizer, an annotation, the same body again)
is no change.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from netpolwatch.flows.model import Change, ChangeKind
from netpolwatch.kubernetes.facts import CollectionDeleted, PolicyGone, PolicySeen
from netpolwatch.kubernetes.identity.labels import LabelFact, labels_after, labels_at
from netpolwatch.kubernetes.identity.versions import Version, version_after, version_at

PolicyFact = PolicySeen | PolicyGone | CollectionDeleted
_TIME = attrgetter("at_us")


def policy_changes(name: str, facts: Sequence[PolicyFact]) -> Iterator[Change]:
    """Yield the changes of one policy (`namespace/name`); `facts` are in the order of their time.

    A policy that waits for its finalizers is in force until the last is taken off; who asked for
    the delete is who changed it.
    """
    if not facts:
        return
    known = version_at(facts, facts[0].at_us - 1)
    was_there, asked_by = known is not None, None
    for at_us, group in groupby(facts, key=_TIME):
        before, together = known, list(group)
        for fact in together:
            known = version_after(known, fact)
        asked_by = asked_by or _asker(together, before)
        kind = _kind(before, known, was_there=was_there)
        if kind is not None:
            deleted = kind == "policy-deleted"
            actor = asked_by if deleted and asked_by else together[-1].actor
            yield Change(kind, name, at_us, actor)
        was_there = was_there or known is not None
        if known is None:
            asked_by = None


def label_changes(kind: ChangeKind, name: str, facts: Sequence[LabelFact]) -> Iterator[Change]:
    """Yield the changes of one object's labels; `facts` are in the order of their time."""
    if not facts:
        return
    known = labels_at(facts, facts[0].at_us - 1)
    for fact in facts:
        before, known = known, labels_after(known, fact)
        if before is not None and known is not None and before.values != known.values:
            yield Change(kind, name, fact.at_us, fact.actor)


def _asker(facts: Iterable[PolicyFact], before: Version[PolicySeen] | None) -> str | None:
    """Return who told a policy to go that was not told before."""
    if before is not None and before.terminating:
        return None
    for fact in facts:
        if not isinstance(fact, PolicySeen) or fact.deleting:
            return fact.actor
    return None


def _kind(
    before: Version[PolicySeen] | None, after: Version[PolicySeen] | None, *, was_there: bool
) -> ChangeKind | None:
    if after is None:
        return None if before is None else "policy-deleted"
    if before is None:
        return "policy-changed" if was_there else "policy-created"
    # A listing shows what is, not when it came to be.
    same = before.fact.policy == after.fact.policy or not after.fact.event
    return None if same else "policy-changed"
