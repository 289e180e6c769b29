"""Which pods call a port by a name, whatever their number."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from netpolwatch.kubernetes.facts import LabelsPatched, PodSeen
from netpolwatch.kubernetes.policy.labels import Selector

PodKey = tuple[str, str]
"""(namespace, name)"""

_Called = tuple[str, str, str]
"""(namespace, a port's name, protocol)"""


class _Alike(NamedTuple):
    """Pods that were shown with the same labels, as a template makes them."""

    labels: Mapping[str, str]
    keys: dict[PodKey, None]


class Callers:
    """Pods by what they call their ports: an index of facts, which asks nothing of a time."""

    def __init__(self) -> None:
        self._alike: dict[_Called, dict[int, dict[frozenset[tuple[str, str]], _Alike]]] = {}
        self._patched: dict[str, dict[PodKey, None]] = {}

    def add(self, fact: PodSeen | LabelsPatched) -> None:
        """Take in a pod's body, or that its labels were changed without one."""
        key = (fact.namespace, fact.name)
        if isinstance(fact, LabelsPatched):
            self._patched.setdefault(fact.namespace, {})[key] = None
            return
        for called, port in _called(fact):
            labels = fact.labels or {}
            groups = self._alike.setdefault(called, {}).setdefault(port, {})
            group = groups.setdefault(frozenset(labels.items()), _Alike(labels, {}))
            group.keys[key] = None

    def remove(self, fact: PodSeen | LabelsPatched) -> None:
        """Drop a fact's pod."""
        key = (fact.namespace, fact.name)
        if isinstance(fact, LabelsPatched):
            self._patched.get(fact.namespace, {}).pop(key, None)
            return
        for called, port in _called(fact):
            groups = self._alike.get(called, {}).get(port, {})
            alike = frozenset((fact.labels or {}).items())
            if alike in groups:
                groups[alike].keys.pop(key, None)
                if not groups[alike].keys:
                    del groups[alike]

    def may_call(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int
    ) -> Iterator[PodKey]:
        """Give the pods that may call a port so and that a selector may cover, newest first."""
        groups = self._alike.get((namespace, name, protocol), {}).get(port, {})
        for group in groups.values():
            if selector.matches(group.labels):
                yield from reversed(group.keys)
        yield from self._patched.get(namespace, ())

    def numbers(self, namespace: str, name: str, protocol: str) -> tuple[int, ...]:
        """Give the ports that any pod of a namespace calls so."""
        return tuple(self._alike.get((namespace, name, protocol), ()))


def _called(pod: PodSeen) -> Iterator[tuple[_Called, int]]:
    """Give what a pod calls its ports; of one name, the first port counts."""
    firsts: dict[_Called, int] = {}
    for port in pod.ports:
        if port.name is not None:
            firsts.setdefault((pod.namespace, port.name, port.protocol), port.port)
    yield from firsts.items()
