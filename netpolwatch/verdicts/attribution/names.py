"""What other pods call their ports, as of a verdict's time."""

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.labels import Selector


class NamesAt:
    """Answers `PortNames` from knowledge.

    With `assuming_all`, as if no pod were there but those that are known.

    Attributes
    ----------
    relied
        Whether an answer was taken from pods that are neither end of the verdict.
    """

    def __init__(self, knowledge: Knowledge, at_ms: int, *, assuming_all: bool = False) -> None:
        self.relied = False
        self._knowledge, self._at_ms = knowledge, at_ms
        self._assuming_all = assuming_all

    def calls(
        self, namespace: str, selector: Selector, name: str, protocol: str, port: int
    ) -> bool | None:
        """Tell whether a pod of a namespace that a selector covers calls a port so."""
        known = self._knowledge
        found = known.pods_call(namespace, selector, name, protocol, port, self._at_ms)
        self.relied = self.relied or found is True
        return bool(found) if self._assuming_all else found

    def numbers(
        self, namespace: str, selector: Selector, name: str, protocol: str
    ) -> frozenset[int]:
        """Give the ports that those pods are known to call so."""
        return self._knowledge.ports_called(namespace, selector, name, protocol, self._at_ms)
