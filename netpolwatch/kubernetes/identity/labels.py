"""Labels as of a time, from whole bodies and from patches."""

from collections.abc import Iterable

from netpolwatch.kubernetes.facts import LabelsPatched, NamespaceSeen, PodSeen
from netpolwatch.kubernetes.identity.model import Labels

LabelFact = PodSeen | NamespaceSeen | LabelsPatched


def labels_at(facts: Iterable[LabelFact], at_us: int) -> Labels | None:
    """Tell an object's labels at a time; `facts` are in the order of their time.

    Before the first body its labels are taken from there, unless a patch came between, or the body
    is that of a write that may have changed them. `None` after a write whose body is missing, and
    before a patch whose ground is not known.
    """
    known: Labels | None = None
    before = True
    for fact in facts:
        if fact.at_us > at_us:
            return _assumed(fact) if before else known
        known, before = labels_after(known, fact), False
    return known


def labels_after(known: Labels | None, fact: LabelFact) -> Labels | None:
    """Return what a write leaves of labels; `None` where that is not known."""
    if not isinstance(fact, LabelsPatched):
        return None if fact.labels is None else Labels(fact.labels, fact.at_us, fact.source)
    if known is None and not fact.whole:
        return None
    values = {} if known is None or fact.whole else dict(known.values)
    for key, value in fact.changes.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return Labels(values, fact.at_us, fact.source)


def _assumed(first: LabelFact) -> Labels | None:
    if isinstance(first, LabelsPatched) or first.labels is None or first.relabelled:
        return None
    return Labels(first.labels, first.at_us, first.source, certain=False)
