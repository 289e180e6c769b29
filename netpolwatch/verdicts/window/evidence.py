"""What neighbours prove: tests in order, the first that knows an answer gives it.

The patterns and their reliability: public reports of aws-network-policy-agent, 2023 to 2026, and
the agent's eBPF source. An ACCEPT is written once for a tracked flow, and from agent v1.3.7 only at
debug level: that none was seen proves nothing, so no test asks for its absence alone.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from netpolwatch.flows.model import Confidence, Disposition, Flow, Judgement
from netpolwatch.flows.words import PORTS_BY_PROTOCOL
from netpolwatch.verdicts.disposition import POLICY_TIERS, is_client_port, is_service_port
from netpolwatch.verdicts.window import rhythm
from netpolwatch.verdicts.window.drops import BEAT_MS
from netpolwatch.verdicts.window.keys import (
    STYLES,
    conversation_of,
    key_of,
    reversed_conntrack_key_of,
    reversed_key_of,
)
from netpolwatch.verdicts.window.moments import ORDER_FROM, UNTIMED, Span, near, told
from netpolwatch.verdicts.window.node import Accepts, Node
from netpolwatch.verdicts.window.tuples import TupleLog

TRACKED: Final = Span(ms=6 * 3_600_000, lines=1_000_000)
"""A connection may be this old: an ACCEPT is written when it starts and not again."""

JUST_AFTER: Final = Span(ms=1000, lines=50)
"""An answer that overtook the agent's own record; 48 ms was reported."""

CLEANED: Final = Span(ms=10_000, lines=200)
"""A clean-up's delete, and the drops it causes."""

CLEANED_LONG_AGO: Final = Span(ms=600_000, lines=2000)
STARTING: Final = Span(ms=5000, lines=5)
"""A pod's first seconds, until its policies are in the maps."""

FAILED: Final = Span(ms=60_000, lines=5)
JUST_FAILED: Final = Span(ms=10_000, lines=5)
HEALED: Final = Span(ms=75_000, lines=500)
"""A SYN is repeated for 63 s: 1, 2, 4, 8, 16 and 32 s apart."""

HEALED_ANEW: Final = Span(ms=60_000, lines=500)
WORKED_BEFORE: Final = Span(ms=300_000, lines=2000)
_AGAIN = 500
"""ms: nearer lines may be one packet, told by the file and by CloudWatch."""

_MAX_REASONS = 4
_MAX_RHYTHMS = 512
"""Answers about a beat that are remembered."""

_NONE: Final = Span(-1, -1)


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

    def accepts(self, protocol: str) -> Iterator[tuple[Accepts, int]]:
        """Give accepted tuples of a protocol, each with the index of its style."""
        for node in self.nodes:
            if node.accepts:
                for at, style in enumerate(STYLES):
                    place = node.accepts.get((style, protocol))
                    if place is not None:
                        yield place, at


_Test = Callable[[Flow, Judgement, Scene], Judgement | None]


def weigh(flow: Flow, said: Judgement, scene: Scene) -> Judgement:
    """Refine what a line says by itself (`said`) by what stood around it."""
    if said.disposition == "noise":
        return said
    if flow.tier == "ERROR":
        return _with_failure(said, scene)
    for test in _tests(said, scene):
        judgement = test(flow, said, scene)
        if judgement is not None:
            return judgement
    return said


def _tests(said: Judgement, scene: Scene) -> tuple[_Test, ...]:
    """Give the tests for which anything is known; nearly always none or few."""
    known = 0
    for node in scene.nodes:
        known |= (_ACCEPTS if node.accepts else 0) | (_EVENTS if node.eventful else 0)
    if len(scene.deleted):
        known |= _DELETES
    if said.disposition == "reply":
        known |= _ANSWER
        # Most answers have nothing that speaks for them but their shape.
        if (
            known & _EVENTS
            or said.confidence == "low"
            or rhythm_around(scene.nodes[0], scene.moment)
        ):
            known |= _SUPPORT
    elif said.confidence == "low":
        known |= _UNSURE
    return _TESTS_FOR[known]


def _with_failure(said: Judgement, scene: Scene) -> Judgement:
    failure = _failure(scene)
    return said if failure is None else _judged(said.disposition, said.confidence, failure[1], said)


def _deleted(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    if not len(scene.deleted):
        return None
    strength = _strength_of_pin(flow)
    if strength is None:
        return None
    moments = scene.deleted.moments(reversed_conntrack_key_of(flow))
    if not moments:
        return None
    seen = _nearest(moments, scene.moment, CLEANED, JUST_AFTER)
    if seen is None or seen == UNTIMED:
        strength = "medium"
        seen = _nearest(moments, scene.moment, CLEANED_LONG_AGO, _NONE) if seen is None else seen
    if seen is None:
        return None
    why = "the agent's clean-up deleted this answer's connection from its conntrack map"
    return _judged("reply", strength, f"{why} {told(seen, scene.moment)}", said)


def _accepted(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    strength = _strength_of_pin(flow)
    if strength is None:
        return None
    keys: list[str] = ["", ""]
    for place, at in scene.accepts(flow.protocol):
        keys[at] = keys[at] or reversed_key_of(flow, STYLES[at])
        moments = place.tuples.moments(keys[at])
        if not moments:
            continue
        seen = _nearest(moments, scene.moment, TRACKED, JUST_AFTER)
        if seen is None and said.disposition == "reply":
            strength, seen = "medium", _nearest(moments, scene.moment, _NONE, TRACKED)
        if seen is not None:
            strength = "medium" if seen == UNTIMED else strength
            why = f"the tuple that this one answers was ACCEPTed {told(seen, scene.moment)}"
            return _judged("reply", strength, why, said)
    return None


def _failing(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    # A cluster policy's rule that matched was read from the maps: they work.
    failure = None if flow.tier in POLICY_TIERS else _failure(scene)
    return None if failure is None else _judged("agent-state", *failure, said)


def _failure(scene: Scene) -> tuple[Confidence, str] | None:
    for node in scene.nodes:
        if not len(node.failed):
            continue
        for moment, errno in node.failed.before(scene.moment, FAILED):
            told_errno = f" ({errno})" if errno else ""
            sure = errno and near(moment, scene.moment, JUST_FAILED)
            why = f"an eBPF map could not be written on this node{told_errno}"
            return "medium" if sure else "low", f"{why} {told(moment, scene.moment)}"
    return None


def _healed(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
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
    for node in scene.nodes:
        if len(node.drops):
            moments = node.drops.same_tuple(flow)
            if len(moments) > 1 and moments[-1] - moments[0] >= _AGAIN:
                return True
            if len(moments) > 1 and moments[0] >= ORDER_FROM:
                return True
    return False


def _same_tuple_healed(
    flow: Flow, said: Judgement, scene: Scene, moments: Sequence[int]
) -> Judgement | None:
    # Pods of one node: the sender's egress is accepted, the receiver's ingress denied, at once.
    if _nearest(moments, scene.moment, JUST_AFTER, _NONE) is not None:
        return None
    seen = _nearest(moments, scene.moment, _NONE, HEALED)
    if seen is None or _dropped_after(flow, scene, seen, again=False):
        return None
    why = f"the same packet was ACCEPTed {told(seen, scene.moment)}: its policy came late"
    return _judged("agent-state", "medium", f"{why}, or was changed", said)


def _conversation_healed(
    flow: Flow, said: Judgement, scene: Scene, moments: Sequence[int]
) -> Judgement | None:
    if _nearest(moments, scene.moment, WORKED_BEFORE, _NONE) is not None:
        return None
    seen = _nearest(moments, scene.moment, _NONE, HEALED_ANEW)
    if seen is None or _dropped_after(flow, scene, seen, again=True):
        return None
    why = f"the next attempt was ACCEPTed {told(seen, scene.moment)}: the policy came late"
    return _judged("agent-state", "low", f"{why}, or was changed", said)


def _dropped_after(flow: Flow, scene: Scene, moment: int, *, again: bool) -> bool:
    """Whether what was accepted at a moment is dropped again later."""
    for node in scene.nodes:
        if len(node.drops):
            drops = node.drops
            moments = drops.same_conversation(flow) if again else drops.same_tuple(flow)
            if moments and moments[-1] > moment and _comparable(moments[-1], moment):
                return True
    return False


def _starting(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find a request in the seconds in which a pod has no policies yet; strict mode drops it."""
    if said.disposition == "agent-state":
        return None
    # Another tier than DEFAULT: policies were there already. Without a time, a few lines may be
    # hours: only the tier tells then that no policy was there.
    if flow.tier != "DEFAULT" and (flow.tier is not None or scene.moment >= ORDER_FROM):
        return None
    found = _start(scene)
    if found is None or (found[0].strict is not None and not found[0].strict[1]):
        return None
    node, moment, what = found
    if _goes_on(flow, scene, moment):
        return None
    sure = node.strict is not None or flow.tier == "DEFAULT"
    why = f"{what} {told(moment, scene.moment)}: policies are not in force from the first moment"
    return _judged("agent-state", "medium" if sure else "low", why, said)


def _start(scene: Scene) -> tuple[Node, int, str] | None:
    for node in scene.nodes:
        if not node.eventful:
            continue
        for moment, pod in node.attached.before(scene.moment, STARTING):
            if node.is_start(moment, pod):
                of = f" to {pod[:120]}" if pod else ""
                return node, moment, f"eBPF programs were attached{of}"
        for moment, _ in node.started.before(scene.moment, STARTING):
            return node, moment, "the agent started"
    return None


def _goes_on(flow: Flow, scene: Scene, start: int) -> bool:
    """Whether the same conversation is dropped after the start, too: then it is the policy."""
    for node in scene.nodes:
        for moment in node.drops.same_conversation(flow):
            if moment > start and _comparable(moment, start) and not near(start, moment, STARTING):
                return True
    return False


def _supported(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find what speaks for an answer besides its shape."""
    reasons = [why for why in (test(flow, said, scene) for test in _SUPPORTS) if why]
    if not reasons:
        return None
    return Judgement("reply", "medium", (*reasons, *said.reasons)[:_MAX_REASONS])


def _after_cleanup(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    for node in scene.nodes:
        if len(node.cleaned):
            for moment, _ in node.cleaned.before(scene.moment, CLEANED):
                return f"the conntrack clean-up ran {told(moment, scene.moment)}"
    return None


def _after_start(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    found = _start(scene)
    if found is None:
        return None
    _, moment, what = found
    return f"{what} {told(moment, scene.moment)}: connections from before are not known"


def _in_rhythm(_flow: Flow, _said: Judgement, scene: Scene) -> str | None:
    return rhythm_around(scene.nodes[0], scene.moment)


def rhythm_around(node: Node, moment: int) -> str | None:
    """Say that answers are dropped in the clean-up's rhythm; asked once for each beat."""
    beat, rhythms = moment // BEAT_MS, node.drops.rhythms
    if beat not in rhythms:
        if len(rhythms) >= _MAX_RHYTHMS:
            rhythms.clear()
        rhythms[beat] = rhythm.of_cleanups(node.drops.beats(), moment, node.period_s)
    return rhythms[beat]


def _resent_answer(flow: Flow, said: Judgement, scene: Scene) -> str | None:
    if said.confidence != "low":
        return None
    return rhythm.of_data(scene.nodes[0].drops.same_tuple(flow))


def _resent(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Tell data of a cut connection from a new connection's SYN, where the ports do not."""
    here = scene.nodes[0]
    if flow.protocol != "TCP" or not len(here.drops):
        return None
    if said.disposition != "violation" or flow.tier in POLICY_TIERS:
        return None
    moments = here.drops.same_tuple(flow)
    data = rhythm.of_data(moments)
    if data:
        return _judged("reply", "low", data, said)
    syn = rhythm.of_syn(moments)
    return _judged("violation", "low", syn, said) if syn else None


_SUPPORTS: Final = (_after_cleanup, _after_start, _in_rhythm, _resent_answer)
_ACCEPTS, _EVENTS, _DELETES, _ANSWER, _SUPPORT, _UNSURE = 1, 2, 4, 8, 16, 32
_TESTS: Final[tuple[tuple[_Test, Callable[[int], int]], ...]] = (
    (_deleted, lambda known: known & _DELETES),
    (_accepted, lambda known: known & _ACCEPTS),
    (_failing, lambda known: known & _EVENTS),
    (_supported, lambda known: known & _SUPPORT),
    (_healed, lambda known: known & _ACCEPTS and not known & _ANSWER),
    (_starting, lambda known: known & _EVENTS and not known & _ANSWER),
    (_resent, lambda known: known & _UNSURE),
)
"""Each test, and what must be known for it to be worth its time."""

_TESTS_FOR: Final = tuple(
    tuple(test for test, worth in _TESTS if worth(known)) for known in range(2 * _UNSURE)
)


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


def _nearest(moments: Sequence[int], moment: int, before: Span, after: Span) -> int | None:
    """Find the moment nearest to a given one within spans; `UNTIMED` where none is comparable."""
    comparable = [seen for seen in moments if _comparable(seen, moment)]
    if not comparable:
        # Only a caller that looks back takes what has no time: it was seen, so much is known.
        return UNTIMED if moments and before.ms >= 0 else None
    at = bisect_right(comparable, moment)
    if at and near(comparable[at - 1], moment, before):
        return comparable[at - 1]
    if at < len(comparable) and near(moment, comparable[at], after):
        return comparable[at]
    return None


def _comparable(one: int, other: int) -> bool:
    return (one >= ORDER_FROM) == (other >= ORDER_FROM) and UNTIMED not in (one, other)


def _judged(
    disposition: Disposition, confidence: Confidence, why: str, said: Judgement
) -> Judgement:
    if disposition == said.disposition:
        return Judgement(disposition, confidence, (why, *said.reasons)[:_MAX_REASONS])
    alone = f"the line alone reads as {said.disposition} with {said.confidence} confidence"
    return Judgement(disposition, confidence, (why, alone))
