"""Things grouped by what most of them share: a greedy set cover.

The key that most things have takes all of these; then the next one takes what is left, until
nothing is. A thing is in one group only, and groups are few.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
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
    sizes = Counter({key: len(numbers) for key, numbers in members.items()})
    while left:
        key = min(sizes, key=lambda each: (-sizes[each], each))
        taken = [number for number in members[key] if number in left]
        yield key, [things[number] for number in taken]
        left.difference_update(taken)
        for number in taken:
            for other in keys_of(things[number]):
                sizes[other] -= 1
