"""Which pods call a port by a name, whatever their number."""

from collections.abc import Iterator

from netpolwatch.kubernetes.facts import LabelsPatched, PodSeen
from netpolwatch.kubernetes.identity.lookalikes import Lookalikes, PodKey
from netpolwatch.kubernetes.policy.labels import Selector

_Called = tuple[str, str, str]
"""(namespace, a port's name, protocol)"""


class Callers:
    """Pods by what they call their ports: an index of facts, which asks nothing of a time."""

    def __init__(self) -> None:
        self._alike: dict[_Called, dict[int, Lookalikes]] = {}
        self._patched: dict[str, dict[PodKey, None]] = {}

    def add(self, fact: PodSeen | LabelsPatched) -> None:
        """Take in a pod's body, or that its labels were changed without one."""
        key = (fact.namespace, fact.name)
        if isinstance(fact, LabelsPatched):
            self._patched.setdefault(fact.namespace, {})[key] = None
            return
        for called, port in _called(fact):
            ports = self._alike.setdefault(called, {})
            ports.setdefault(port, Lookalikes()).add(key, fact.labels)

    def remove(self, fact: PodSeen | LabelsPatched) -> None:
        """Drop a fact's pod."""
        key = (fact.namespace, fact.name)
        if isinstance(fact, LabelsPatched):
            self._patched.get(fact.namespace, {}).pop(key, None)
            return
        for called, port in _called(fact):
            alike = self._alike.get(called, {}).get(port)
            if alike is not None:
                alike.remove(key, fact.labels)

    def may_call(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int
    ) -> Iterator[PodKey]:
        """Give the pods that may call a port so and that a selector may cover, newest first."""
        alike = self._alike.get((namespace, name, protocol), {}).get(port)
        if alike is not None:
            yield from alike.covered(selector)
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
