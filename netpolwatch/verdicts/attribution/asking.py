"""An explained verdict's connection once more, to ask its time's policies further questions."""

from typing import NamedTuple

from netpolwatch.kubernetes.identity import LATEST, Knowledge
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy
from netpolwatch.kubernetes.policy.tiers import Deciding
from netpolwatch.verdicts.attribution.by_name import ByName, opened_by_name
from netpolwatch.verdicts.attribution.deciding import Decided, decide
from netpolwatch.verdicts.attribution.ends import end_of, serves
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.names import NamesAt


class Answered(NamedTuple):
    """What the policies of one end say.

    Attributes
    ----------
    isolating
        The bodies of its namespace's policies that isolate it.
    by_cluster
        The rule of a ClusterNetworkPolicy that decides, where one does.
    """

    decision: Decision
    isolating: tuple[NetworkPolicy, ...]
    by_cluster: Deciding | None


class Asking:
    """One explained verdict, and what was known at its time."""

    def __init__(self, told: Explanation, knowledge: Knowledge) -> None:
        self._told, self._knowledge = told, knowledge
        self._at_ms = LATEST if told.as_of is None else told.as_of
        flow, names = told.flow, NamesAt(knowledge, self._at_ms)
        self.connection = Connection(
            end_of(told.source, knowledge, self._at_ms, names),
            end_of(told.destination, knowledge, self._at_ms, names),
            flow.protocol,
            flow.destination_port,
        )

    @property
    def is_strict(self) -> bool:
        """Tell whether the verdict's node is known to deny pods that no policy selects."""
        return self._knowledge.denies_unselected(self._told.flow.node, self._at_ms) is True

    def decide(self, direction: Direction) -> Answered:
        """Ask the policies in force, at the verdict's time, at the end that decides a direction."""
        return self._decide(direction, self._at_ms)

    def decide_now(self, direction: Direction) -> Answered:
        """Ask the policies that are known last: what is changed is changed now."""
        return self._decide(direction, LATEST)

    def opened_by_name(self, direction: Direction) -> ByName | None:
        """Return by whose name for a port ingress is allowed, where it is another pod's."""
        decided = self._decided(direction, self._at_ms)
        return opened_by_name(
            self.connection, direction, decided, self._knowledge, self._at_ms,
            strict=self.is_strict,
        )  # fmt: skip

    def _decided(self, direction: Direction, at_ms: int) -> Decided:
        return decide(self.connection, direction, self._knowledge, at_ms, strict=self.is_strict)

    def _decide(self, direction: Direction, at_ms: int) -> Answered:
        decided = self._decided(direction, at_ms)
        names = set(decided.decision.isolating)
        isolating = (one for one in decided.asked if f"{one.namespace}/{one.name}" in names)
        return Answered(decided.decision, tuple(isolating), decided.by_cluster)

    def unfit_for_change(self, direction: Direction) -> str | None:
        """Tell why what is known last is no ground for a change; `None` where it is."""
        identity = self._told.source if direction == "egress" else self._told.destination
        namespace = identity.namespace or ""
        isolating = set(self.decide_now(direction).decision.isolating)
        for state in self._knowledge.policies(namespace, LATEST):
            if state.terminating and f"{state.namespace}/{state.name}" in isolating:
                return f"{namespace}/{state.name}, which isolates the pod, is being deleted"
        now = self._knowledge.pod(namespace, identity.name or "", LATEST)
        labels = self.connection.decider(direction).labels
        if now is not None and now.labels is not None and now.labels.values != labels:
            return "the deciding pod's labels were changed since"
        return None

    def names(self, namespace: str) -> set[str]:
        """Give the names of a namespace's policies, as they are known last."""
        return {state.name for state in self._knowledge.policies(namespace, LATEST)}

    def is_offered(self) -> bool:
        """Tell whether the destination is known to offer the line's port."""
        flow = self._told.flow
        return serves(self._told.destination, flow.destination_port, flow.protocol,
                      self._knowledge, self._at_ms)  # fmt: skip
