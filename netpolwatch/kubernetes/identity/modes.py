"""Whether pods without policies are denied, by node and as of a time."""

from bisect import bisect_right, insort
from heapq import merge
from typing import Final

from netpolwatch.kubernetes.facts import EnforcingModeSeen

MAX_NODES: Final = 10_000
MAX_CHANGES: Final = 256
"""Of one node, and of the cluster: beyond it the oldest goes."""

_ROLLOUT_US: Final = 15 * 60 * 1_000_000
"""A DaemonSet's change comes to its nodes one after the other."""

_Said = tuple[int, bool, bool]
"""(µs since 1970, whether it is strict, whether it was said of the node itself)"""


class Modes:
    """What was said of the enforcing mode, of nodes and (`None`) of the whole cluster."""

    def __init__(self) -> None:
        self._said: dict[str | None, list[_Said]] = {}

    def learn(self, fact: EnforcingModeSeen) -> None:
        """Take in a fact."""
        if fact.node not in self._said and len(self._said) > MAX_NODES:
            return
        said = self._said.setdefault(fact.node, [])
        one = fact.at_us, fact.strict, fact.node is not None
        if one not in said:
            insort(said, one)
            del said[:-MAX_CHANGES]

    def is_strict(self, node: str | None, at_us: int) -> bool | None:
        """Tell whether a node denies pods without policies; `None` where nobody knows.

        What is said first only later held before, too: hardly anybody changes the mode.
        """
        said = list(merge(self._said.get(None, ()), self._said.get(node, ()) if node else ()))
        if not said:
            return self._all_agree() if node is None else None
        until = bisect_right(said, (at_us, True, True))
        when, strict, own = said[max(until - 1, 0)]
        changing = until > 1 and said[until - 2][1] != strict and at_us - when < _ROLLOUT_US
        return None if changing and not own else strict

    def _all_agree(self) -> bool | None:
        """Give the mode of all nodes, where it is the same and never was another."""
        modes = {strict for said in self._said.values() for _, strict, _ in said}
        return modes.pop() if len(modes) == 1 else None
