"""Which of many drops could be judged otherwise than by their own lines: nearly always few.

To weigh a drop takes longer than to read it. What is asked here is asked of all drops together,
and never says of a drop that it is in no doubt when `evidence.weigh` would judge it otherwise.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.window.beats import BEAT_MS
from netpolwatch.verdicts.window.keys import style_of
from netpolwatch.verdicts.window.moments import UNTIMED
from netpolwatch.verdicts.window.node import Node
from netpolwatch.verdicts.window.pins import answered
from netpolwatch.verdicts.window.scene import of_protocol
from netpolwatch.verdicts.window.support import rhythm_around


class Drops(NamedTuple):
    """Drops of one form and protocol that their own lines judge alike, a column each.

    Attributes
    ----------
    keys
        As `keys.key_of` writes them.
    times
        ms since 1970 (UTC), or an order; `None` where neither is known.
    """

    flows: Sequence[Flow]
    keys: Sequence[str]
    times: Sequence[int | None]


def in_doubt(drops: Drops, said: Judgement, nodes: Sequence[Node]) -> Collection[int]:
    """Find the drops, by index, for which something that stood around may speak.

    `said` is what their lines say; deleted connections are not asked for.
    """
    if any(node.eventful for node in nodes):
        return range(len(drops.flows))
    accepts = any(node.accepts for node in nodes)
    found: set[int] = set()
    if accepts:
        found.update(_answering(drops, nodes))
    if said.disposition == "reply":
        found.update(_in_rhythm(drops, nodes[0]))
    if said.confidence == "low" or (accepts and said.disposition != "reply"):
        found.update(_repeated(drops, nodes))
    return found


def _answering(drops: Drops, nodes: Sequence[Node]) -> Iterator[int]:
    protocol = drops.flows[0].protocol
    places = [place for node in nodes for place in of_protocol(node.accepts, protocol)]
    if places:
        for at, flow in enumerate(drops.flows):
            if any(answered(flow, places)):
                yield at


def _in_rhythm(drops: Drops, node: Node) -> Iterator[int]:
    beats = {UNTIMED if time is None else time // BEAT_MS for time in drops.times}
    loud = {beat for beat in beats if rhythm_around(node, beat * BEAT_MS)}
    if loud:
        for at, time in enumerate(drops.times):
            if time is not None and time // BEAT_MS in loud:
                yield at


def _repeated(drops: Drops, nodes: Sequence[Node]) -> Iterator[int]:
    first = drops.flows[0]
    own = (style_of(first.form), first.protocol)
    for node in nodes:
        for key, place in node.drops.items():
            if key == own:
                again = place.tuples.again(drops.keys)
                yield from (at for at, name in enumerate(drops.keys) if again and name in again)
            elif key[1] == first.protocol and len(place.tuples):
                # The same packets may be told in the other style's words.
                yield from range(len(drops.flows))
