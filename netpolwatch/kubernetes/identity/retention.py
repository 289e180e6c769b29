"""For how long a fact is worth keeping.

Look-ups are of the last minutes, and of what a message is about: hours. What runs for long must be
known for as long as it runs, and nobody can tell that of a pod when it is created, but by who made
it. Numbers: a thousand pods of Jobs a minute are 1.4 million a day; see docs/architecture.md.
"""

from typing import Final

from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    ControllerSeen,
    LabelsPatched,
    NodeGone,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
)

_FINISHING_DAYS: Final = 1
_POD_DAYS: Final = 60
_LASTING_DAYS: Final = 400
"""Policies, namespaces and Services are written once and live for years."""

_LASTING_OWNERS: Final = frozenset({"ReplicaSet", "StatefulSet", "DaemonSet", "Node"})


def kept_days(fact: AnyFact, owner: Owner | None) -> int:
    """Return for how many days a fact is kept; `owner` is its pod's, where that is known.

    A pod of something else than what keeps pods running (a Job, a workflow) finishes; one that
    nobody is known to own may be either.
    """
    match fact:
        case PodSeen() | PodAddress() | PodTerminating() | PodGone() | Binding():
            finishes = owner is not None and owner.kind not in _LASTING_OWNERS
            return _FINISHING_DAYS if finishes else _POD_DAYS
        case ControllerSeen():
            return _FINISHING_DAYS if fact.controller == "Job" else _POD_DAYS
        case NodeSeen() | NodeGone():
            return _POD_DAYS
        case LabelsPatched() if fact.resource == "pods":
            return _POD_DAYS
        case _:
            return _LASTING_DAYS
