"""A request that was dropped, insisted, and was let through: its policy took effect late."""

from collections.abc import Sequence
from typing import Final

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.disposition import POLICY_TIERS
from netpolwatch.verdicts.window.keys import STYLES, conversation_of, key_of
from netpolwatch.verdicts.window.moments import ORDER_FROM, Span, told
from netpolwatch.verdicts.window.scene import (
    JUST_AFTER,
    NEVER,
    Scene,
    comparable,
    judged,
    nearest,
)

HEALED: Final = Span(ms=75_000, lines=500)
"""A SYN is repeated for 63 s: 1, 2, 4, 8, 16 and 32 s apart."""

HEALED_ANEW: Final = Span(ms=60_000, lines=500)
WORKED_BEFORE: Final = Span(ms=300_000, lines=2000)
_AGAIN = 500
"""ms: nearer lines may be one packet, told by the file and by CloudWatch."""


def healed(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find a request that was let through soon after: the policy was there, its effect late."""
    if said.disposition == "agent-state" or flow.tier in POLICY_TIERS:
        return None
    if not _insisted(flow, scene):
        return None
    for place, at in scene.accepts(flow.protocol):
        key = key_of(flow, STYLES[at])
        same = place.tuples.moments(key)
        if same:
            return _same_tuple_healed(flow, said, scene, same)
        anew = place.conversations.moments(conversation_of(key))
        if anew:
            return _conversation_healed(flow, said, scene, anew)
    return None


def _insisted(flow: Flow, scene: Scene) -> bool:
    """Whether the packet was dropped again: one drop and one ACCEPT are no policy that came."""
    return any(
        len(moments) > 1 and (moments[-1] - moments[0] >= _AGAIN or moments[0] >= ORDER_FROM)
        for moments in scene.same_tuple(flow)
    )


def _same_tuple_healed(
    flow: Flow, said: Judgement, scene: Scene, moments: Sequence[int]
) -> Judgement | None:
    # Pods of one node: the sender's egress is accepted, the receiver's ingress denied, at once.
    if nearest(moments, scene.moment, JUST_AFTER, NEVER) is not None:
        return None
    seen = nearest(moments, scene.moment, NEVER, HEALED)
    if seen is None or _dropped_after(flow, scene, seen, again=False):
        return None
    why = f"the same packet was ACCEPTed {told(seen, scene.moment)}: its policy came late"
    return judged("agent-state", "medium", f"{why}, or was changed", said)


def _conversation_healed(
    flow: Flow, said: Judgement, scene: Scene, moments: Sequence[int]
) -> Judgement | None:
    if nearest(moments, scene.moment, WORKED_BEFORE, NEVER) is not None:
        return None
    seen = nearest(moments, scene.moment, NEVER, HEALED_ANEW)
    if seen is None or _dropped_after(flow, scene, seen, again=True):
        return None
    why = f"the next attempt was ACCEPTed {told(seen, scene.moment)}: the policy came late"
    return judged("agent-state", "low", f"{why}, or was changed", said)


def _dropped_after(flow: Flow, scene: Scene, moment: int, *, again: bool) -> bool:
    """Whether what was accepted at a moment is dropped again later."""
    return any(
        moments and moments[-1] > moment and comparable(moments[-1], moment)
        for moments in (scene.same_conversation(flow) if again else scene.same_tuple(flow))
    )
