"""What a run did not know of the cluster: a doubtful answer must not look like a sure one."""

import sys
from collections.abc import Iterator
from typing import Final

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.listing import LISTING

_HOUR_US: Final = 3_600_000_000
_DAY_HOURS: Final = 24
_MAX_NAMES: Final = 3


def tell_doubts(knowledge: Knowledge, last_ms: int | None) -> None:
    """Say on standard error what makes answers doubtful; the last verdict is of `last_ms`."""
    for doubt in _doubts(knowledge, last_ms):
        sys.stderr.write(f"netpolwatch: {doubt}\n")


def _doubts(knowledge: Knowledge, last_ms: int | None) -> Iterator[str]:
    if not knowledge.pods:
        yield (
            f"no pod is known: give --snapshot FILE ({LISTING}; leave out cnp,anp where the cluster"
            " has no such kinds)"
        )
    if not knowledge.has_snapshot:
        return
    if not knowledge.lists("networkpolicies"):
        yield "the snapshot shows no NetworkPolicy: those older than the log are not known"
    unlisted = knowledge.unlisted()
    if unlisted:
        more = f" and {len(unlisted) - _MAX_NAMES} more" if len(unlisted) > _MAX_NAMES else ""
        yield (
            f"the snapshot shows nothing of namespace {', '.join(unlisted[:_MAX_NAMES])}{more},"
            " of which the log tells pods: is it of this cluster, and taken with -A?"
        )
    hours = 0 if last_ms is None else knowledge.unheard_us(last_ms) // _HOUR_US
    if hours >= _DAY_HOURS:
        yield (
            f"nothing was heard of the cluster for {hours // _DAY_HOURS} d before the last verdict:"
            " what is said of its pods and policies is of low confidence"
        )
