"""What speaks for an answer besides its shape; and how data is told from a new connection."""

from collections.abc import Iterable
from typing import Final

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.disposition import POLICY_TIERS
from netpolwatch.verdicts.window import rhythm
from netpolwatch.verdicts.window.beats import BEAT_MS
from netpolwatch.verdicts.window.moments import told
from netpolwatch.verdicts.window.node import Node
from netpolwatch.verdicts.window.pins import CLEANED
from netpolwatch.verdicts.window.scene import MAX_REASONS, Scene, judged
from netpolwatch.verdicts.window.starts import last_start

_MAX_RHYTHMS = 512
"""Answers about a beat that are remembered."""


def supported(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find what speaks for an answer besides its shape."""
    reasons = [why for why in (test(flow, said, scene) for test in _SUPPORTS) if why]
    if not reasons:
        return None
    return Judgement("reply", "medium", (*reasons, *said.reasons)[:MAX_REASONS])


def _after_cleanup(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    for node in scene.nodes:
        if len(node.cleaned):
            for moment, _ in node.cleaned.before(scene.moment, CLEANED):
                return f"the conntrack clean-up ran {told(moment, scene.moment)}"
    return None


def _after_start(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    found = last_start(scene)
    if found is None:
        return None
    _, moment, what = found
    return f"{what} {told(moment, scene.moment)}: connections from before are not known"


def _in_rhythm(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    return rhythm_around(scene.nodes[0], scene.moment)


def rhythm_around(node: Node, moment: int) -> str | None:
    """Say that answers are dropped in the clean-up's rhythm; asked once for each beat."""
    beat, rhythms = moment // BEAT_MS, node.beats.rhythms
    if beat not in rhythms:
        if len(rhythms) >= _MAX_RHYTHMS:
            rhythms.clear()
        rhythms[beat] = rhythm.of_cleanups(node.beats.counts(), moment, node.period_s)
    return rhythms[beat]


def _resent_answer(flow: Flow, said: Judgement, scene: Scene) -> str | None:
    if said.confidence != "low":
        return None
    return _first(map(rhythm.of_data, scene.same_tuple(flow)))


def resent(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Tell data of a cut connection from a new connection's SYN, where the ports do not."""
    if flow.protocol != "TCP":
        return None
    if said.disposition != "violation" or flow.tier in POLICY_TIERS:
        return None
    seen = list(scene.same_tuple(flow))
    data = _first(map(rhythm.of_data, seen))
    if data:
        return judged("reply", "low", data, said)
    syn = _first(map(rhythm.of_syn, seen))
    return judged("violation", "low", syn, said) if syn else None


def _first(found: Iterable[str | None]) -> str | None:
    return next(filter(None, found), None)


_SUPPORTS: Final = (_after_cleanup, _after_start, _in_rhythm, _resent_answer)
