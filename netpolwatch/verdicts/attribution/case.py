"""One verdict with its identities, and what may be asked of it: as of its time."""

from collections.abc import Iterator
from typing import Final

import msgspec

from netpolwatch.flows.model import DENY, Confidence, Flow
from netpolwatch.kubernetes.identity import Identity, Knowledge
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision
from netpolwatch.kubernetes.policy.matching import all_of, any_of
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.kubernetes.policy.tiers import Deciding
from netpolwatch.verdicts.attribution.behind import allowed_behind
from netpolwatch.verdicts.attribution.by_name import ByName, opened_by_name
from netpolwatch.verdicts.attribution.deciding import Decided, decide
from netpolwatch.verdicts.attribution.ends import end_of, fronts, serves
from netpolwatch.verdicts.attribution.names import NamesAt
from netpolwatch.verdicts.attribution.unread import unread_in, unread_of_cluster
from netpolwatch.verdicts.disposition import is_client_port, is_service_port

_OTHER_TIERS: Final = ("NETWORK_POLICY", "DEFAULT")
"""Those of a line that no ClusterNetworkPolicy decided."""

NOTHING: Final = Decision(None, ())
"""What is decided where nobody knows the deciding pod."""


class Case:
    """One verdict with its identities."""

    def __init__(
        self,
        knowledge: Knowledge,
        flow: Flow,
        source: Identity,
        destination: Identity,
        at_ms: int,
    ) -> None:
        self.flow, self.source, self.destination = flow, source, destination
        self._knowledge, self._at_ms = knowledge, at_ms
        self._names = NamesAt(knowledge, at_ms)
        self.strict = knowledge.denies_unselected(flow.node, at_ms)
        self._at: dict[Direction, Decided] = {}
        self._forward = self._connection(source, destination, flow.destination_port)

    def may_be_a_pod(self, side: Direction) -> bool:
        """Whether nobody knows an end, nor that no pod has its address."""
        return self._forward.decider(side).kind == "unknown"

    def decide(self, direction: Direction) -> Decision:
        """Ask the policies in force at the deciding pod."""
        return self._decided(direction).decision

    def by_cluster(self, direction: Direction) -> Deciding | None:
        """Return the ClusterNetworkPolicy's rule that surely decides, where one does."""
        return self._decided(direction).by_cluster

    def unread(self, decider: Identity) -> tuple[str, ...]:
        """Return the policies that may select a pod and whose bodies nobody saw, in words."""
        own = unread_in(decider.namespace or "", self._knowledge, self._at_ms)
        return (*own, *self.unread_of_cluster())

    def unread_of_cluster(self) -> tuple[str, ...]:
        """Return the cluster's own among them, unless the line's tier says that none decided."""
        if self.flow.tier in _OTHER_TIERS:
            return ()
        return unread_of_cluster(self._knowledge, self._at_ms)

    def may_name_domain(self, direction: Direction) -> bool:
        """Whether a rule that may let the packet through is for domain names."""
        decided = self._decided(direction)
        names = set(decided.decision.isolating)
        return any(
            peer.domain_names
            for policy in decided.asked
            if f"{policy.namespace}/{policy.name}" in names
            for rule in policy.rules(direction)
            for peer in rule.peers
        )

    def opened_by_name(self, direction: Direction) -> ByName | None:
        """Return by whose name for a port ingress is allowed, where it is another pod's."""
        if self.flow.verdict != DENY:
            return None
        decided = self._decided(direction)
        return opened_by_name(
            self._forward, direction, decided, self._knowledge, self._at_ms,
            strict=self.strict is True,
        )  # fmt: skip

    def is_selected(self, direction: Direction) -> bool:
        """Tell whether a policy selects the deciding pod, of whatever direction."""
        return self._decided(direction).selected

    def decide_as_if_known(self, direction: Direction) -> tuple[Decision, bool]:
        """Decide as if nobody had an unknown address and no pod were unknown.

        Gives whether an address is unknown, too.
        """
        ends = self._forward.client, self._forward.server
        decision = self._decide(self._if_known(self._forward), direction)
        return decision, any(end.kind == "unknown" for end in ends)

    @property
    def unheard_us(self) -> int:
        """For how long before the verdict nothing was heard of the cluster."""
        return self._knowledge.unheard_us(self._at_ms)

    def knows_all_policies(self, decider: Identity) -> bool:
        """Tell whether no older policy of a pod's namespace can be unknown."""
        return self._knowledge.knows_all_policies(decider.namespace or "", self._at_ms)

    def allowed_behind(self) -> str | None:
        """Name a pod behind the Service that is asked for, and its port, that would be reached."""
        if self.destination.kind != "service":
            return None
        flow = self.flow
        return allowed_behind(self.destination, flow.destination_port, flow.protocol,
                              self._knowledge, self._at_ms, self._reaches)  # fmt: skip

    def _reaches(self, pod: Identity, port: int) -> bool | None:
        connection = self._connection(self.source, pod, port)
        return all_of(
            self._decide(connection, "egress").allowed,
            self._decide(connection, "ingress").allowed,
        )

    @property
    def is_between_pods(self) -> bool:
        """Whether both ends are known as pods."""
        return self.source.kind == self.destination.kind == "pod"

    @property
    def has_pod(self) -> bool:
        """Whether an end is known as a pod."""
        return "pod" in (self.source.kind, self.destination.kind)

    def at(self, side: Direction) -> Identity:
        """Give the end that decides a direction."""
        return self.source if side == "egress" else self.destination

    def is_own_node(self, identity: Identity, pod: Identity) -> bool:
        """Tell whether an end is the node that a pod runs on, which always reaches it."""
        nodes = (pod.node, self.flow.node)
        return identity.kind == "node" and identity.node is not None and identity.node in nodes

    def is_answer(self) -> bool:
        """Tell whether the packet has an answer's shape, by its ports and who offers them."""
        port, other = self.flow.source_port, self.flow.destination_port
        if self.serves(self.destination, other):
            return False
        if self.serves(self.source, port):
            return True
        return (is_service_port(port) or not is_client_port(port)) and is_client_port(other)

    def serves(self, identity: Identity, port: int) -> bool:
        """Tell whether an end is known to offer a port."""
        return serves(identity, port, self.flow.protocol, self._knowledge, self._at_ms)

    def reverse_allowed(self) -> bool | None:
        """Tell whether the connection that the packet would answer is allowed at both its ends."""
        if self.is_own_node(self.destination, self.source):
            return True
        client, server, port = self.destination, self.source, self.flow.source_port
        reverse = self._connection(client, server, port)
        let_out = self._allowed_at(reverse, "egress", client)
        if let_out is False:
            let_out = any_of(
                self._allowed_at(each, "egress", client) for each in self._by_service()
            )
        return all_of(let_out, self._allowed_at(reverse, "ingress", server))

    def reverse_denied_to_nobody(self) -> bool:
        """Tell whether policies deny that connection, if the end that is not known is nobody."""
        kinds = self.destination.kind, self.source.kind
        if set(kinds) != {"unknown", "pod"}:
            return False
        reverse = self._connection(self.destination, self.source, self.flow.source_port)
        asked: Direction = "egress" if kinds[0] == "pod" else "ingress"
        return self._decide(self._if_known(reverse), asked).allowed is False

    def _if_known(self, connection: Connection) -> Connection:
        """Take an unknown address for nobody's, and all pods for known."""
        names = NamesAt(self._knowledge, self._at_ms, assuming_all=True)
        client, server = (_as_nobody(end, names) for end in (connection.client, connection.server))
        return msgspec.structs.replace(connection, client=client, server=server)

    def _by_service(self) -> Iterator[Connection]:
        """Give the connections that the packet may answer, too: to Services before the source.

        The client's policies decided before the address was translated, the server's after.
        """
        known, at_ms = self._knowledge, self._at_ms
        port, protocol = self.flow.source_port, self.flow.protocol
        for address, listen in fronts(self.source, port, protocol, known, at_ms):
            yield self._connection(self.destination, known.owner(address, at_ms), listen)

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
            self.flow.protocol, port,
        )  # fmt: skip

    def _decided(self, direction: Direction) -> Decided:
        """Decide the packet's own connection, once: most of what is asked of it rests on that."""
        if direction not in self._at:
            self._at[direction] = self._asked(self._forward, direction)
        return self._at[direction]

    def _decide(self, connection: Connection, direction: Direction) -> Decision:
        return self._asked(connection, direction).decision

    def _asked(self, connection: Connection, direction: Direction) -> Decided:
        if connection.decider(direction).namespace is None:
            return Decided(NOTHING, (), selected=False)
        strict = self.strict is True
        return decide(connection, direction, self._knowledge, self._at_ms, strict=strict)

    def confidence(self, decider: Identity) -> Confidence:
        """Be as sure as the less sure identity, and as what is known of the decider's policies.

        What was taken from what other pods call their ports is less sure.
        """
        namespace, at_ms = decider.namespace or "", self._at_ms
        known = {self.source.confidence, self.destination.confidence} == {"high"}
        known = known and self._forward.client.certain and self._forward.server.certain
        known = known and self.knows_all_policies(decider)
        policies = self._knowledge.policies(namespace, at_ms)
        clusters_own = self._knowledge.cluster_policies(at_ms)
        known = known and all(state.certain for state in policies)
        known = known and all(state.certain for state in clusters_own)
        return "high" if known and not self._names.relied else "medium"


def _as_nobody(end: End, names: NamesAt) -> End:
    kind = "external" if end.kind == "unknown" else end.kind
    return msgspec.structs.replace(end, kind=kind, names=names)
