"""Things grouped by what most of them share: a greedy set cover.

The key that most things have takes all of these; then the next one takes what is left, until
nothing is. A thing is in one group only, and groups are few.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, TypeVar

_Thing = TypeVar("_Thing")
_Key = TypeVar("_Key", bound=Hashable)


def covered(
    things: Sequence[_Thing], keys_of: Callable[[_Thing], Sequence[_Key]]
) -> Iterator[tuple[_Key, list[_Thing]]]:
    """Yield groups with the key that their things share; ties by the keys' order.

    Each thing must have a key.
    """
    members: dict[Any, list[int]] = defaultdict(list)
    for number, thing in enumerate(things):
        for key in keys_of(thing):
            members[key].append(number)
    left = set(range(len(things)))
    queue = [(-len(numbers), key) for key, numbers in members.items()]
    heapify(queue)
    while left:
        size, key = heappop(queue)
        taken = [number for number in members[key] if number in left]
        # Others have taken some since it was queued; it never has more than it was queued with.
        if len(taken) < -size:
            heappush(queue, (-len(taken), key))
            continue
        yield key, [things[number] for number in taken]
        left.difference_update(taken)
