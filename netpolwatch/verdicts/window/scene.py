"""What stands around a DENY, and how a judgement is made of it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from netpolwatch.flows.model import Confidence, Disposition, Flow, Judgement
from netpolwatch.verdicts.window.keys import STYLES, conversation_of, key_of
from netpolwatch.verdicts.window.moments import ORDER_FROM, UNTIMED, Span, near
from netpolwatch.verdicts.window.node import Node, Places, Seen
from netpolwatch.verdicts.window.tuples import TupleLog

NEVER: Final = Span(-1, -1)
"""A span in which nothing is near."""

JUST_AFTER: Final = Span(ms=1000, lines=50)
"""An answer that overtook the agent's own record; 48 ms was reported."""

MAX_REASONS: Final = 4


class Scene(msgspec.Struct, frozen=True, gc=False):
    """What is known around a DENY at a moment.

    Attributes
    ----------
    nodes
        Its node, and what may be the same one: where one of two has no name.
    deleted
        Connections that any node's clean-up deleted. Their tuples are exact: the node adds nothing.
    """

    moment: int
    nodes: tuple[Node, ...]
    deleted: TupleLog

    def accepts(self, protocol: str) -> Iterator[tuple[Seen, int]]:
        """Give accepted tuples of a protocol, each with the index of its style."""
        for node in self.nodes:
            yield from of_protocol(node.accepts, protocol)

    def same_tuple(self, flow: Flow) -> Iterator[Sequence[int]]:
        """Give when packets of the same tuple were dropped, in order, each moment once."""
        for node in self.nodes:
            for place, at in of_protocol(node.drops, flow.protocol):
                yield _known(place.tuples.moments(key_of(flow, STYLES[at])))

    def same_conversation(self, flow: Flow) -> Iterator[Sequence[int]]:
        """Give when packets from the same address to the same port were dropped, in order."""
        for node in self.nodes:
            for place, at in of_protocol(node.drops, flow.protocol):
                name = conversation_of(key_of(flow, STYLES[at]))
                yield _known(place.conversations.moments(name))


def of_protocol(places: Places, protocol: str) -> Iterator[tuple[Seen, int]]:
    """Give the tuples of a protocol, each with the index of its style."""
    if places:
        for at, style in enumerate(STYLES):
            place = places.get((style, protocol))
            if place is not None:
                yield place, at


def _known(moments: Sequence[int]) -> Sequence[int]:
    return moments[1:] if moments and moments[0] == UNTIMED else moments


Test = Callable[[Flow, Judgement, Scene], Judgement | None]
"""Judges a DENY better than its line does, or leaves it (`None`)."""


def nearest(moments: Sequence[int], moment: int, before: Span, after: Span) -> int | None:
    """Find the moment nearest to a given one within spans; `UNTIMED` where none is comparable."""
    kin = [seen for seen in moments if comparable(seen, moment)]
    if not kin:
        # Only a caller that looks back takes what has no time: it was seen, so much is known.
        return UNTIMED if moments and before.ms >= 0 else None
    at = bisect_right(kin, moment)
    if at and near(kin[at - 1], moment, before):
        return kin[at - 1]
    if at < len(kin) and near(moment, kin[at], after):
        return kin[at]
    return None


def comparable(one: int, other: int) -> bool:
    """Whether two moments are of one kind: both times, or both orders."""
    return (one >= ORDER_FROM) == (other >= ORDER_FROM) and UNTIMED not in (one, other)


def judged(
    disposition: Disposition, confidence: Confidence, why: str, said: Judgement
) -> Judgement:
    """Make a judgement of what was seen (`why`), before what the line itself says."""
    if disposition == said.disposition:
        return Judgement(disposition, confidence, (why, *said.reasons)[:MAX_REASONS])
    alone = f"the line alone reads as {said.disposition} with {said.confidence} confidence"
    return Judgement(disposition, confidence, (why, alone))
