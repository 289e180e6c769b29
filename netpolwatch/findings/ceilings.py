"""How many findings of an issue may be open in a cluster, and how many of one author.

Who is open has a place in a few small items; a full one is not written again, so that a flood of
new subjects writes one finding: the crowd's. A finding that ends gives its place back in the write
that ends it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from netpolwatch.catalogue.model import Entry
from netpolwatch.findings.crowds import author_of
from netpolwatch.findings.items import Changes, CrowdItem, Item, Items, crowd_key, finding_key
from netpolwatch.findings.observation import Observation, as_crowd, as_other, is_other
from netpolwatch.findings.state import State

_SHARDS: Final = 8
_LEAST_SHARDED: Final = 200
"""A smaller ceiling is one item: shares of it would be too few to be even."""

_MEMBER_CHARS: Final = 10

Opens = Callable[[Observation], bool]
"""Whether an observation opens a finding that is not open."""


@dataclass(frozen=True, slots=True)
class _Home:
    """An item with places, how many it has, and whether they are one author's."""

    key: str
    places: int
    of_author: bool = False


class Ceilings:
    """The places of one write: who has one, who gets one, and what all others are counted to.

    Attributes
    ----------
    changes
        What is to be written of them.
    """

    def __init__(self, entries: Mapping[str, Entry], items: Items) -> None:
        self._entries, self._items = entries, items
        self.changes: Changes = {}

    def placed(self, observation: Observation, opens: Opens) -> Observation:
        """Return an observation as it is recorded: as itself, or as part of a crowd."""
        if not observation.subject or is_other(observation.subject) or not opens(observation):
            return observation
        homes = _homes(self._entries[observation.issue], observation)
        full = next((home for home in homes if self._is_full(home)), None)
        if full is None:
            for home in homes:
                self._enter(home, observation.id)
            return observation
        crowd = as_crowd(observation, self._entries) if full.of_author else None
        return self.placed(crowd or as_other(observation, self._entries), opens)

    def leave(self, state: State) -> None:
        """Return the places of a finding to what others may take."""
        entry = self._entries.get(state.issue)
        for home in _homes(entry, state) if entry else ():
            left = tuple(one for one in self._members(home) if one != _member(state.id))
            if len(left) < len(self._members(home)):
                self.changes[home.key] = CrowdItem(members=left) if left else None

    def _is_full(self, home: _Home) -> bool:
        return len(self._members(home)) >= home.places

    def _enter(self, home: _Home, identity: str) -> None:
        members, member = self._members(home), _member(identity)
        if member not in members:
            self.changes[home.key] = CrowdItem(members=(*members, member))

    def _members(self, home: _Home) -> tuple[str, ...]:
        item: Item | None = self.changes.get(home.key, self._items.get(home.key))
        return item.members if isinstance(item, CrowdItem) else ()


def keys_to_place(observation: Observation, entries: Mapping[str, Entry]) -> Iterator[str]:
    """Name the items to read to place an observation: places, and the crowds' findings."""
    yield from home_keys(entries[observation.issue], observation)
    crowd = as_crowd(observation, entries)
    beyond = [as_other(observation, entries)]
    if crowd is not None:
        yield from home_keys(entries[crowd.issue], crowd)
        beyond += [crowd, as_other(crowd, entries)]
    yield from (finding_key(one.id) for one in beyond)


def home_keys(entry: Entry, finding: Observation | State) -> list[str]:
    """Name the items in which a finding has its places."""
    return [home.key for home in _homes(entry, finding)]


def _homes(entry: Entry, finding: Observation | State) -> list[_Home]:
    if not finding.subject or is_other(finding.subject):
        return []
    author = author_of(entry, finding.subject)
    homes = []
    if entry.crowd is not None and author is not None:
        key = crowd_key(finding.cluster, entry.id, author)
        homes.append(_Home(key, entry.crowd.beyond, of_author=True))
    shards = _SHARDS if entry.max_open >= _LEAST_SHARDED else 1
    shard = crc32(finding.id.encode()) % shards
    key = crowd_key(finding.cluster, entry.id, shard=shard)
    return [*homes, _Home(key, -(-entry.max_open // shards))]


def _member(identity: str) -> str:
    return identity[:_MEMBER_CHARS]
