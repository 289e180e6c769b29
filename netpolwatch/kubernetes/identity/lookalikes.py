"""Pods that were shown with the same labels, as a template makes them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from netpolwatch.kubernetes.policy.labels import Selector

PodKey = tuple[str, str]
"""(namespace, name)"""


class _Group(NamedTuple):
    labels: Mapping[str, str]
    keys: dict[PodKey, None]


class Lookalikes:
    """Pods by each set of labels that they ever had: an index that asks nothing of a time.

    `None` stands for labels that a fact does not tell.
    """

    __slots__ = ("_groups", "_untold")

    def __init__(self) -> None:
        self._groups: dict[frozenset[tuple[str, str]], _Group] = {}
        self._untold: dict[PodKey, None] = {}

    def add(self, key: PodKey, labels: Mapping[str, str] | None) -> None:
        """Take in a pod that was shown with these labels."""
        if labels is None:
            self._untold[key] = None
            return
        group = self._groups.setdefault(frozenset(labels.items()), _Group(labels, {}))
        group.keys[key] = None

    def remove(self, key: PodKey, labels: Mapping[str, str] | None) -> None:
        """Drop a pod that was shown so."""
        if labels is None:
            self._untold.pop(key, None)
            return
        alike = frozenset(labels.items())
        group = self._groups.get(alike)
        if group is not None:
            group.keys.pop(key, None)
            if not group.keys:
                del self._groups[alike]

    def covered(self, selector: Selector) -> Iterator[PodKey]:
        """Give the pods that a selector may cover; of those that look alike, the newest first."""
        for group in self._groups.values():
            if selector.matches(group.labels):
                yield from reversed(group.keys)
        yield from self._untold
