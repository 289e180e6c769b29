"""A verdict beside the policies and pods of its time: spurious-denies by objects.

The order of the tests: noise and missing state by the line; the node's own traffic; no policy of
the direction, or policies that allow it (the agent was wrong or not ready); the answer of a
connection that policies allow; else a violation. What cannot be known is `unknown`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec

from netpolwatch.flows.model import DENY, Confidence, Disposition, Flow
from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision
from netpolwatch.kubernetes.policy.matching import all_of, any_of
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.behind import allowed_behind
from netpolwatch.verdicts.attribution.deciding import Decided, decide
from netpolwatch.verdicts.attribution.ends import end_of, fronts, serves
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.names import NamesAt
from netpolwatch.verdicts.attribution.sentence import sentence
from netpolwatch.verdicts.disposition import POLICY_TIERS, is_client_port, is_service_port
from netpolwatch.verdicts.disposition import judge as judge_line

LATEST: Final = 2**52
"""Stands in for the time of a line without one, ms: what was known last."""

_SIDES: Final[tuple[Direction, Direction]] = ("egress", "ingress")
_UNEXPECTED: Final = (
    "no policy that is known allows it: its connection may be older than they are, or the agent was"
    " not ready"
)
_OPEN: Final = "no policy isolates the pod"
_STRICT: Final = "no policy selects the pod, and the enforcing mode is strict: it denies such pods"
_OPEN_UNLESS_STRICT: Final = (
    "no policy isolates the pod, and the enforcing mode is not known: strict denies such pods"
)
NODES_OWN: Final = "the node's own traffic (the kubelet's) always passes"
_NOTHING: Final = Decision(None, ())
_NOT_BY_POLICIES: Final = POLICY_TIERS | {"ERROR"}
"""Tiers of which no NetworkPolicy decided: a cluster policy's own rule, or none was consulted."""


class Explainer:
    """Explains verdicts by what a cluster is known to have been."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def explain(self, flow: Flow) -> Explanation:
        """Explain one verdict; a DENY that was not judged yet is judged by its line first."""
        at_ms = LATEST if flow.timestamp is None else flow.timestamp
        source = self._knowledge.owner(flow.source_ip, at_ms)
        destination = self._knowledge.owner(flow.destination_ip, at_ms)
        case = _Case(self._knowledge, flow, source, destination, at_ms)
        direction = case.direction()
        decision = case.decide(direction) if direction else _NOTHING
        if flow.tier == "ERROR":
            # No policy was consulted: what they would have allowed says nothing of this packet.
            decision = replace(decision, allowing=())
        elif flow.tier in POLICY_TIERS:
            # A cluster policy's own rule matched: it is no NetworkPolicy's rule that was missing.
            decision = replace(decision, nearest_miss=None)
        disposition, confidence, why = (
            case.judge(direction, decision)
            if flow.verdict == DENY
            else (None, None, case.remark(direction, decision))
        )
        return Explanation(
            flow,
            source,
            destination,
            direction,
            decision.isolating,
            decision.allowing,
            decision.nearest_miss if disposition == "violation" else None,
            disposition,
            confidence,
            flow.timestamp,
            sentence(flow, source, destination, direction, decision, disposition, why),
            why,
        )

    def is_answer(self, told: Explanation) -> bool:
        """Tell whether an explained packet has an answer's shape, whatever policies say of it."""
        at_ms = LATEST if told.as_of is None else told.as_of
        return _Case(self._knowledge, told.flow, told.source, told.destination, at_ms).is_answer()


class _Case:
    """One verdict with its identities."""

    def __init__(
        self,
        knowledge: Knowledge,
        flow: Flow,
        source: Identity,
        destination: Identity,
        at_ms: int,
    ) -> None:
        self._knowledge, self._flow, self._at_ms = knowledge, flow, at_ms
        self._source, self._destination = source, destination
        self._names = NamesAt(knowledge, at_ms)
        self._strict = knowledge.denies_unselected(flow.node, at_ms)
        self._forward = self._connection(source, destination, flow.destination_port)

    def direction(self) -> Direction | None:
        """Tell at whose end the verdict fell."""
        written = (self._flow.direction or "").lower()
        said = [side for side in _SIDES if side == written]
        local = [side for side in _SIDES if self._is_local(self._at(side))]
        # The verdict fell on the line's node: not at a pod of another one.
        here = [side for side in _SIDES if not self._is_elsewhere(self._at(side))]
        pods = [side for side in here if self._at(side).kind == "pod"]
        for sides in (said, local, pods, here):
            if len(sides) == 1:
                return sides[0]
        return self._by_policies() if local else None

    def decide(self, direction: Direction) -> Decision:
        """Ask the policies in force at the deciding pod."""
        return self._decide(self._forward, direction)

    def judge(
        self, direction: Direction | None, decision: Decision
    ) -> tuple[Disposition, Confidence, str]:
        """Judge a DENY, with a word of why."""
        said = self._flow.judgement or judge_line(self._flow)
        if said.disposition == "noise" or self._flow.tier in _NOT_BY_POLICIES:
            return said.disposition, said.confidence, said.reasons[0]
        if direction is None or self._at(direction).kind != "pod":
            return "unknown", "low", "the deciding pod is not known"
        decider = self._at(direction)
        if direction == "ingress" and self._is_own_node(self._source, decider):
            return "agent-state", "high", NODES_OWN
        if decision.allowed:
            return self._let_through(direction, decider, decision)
        return self._judge_denied(direction, decider, decision)

    def remark(self, direction: Direction | None, decision: Decision) -> str:
        """Say why a packet passed that no policy allows."""
        if direction is None or decision.allowed is not False:
            return ""
        if direction == "ingress" and self._is_own_node(self._source, self._destination):
            return NODES_OWN
        return _UNEXPECTED

    def _judge_denied(
        self, direction: Direction, decider: Identity, decision: Decision
    ) -> tuple[Disposition, Confidence, str]:
        reverse = self._reverse_allowed() if self.is_answer() else False
        if reverse:
            return "reply", self._sure_of_answer(decider), "it answers a connection that they allow"
        if reverse is None:
            return "reply", "low", "it has an answer's shape; its connection is not known"
        if decision.allowed is None:
            return self._judge_unclear(direction)
        why = _STRICT if not decision.isolating else "no policy allows it"
        pod = self._allowed_behind() if direction == "egress" and decision.isolating else None
        if pod is not None:
            why = f"no policy allows the Service's address, though they allow its pod {pod}"
        return "violation", self._confidence(decider), why

    def _allowed_behind(self) -> str | None:
        if self._destination.kind != "service":
            return None
        flow = self._flow
        return allowed_behind(self._destination, flow.destination_port, flow.protocol,
                              self._knowledge, self._at_ms, self._reaches)  # fmt: skip

    def _reaches(self, pod: Identity, port: int) -> bool | None:
        connection = self._connection(self._source, pod, port)
        return all_of(
            self._decide(connection, "egress").allowed,
            self._decide(connection, "ingress").allowed,
        )

    def _judge_unclear(self, direction: Direction) -> tuple[Disposition, Confidence, str]:
        """Judge where an end is not known, as if nobody had its address and no pod were unknown."""
        names = NamesAt(self._knowledge, self._at_ms, assuming_all=True)
        ends = self._forward.client, self._forward.server
        client, server = (_as_nobody(end, names) for end in ends)
        nobody = replace(self._forward, client=client, server=server)
        if self._decide(nobody, direction).allowed is False:
            unless = "the unknown address is a pod that a rule selects"
            if all(end.kind != "unknown" for end in ends):
                unless = "a pod that is not known gives the Service's port the rule's number"
            return "violation", "low", f"no policy allows it, unless {unless}"
        return "unknown", "low", "a fact that the policies need is not known"

    def _let_through(
        self, direction: Direction, decider: Identity, decision: Decision
    ) -> tuple[Disposition, Confidence, str]:
        if decision.isolating:
            return "agent-state", self._confidence(decider), "the policies in force allow it"
        if not self._knowledge.knows_all_policies(decider.namespace or "", self._at_ms):
            return "unknown", "low", "policies older than what is known may isolate the pod"
        selected = self._decided(self._forward, direction).selected
        if self._strict is not None or selected or self._flow.tier == "NETWORK_POLICY":
            # That tier says that the agent holds policies for the pod, whatever the mode is.
            return "agent-state", self._confidence(decider), _OPEN
        # The tier DEFAULT says that it holds none and denies, as strict mode does.
        sure: Confidence = "low" if self._flow.tier == "DEFAULT" else "medium"
        return "agent-state", sure, _OPEN_UNLESS_STRICT

    def _at(self, side: Direction) -> Identity:
        return self._source if side == "egress" else self._destination

    def _is_local(self, identity: Identity) -> bool:
        node = self._flow.node
        return identity.kind == "pod" and node is not None and identity.node == node

    def _is_elsewhere(self, identity: Identity) -> bool:
        node = self._flow.node
        known = identity.kind == "pod" and node is not None and identity.node is not None
        return known and identity.node != node

    def _is_own_node(self, identity: Identity, pod: Identity) -> bool:
        """Whether an end is the node that a pod runs on, which always reaches it."""
        nodes = (pod.node, self._flow.node)
        return identity.kind == "node" and identity.node is not None and identity.node in nodes

    def _by_policies(self) -> Direction:
        """Both ends are on the node: the first side that denies it, else the receiving one."""
        if self._flow.verdict != DENY:
            return "ingress"
        denying = (side for side in _SIDES if self.decide(side).allowed is False)
        return next(denying, "ingress")

    def is_answer(self) -> bool:
        """Tell whether the packet has an answer's shape, by its ports and who offers them."""
        port, other = self._flow.source_port, self._flow.destination_port
        if self._serves(self._destination, other):
            return False
        if self._serves(self._source, port):
            return True
        return (is_service_port(port) or not is_client_port(port)) and is_client_port(other)

    def _serves(self, identity: Identity, port: int) -> bool:
        return serves(identity, port, self._flow.protocol, self._knowledge, self._at_ms)

    def _sure_of_answer(self, decider: Identity) -> Confidence:
        """As sure as of the connection, where the sender is known to offer the port; else less."""
        port = self._flow.source_port
        if self._serves(self._source, port):
            return self._confidence(decider)
        return "medium" if is_service_port(port) else "low"

    def _reverse_allowed(self) -> bool | None:
        """Whether the connection that the packet would answer is allowed at both its ends."""
        if self._is_own_node(self._destination, self._source):
            return True
        client, server, port = self._destination, self._source, self._flow.source_port
        reverse = self._connection(client, server, port)
        let_out = self._allowed_at(reverse, "egress", client)
        if let_out is False:
            let_out = any_of(
                self._allowed_at(each, "egress", client) for each in self._by_service()
            )
        return all_of(let_out, self._allowed_at(reverse, "ingress", server))

    def _by_service(self) -> Iterator[Connection]:
        """Give the connections that the packet may answer, too: to Services before the source.

        The client's policies decided before the address was translated, the server's after.
        """
        known, at_ms = self._knowledge, self._at_ms
        port, protocol = self._flow.source_port, self._flow.protocol
        for address, listen in fronts(self._source, port, protocol, known, at_ms):
            yield self._connection(self._destination, known.owner(address, at_ms), listen)

    def _allowed_at(
        self, connection: Connection, direction: Direction, decider: Identity
    ) -> bool | None:
        if decider.kind == "pod":
            return self._decide(connection, direction).allowed
        return None if decider.kind == "unknown" and decider.previous is None else True

    def _connection(self, client: Identity, server: Identity, port: int) -> Connection:
        known, at_ms, names = self._knowledge, self._at_ms, self._names
        return Connection(
            end_of(client, known, at_ms, names), end_of(server, known, at_ms, names),
            self._flow.protocol, port,
        )  # fmt: skip

    def _decide(self, connection: Connection, direction: Direction) -> Decision:
        return self._decided(connection, direction).decision

    def _decided(self, connection: Connection, direction: Direction) -> Decided:
        if connection.decider(direction).namespace is None:
            return Decided(_NOTHING, (), selected=False)
        strict = self._strict is True
        return decide(connection, direction, self._knowledge, self._at_ms, strict=strict)

    def _confidence(self, decider: Identity) -> Confidence:
        """As sure as the less sure identity, and as what is known of the decider's policies.

        What was taken from what other pods call their ports is less sure.
        """
        namespace, at_ms = decider.namespace or "", self._at_ms
        known = {self._source.confidence, self._destination.confidence} == {"high"}
        known = known and self._forward.client.certain and self._forward.server.certain
        known = known and self._knowledge.knows_all_policies(namespace, at_ms)
        known = known and all(state.certain for state in self._knowledge.policies(namespace, at_ms))
        return "high" if known and not self._names.relied else "medium"


def _as_nobody(end: End, names: NamesAt) -> End:
    kind = "external" if end.kind == "unknown" else end.kind
    return msgspec.structs.replace(end, kind=kind, names=names)
