"""Facts that say again what the last fact of the same thing said: they need not be kept.

A cluster repeats itself: a controller applies its policies every three minutes, each pod's status
shows its node's address, a delete shows the pod once more. What is left out must not change any
answer, so a fact is a repeat only of the fact just before it, of the same kind, and only where no
listing came between: a listing asks when a thing was seen last. Which fact was just before is not
known for sure: events come late, and several processes learn from one cluster. So a fact that may
itself be the change is never a repeat: what it changes back may be heard later, or elsewhere.
"""

from collections import OrderedDict
from typing import Final, Literal

import msgspec

from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    ClusterPolicySeen,
    CollectionDeleted,
    Gone,
    LabelsPatched,
    NamespaceSeen,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
    PolicySeen,
    ServiceSeen,
    SnapshotTaken,
)
from netpolwatch.kubernetes.identity import entities

Key = tuple[str, str]
"""A thing: an object's key in a store (`entities`), and the part of it that a fact is of."""

_Kind = Literal["body", "address", "state"]

_MAX_REMEMBERED: Final = 100_000
_HOUR_US: Final = 3_600_000_000
_SHOWN_ANEW_US: Final = {"lookalikes": _HOUR_US, "node": 6 * _HOUR_US}
"""A pod that stands for others may be gone by then; a node was seen last at that time."""

_LONGEST_US: Final = 100 * 24 * _HOUR_US
"""What is older may expire while it is still so."""

_VALUES: Final = ("lookalikes#", entities.MODES, entities.NETWORKS)
"""Objects of which a part is all that any of its facts says."""

_MOMENT: Final = {"at_us": 0, "event": "", "actor": None, "source": ""}


def is_repeat(key: Key, last: AnyFact, fact: AnyFact) -> bool:
    """Whether a fact says nothing that an earlier one of the same thing did not say.

    A snapshot's facts are none: they show what was there at its time.
    """
    kind = "node" if isinstance(fact, NodeSeen) else key[0].partition("#")[0]
    if fact.event == "" or kind == "mode":
        # Of a mode it counts whether a node told it before or after the DaemonSet was changed.
        return False
    if not 0 <= fact.at_us - last.at_us < _SHOWN_ANEW_US.get(kind, _LONGEST_US):
        return False
    if key[1] and key[0].startswith(_VALUES):
        return True
    if isinstance(fact, NodeSeen) and isinstance(last, NodeSeen) and fact.hearsay:
        # A pod shows one address of its node, whose own body shows all.
        return fact.name == last.name and set(fact.addresses) <= set(last.addresses)
    if _may_be_change(fact):
        return False
    return type(fact) is type(last) and _content(fact) == _content(last)


def _may_be_change(fact: AnyFact) -> bool:
    """Whether a fact may be the write that made a thing so, after it was otherwise.

    A policy counts its changes (`generation`), so that a body of the same number is the same.
    """
    if fact.partial:
        return True
    match fact:
        case PolicySeen() | ClusterPolicySeen():
            return fact.uid is None or fact.generation is None
        case PodSeen() | NamespaceSeen():
            return fact.uid is None or fact.relabelled
        case ServiceSeen():
            return not fact.unchanged
        case LabelsPatched() | CollectionDeleted() | PodGone() | Gone():
            return True
        case _:
            return False


class Repeats:
    """The last fact of each thing, as far as this process wrote or read it."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[Key, _Kind], AnyFact] = OrderedDict()
        self._owners: OrderedDict[tuple[str, str], Owner | None] = OrderedDict()
        self.listed_us = 0
        """When a listing was taken last, in microseconds since 1970 (UTC)."""

    def knows(self, key: Key, fact: AnyFact) -> bool:
        """Whether anything of a fact's kind is remembered of a thing."""
        return (key, _kind(fact)) in self._last

    def owner_of(self, fact: AnyFact) -> Owner | None:
        """Return who owns the pod that a fact is of, where its body was seen."""
        if isinstance(fact, PodSeen):
            return fact.owner
        if not isinstance(fact, PodAddress | PodGone | PodTerminating | Binding):
            return None
        return self._owners.get((fact.namespace, fact.name))

    def take(self, key: Key, fact: AnyFact) -> bool:
        """Remember a fact; whether it says something new."""
        if isinstance(fact, SnapshotTaken):
            self.listed_us = max(self.listed_us, fact.at_us)
        elif isinstance(fact, PodSeen) and not fact.partial:
            self._remember_owner(fact)
        place = (key, _kind(fact))
        last = self._last.get(place)
        if last is not None:
            listed = last.at_us < self.listed_us <= fact.at_us
            if not listed and is_repeat(key, last, fact):
                return False
            if last.at_us > fact.at_us:
                return True
        if isinstance(fact, PodGone):
            self._last.pop((key, "address"), None)
            self._last.pop((key, "body"), None)
        self._last[place] = fact
        self._last.move_to_end(place)
        if len(self._last) > _MAX_REMEMBERED:
            self._last.popitem(last=False)
        return True

    def _remember_owner(self, pod: PodSeen) -> None:
        self._owners[pod.namespace, pod.name] = pod.owner
        if len(self._owners) > _MAX_REMEMBERED:
            self._owners.popitem(last=False)

    def forget(self, key: Key, fact: AnyFact) -> None:
        """Remember nothing of a fact's kind: it could not be kept."""
        self._last.pop((key, _kind(fact)), None)


def _kind(fact: AnyFact) -> _Kind:
    """Name what a fact follows on: a patch of labels changes what a body showed."""
    if isinstance(fact, PodSeen) or (isinstance(fact, LabelsPatched) and fact.resource == "pods"):
        return "body"
    return "address" if isinstance(fact, PodAddress) else "state"


def _content(fact: AnyFact) -> bytes:
    """Write what a fact says, besides when and by whom it was said."""
    if isinstance(fact, PodAddress):
        return msgspec.json.encode((fact.name, fact.addresses, fact.uid, fact.branch_eni))
    if isinstance(fact, PodSeen):
        # Its node is told by the binding, which is always kept.
        fact = msgspec.structs.replace(fact, node=None, relabelled=False)
    left_out: dict[str, object] = {**_MOMENT}
    if hasattr(fact, "uid"):
        # What has no uid is another one where it was created at another time.
        left_out["created_us"] = None
    known = {name: value for name, value in left_out.items() if hasattr(fact, name)}
    return msgspec.json.encode(msgspec.structs.replace(fact, **known))
