"""A bounded memory of what stood around a DENY, and the judgement that it allows."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol

from netpolwatch.flows.model import Flow, Form, Judgement
from netpolwatch.verdicts.disposition import judge as judge_line
from netpolwatch.verdicts.window.doubt import Drops, in_doubt
from netpolwatch.verdicts.window.evidence import weigh
from netpolwatch.verdicts.window.facts import ConntrackDelete, Fact
from netpolwatch.verdicts.window.keys import style_of
from netpolwatch.verdicts.window.moments import UNTIMED
from netpolwatch.verdicts.window.node import Node
from netpolwatch.verdicts.window.scene import Scene
from netpolwatch.verdicts.window.support import rhythm_around
from netpolwatch.verdicts.window.tuples import TupleLog

MAX_NODES: Final = 256
"""Nodes remembered; the one that was silent for longest goes first."""

MAX_TUPLES: Final = 81_920
"""Accepted tuples and conversations of all nodes: about 300 bytes each."""

_ROOM: Final = MAX_TUPLES * 3 // 4
"""What may stay when the room was full: to look through all nodes must not be everyday work."""

MAX_DELETES: Final = 16_384
"""Connections that a clean-up deleted, of all nodes."""

MAX_DROPS: Final = 20_000
"""Announced drops of all nodes that are held as neighbours."""


class Policies(Protocol):
    """The place for judgement by objects: policies, pods and endpoints at the flow's time.

    It is asked last and its word holds: who knows the policies knows better than any neighbour.
    """

    def overrule(self, flow: Flow, moment: int, judgement: Judgement) -> Judgement | None:
        """Judge a DENY better than `judgement`, or leave it (`None`)."""


class Window:
    """Judges a DENY by its line and by what stood around it.

    For each batch: `accepted`, `noted` and `denied` take everything in, then `judge` is called for
    each DENY. Taking in costs no more than remembering: a batch without a DENY pays for nothing.

    Times are ms since 1970 (UTC). Lines without a time have an order instead: pass
    `moments.order(line number)`. `None` means that neither is known. A node is whatever names one
    node to the caller; `None` is the node that nobody named: where only one other is known, it is
    taken for that one.

    Limits: what comes in a later batch than its DENY is not seen; `MAX_NODES`, `MAX_TUPLES`,
    `MAX_DELETES`, `MAX_DROPS` and the bounds of `node` and `timeline`; what is older than the
    spans of the tests is not used.
    """

    def __init__(self, policies: Policies | None = None) -> None:
        self._policies = policies
        self._nodes: OrderedDict[str | None, Node] = OrderedDict()
        self._nobody = Node()
        self._deleted = TupleLog(MAX_DELETES)
        self._weight = self._drops = 0

    def accepted(
        self,
        node: str | None,
        form: Form,
        protocol: str,
        keys: Sequence[str],
        times: Sequence[int | None],
    ) -> None:
        """Take in tuples that were accepted; a key is as `keys.key_of` writes it.

        The sequences are kept as they are and must not change afterwards.
        """
        place = self._node(node).accepts_of(style_of(form), protocol)
        if place is None or not keys:
            return
        place.add(keys, times)
        self._weight += 2 * len(keys)
        if self._weight > MAX_TUPLES:
            self._shed_tuples()

    def noted(self, node: str | None, fact: Fact) -> None:
        """Take in what another line of the agent said, with its time (see `facts.fact_of`)."""
        moment = UNTIMED if fact.time is None else fact.time
        if isinstance(fact, ConntrackDelete):
            self._deleted.add((fact.key,), (fact.time,))
        self._node(node).note(fact, moment)

    def deleted(self, node: str | None, keys: Sequence[str], times: Sequence[int | None]) -> None:
        """Take in many deleted connections at once; a key is as `keys.conntrack_key` writes it."""
        if keys:
            self._deleted.add(keys, times)
            last = times[-1]
            moment = UNTIMED if last is None else last
            self._node(node).note(ConntrackDelete(keys[-1]), moment)

    def denied(self, node: str | None, alike: Drops) -> None:
        """Announce drops, so that each is seen beside the others.

        Optional: without it, repetition and rhythm tell nothing, and no drop is taken for healed.
        """
        if not alike.flows:
            return
        first, here = alike.flows[0], self._node(node)
        if _said(first).disposition == "reply":
            here.beats.add(alike.times)
        place = here.drops_of(style_of(first.form), first.protocol)
        if place is None:
            return
        place.add(alike.keys, alike.times)
        self._drops += len(alike.flows)
        if self._drops > MAX_DROPS:
            self._shed_drops()

    def judge(self, flow: Flow, time: int | None = None, node: str | None = None) -> Judgement:
        """Judge a DENY; `flow.judgement` is what its own line says.

        `time` and `node` default to the flow's own. Where nothing is known around the line, its
        own judgement is given back as it is.
        """
        said = _said(flow)
        moment = time if time is not None else flow.timestamp
        if moment is None:
            moment = UNTIMED
        nodes = self._around(node or flow.node)
        if nodes and (len(self._deleted) or not _silent(nodes, said, moment)):
            said = weigh(flow, said, Scene(moment, nodes, self._deleted))
        if self._policies is not None:
            return self._policies.overrule(flow, moment, said) or said
        return said

    def judge_alike(self, alike: Drops, node: str | None = None) -> list[Judgement] | None:
        """Judge announced drops; `None` where all stay as their own lines judge them."""
        flows, times = alike.flows, alike.times
        if self._policies is not None or len(self._deleted):
            return [self.judge(flow, time, node) for flow, time in zip(flows, times, strict=True)]
        nodes = self._around(node or flows[0].node)
        doubtful = in_doubt(alike, _said(flows[0]), nodes) if nodes else ()
        if not doubtful:
            return None
        judgements = [_said(flow) for flow in flows]
        for at in doubtful:
            judgements[at] = self.judge(flows[at], times[at], node)
        return judgements

    def _around(self, name: str | None) -> tuple[Node, ...]:
        """Give the node, and the one that it may also be: a line without a name beside a name."""
        nodes = self._nodes
        if len(nodes) == 2 and None in nodes:  # noqa: PLR2004  # the unnamed one and one other
            here = nodes.get(name)
            others = (state for state in nodes.values() if state is not here)
            return (here, *others) if here is not None else tuple(others)
        state = nodes.get(name)
        if state is not None:
            return (state,)
        return (self._nobody,) if len(self._deleted) else ()

    def _node(self, name: str | None) -> Node:
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = Node()
            if len(self._nodes) > MAX_NODES:
                self._nodes.popitem(last=False)
        else:
            self._nodes.move_to_end(name)
        return node

    def _shed_tuples(self) -> None:
        """Let the longest silent nodes' tuples go, at last the older half of this one's."""
        self._weight = sum(node.weight for node in self._nodes.values())
        *others, current = self._nodes.values()
        for node in others:
            if self._weight <= _ROOM:
                return
            self._weight -= node.weight
            node.accepts.clear()
        if self._weight > _ROOM:
            current.shrink()
            self._weight = current.weight

    def _shed_drops(self) -> None:
        self._drops = sum(node.dropped for node in self._nodes.values())
        for node in self._nodes.values():
            if self._drops <= MAX_DROPS // 2:
                return
            self._drops -= node.dropped
            node.drops.clear()


def _said(flow: Flow) -> Judgement:
    return flow.judgement or judge_line(flow)


def _silent(nodes: tuple[Node, ...], said: Judgement, moment: int) -> bool:
    """Whether nothing can be made of what is known: most drops of most nodes."""
    for node in nodes:
        if node.accepts or node.eventful:
            return False
    if said.disposition == "reply":
        return said.confidence != "low" and rhythm_around(nodes[0], moment) is None
    return said.confidence != "low"
