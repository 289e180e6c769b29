"""An exact tuple that a DENY answers: accepted before, or deleted by the agent's clean-up."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from netpolwatch.flows.model import Confidence, Flow, Judgement
from netpolwatch.flows.words import PORTS_BY_PROTOCOL
from netpolwatch.verdicts.disposition import POLICY_TIERS, is_client_port, is_service_port
from netpolwatch.verdicts.window.keys import STYLES, reversed_conntrack_key_of, reversed_key_of
from netpolwatch.verdicts.window.moments import UNTIMED, Span, told
from netpolwatch.verdicts.window.node import Seen
from netpolwatch.verdicts.window.scene import JUST_AFTER, NEVER, Scene, judged, nearest

TRACKED: Final = Span(ms=6 * 3_600_000, lines=1_000_000)
"""A connection may be this old: an ACCEPT is written when it starts and not again."""

CLEANED: Final = Span(ms=10_000, lines=200)
"""A clean-up's delete, and the drops it causes."""

CLEANED_LONG_AGO: Final = Span(ms=600_000, lines=2000)


def deleted(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find an answer whose connection the agent's clean-up deleted."""
    if not len(scene.deleted):
        return None
    strength = _strength_of_pin(flow)
    if strength is None:
        return None
    moments = scene.deleted.moments(reversed_conntrack_key_of(flow))
    if not moments:
        return None
    seen = nearest(moments, scene.moment, CLEANED, JUST_AFTER)
    if seen is None or seen == UNTIMED:
        strength = "medium"
        seen = nearest(moments, scene.moment, CLEANED_LONG_AGO, NEVER) if seen is None else seen
    if seen is None:
        return None
    why = "the agent's clean-up deleted this answer's connection from its conntrack map"
    return judged("reply", strength, f"{why} {told(seen, scene.moment)}", said)


def accepted(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find an answer to a tuple that was accepted."""
    strength = _strength_of_pin(flow)
    if strength is None:
        return None
    for moments in answered(flow, scene.accepts(flow.protocol)):
        seen = nearest(moments, scene.moment, TRACKED, JUST_AFTER)
        if seen is None and said.disposition == "reply":
            strength, seen = "medium", nearest(moments, scene.moment, NEVER, TRACKED)
        if seen is not None:
            strength = "medium" if seen == UNTIMED else strength
            why = f"the tuple that this one answers was ACCEPTed {told(seen, scene.moment)}"
            return judged("reply", strength, why, said)
    return None


def answered(flow: Flow, places: Iterable[tuple[Seen, int]]) -> Iterator[Sequence[int]]:
    """Give when the tuple that a flow answers was seen; nothing where that proves nothing."""
    if _strength_of_pin(flow) is None:
        return
    keys: list[str] = ["", ""]
    for place, at in places:
        keys[at] = keys[at] or reversed_key_of(flow, STYLES[at])
        moments = place.tuples.moments(keys[at])
        if moments:
            yield moments


def _strength_of_pin(flow: Flow) -> Confidence | None:
    """How sure an exact reversed tuple makes an answer; `None` where it proves nothing."""
    source, destination = flow.source_port, flow.destination_port
    if flow.protocol not in PORTS_BY_PROTOCOL or not source or not destination:
        return None
    if flow.source_ip is None or flow.destination_ip is None:
        return None
    # A client's own packet: what was accepted then was the answer, and the question is denied.
    if is_service_port(destination) and not is_service_port(source):
        return None
    odd = source == destination or (is_client_port(source) and not is_client_port(destination))
    return "medium" if odd or flow.tier in POLICY_TIERS else "high"
