"""Listings of a cluster's objects: what one does not show was not there."""

from collections.abc import Iterator
from typing import Final

from netpolwatch.kubernetes.facts import Resource, SnapshotTaken

_MAX_LISTINGS: Final = 64


class Listings:
    """The last listings that were given, by their time."""

    __slots__ = ("_taken",)

    def __init__(self) -> None:
        self._taken: dict[int, SnapshotTaken] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def add(self, taken: SnapshotTaken) -> None:
        """Take a listing in."""
        self._taken[taken.at_us] = taken
        if len(self._taken) > _MAX_LISTINGS:
            del self._taken[min(self._taken)]

    def have(self, resource: Resource) -> bool:
        """Tell whether one shows a resource."""
        return any(resource in taken.resources for taken in self._taken.values())

    def cover(self, resource: Resource, namespace: str) -> bool:
        """Tell whether one shows a resource of a namespace, as far as there is any."""
        return any(taken.covers(resource, namespace) for taken in self._taken.values())

    def came(self, resource: Resource, namespace: str, after_us: int, until_us: int) -> bool:
        """Tell whether one that covers it was taken after a time and until another."""
        return any(
            after_us < at_us <= until_us and taken.covers(resource, namespace)
            for at_us, taken in self._taken.items()
        )

    def times(self, resource: Resource) -> Iterator[int]:
        """Give the times of those that show a resource, in microseconds since 1970 (UTC)."""
        return (at_us for at_us, taken in self._taken.items() if resource in taken.resources)
