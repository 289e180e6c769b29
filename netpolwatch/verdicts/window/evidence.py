"""What neighbours prove: tests in order, the first that knows an answer gives it.

The patterns and their reliability: public reports of aws-network-policy-agent, 2023 to 2026, and
the agent's eBPF source. An ACCEPT is written once for a tracked flow, and from agent v1.3.7 only at
debug level: that none was seen proves nothing, so no test asks for its absence alone.
"""

from collections.abc import Callable
from typing import Final

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.window.failures import failing, with_failure
from netpolwatch.verdicts.window.healing import healed
from netpolwatch.verdicts.window.pins import accepted, deleted
from netpolwatch.verdicts.window.scene import Scene, Test
from netpolwatch.verdicts.window.starts import starting
from netpolwatch.verdicts.window.support import resent, rhythm_around, supported


def weigh(flow: Flow, said: Judgement, scene: Scene) -> Judgement:
    """Refine what a line says by itself (`said`) by what stood around it."""
    if said.disposition == "noise":
        return said
    if flow.tier == "ERROR":
        return with_failure(said, scene)
    for test in _tests(said, scene):
        judgement = test(flow, said, scene)
        if judgement is not None:
            return judgement
    return said


def _tests(said: Judgement, scene: Scene) -> tuple[Test, ...]:
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


_ACCEPTS, _EVENTS, _DELETES, _ANSWER, _SUPPORT, _UNSURE = 1, 2, 4, 8, 16, 32
_TESTS: Final[tuple[tuple[Test, Callable[[int], int]], ...]] = (
    (deleted, lambda known: known & _DELETES),
    (accepted, lambda known: known & _ACCEPTS),
    (failing, lambda known: known & _EVENTS),
    (supported, lambda known: known & _SUPPORT),
    (healed, lambda known: known & _ACCEPTS and not known & _ANSWER),
    (starting, lambda known: known & _EVENTS and not known & _ANSWER),
    (resent, lambda known: known & _UNSURE),
)
"""Each test, and what must be known for it to be worth its time."""

_TESTS_FOR: Final = tuple(
    tuple(test for test, worth in _TESTS if worth(known)) for known in range(2 * _UNSURE)
)
