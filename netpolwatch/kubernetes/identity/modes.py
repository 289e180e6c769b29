"""Whether pods without policies are denied, by node and as of a time."""

from bisect import bisect_right, insort
from typing import Final, NamedTuple

from netpolwatch.kubernetes.facts import EnforcingModeSeen
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.coverage import Ask, ask_nothing

MAX_NODES: Final = 10_000
MAX_CHANGES: Final = 256
"""Of one node, and of the cluster: beyond it the oldest goes."""

_ROLLOUT_US: Final = 15 * 60 * 1_000_000
"""A DaemonSet's change comes to its nodes one after the other."""


class _Said(NamedTuple):
    at_us: int
    strict: bool
    changed: bool


class Modes:
    """What was said of the enforcing mode, of nodes and (`None`) of the whole cluster.

    `ask` notes what an answer rests on.
    """

    def __init__(self, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._said: dict[str | None, list[_Said]] = {}

    def learn(self, fact: EnforcingModeSeen) -> None:
        """Take in a fact."""
        if fact.node not in self._said and len(self._said) > MAX_NODES:
            return
        said = self._said.setdefault(fact.node, [])
        one = _Said(fact.at_us, fact.strict, fact.changed)
        if one not in said:
            insort(said, one)
            del said[:-MAX_CHANGES]

    def is_strict(self, node: str | None, at_us: int) -> bool | None:
        """Tell whether a node denies pods without policies; `None` where nobody knows.

        A node's own word goes before the DaemonSet's, whose changes come to it when its pod is
        replaced. What was said first held before, too, unless that may have changed it.
        """
        self._ask(entities.mode(None))
        self._ask(entities.mode(node))
        everywhere = self._said.get(None, [])
        own = self._said.get(node, []) if node is not None else []
        wanted, had = _last(everywhere, at_us), _last(own, at_us)
        if had is not None:
            changing = wanted is not None and wanted.at_us > had.at_us
            return None if changing and wanted and wanted.strict != had.strict else had.strict
        if wanted is not None:
            return None if wanted.changed and _is_new(wanted, at_us) else wanted.strict
        first = min((*everywhere[:1], *own[:1]), default=None)
        if first is None:
            return self._all_agree() if node is None else None
        return None if first.changed else first.strict

    def _all_agree(self) -> bool | None:
        """Give the mode of all nodes, where it is the same and never was another."""
        self._ask(entities.MODES)
        modes = {one.strict for said in self._said.values() for one in said}
        return modes.pop() if len(modes) == 1 else None


def _last(said: list[_Said], at_us: int) -> _Said | None:
    until = bisect_right(said, at_us, key=lambda one: one.at_us)
    return said[until - 1] if until else None


def _is_new(one: _Said, at_us: int) -> bool:
    return at_us - one.at_us < _ROLLOUT_US
