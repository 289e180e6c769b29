"""An eBPF map that could not be written: the agent's state is not what the policies ask for."""

from typing import Final

from netpolwatch.flows.model import Confidence, Flow, Judgement
from netpolwatch.verdicts.disposition import POLICY_TIERS
from netpolwatch.verdicts.window.moments import Span, near, told
from netpolwatch.verdicts.window.scene import Scene, judged

FAILED: Final = Span(ms=60_000, lines=5)
JUST_FAILED: Final = Span(ms=10_000, lines=5)


def with_failure(said: Judgement, scene: Scene) -> Judgement:
    """Tell beside an error of the agent's the failure that led to it."""
    failure = last_failure(scene)
    return said if failure is None else judged(said.disposition, said.confidence, failure[1], said)


def failing(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find a drop while an eBPF map could not be written."""
    # A cluster policy's rule that matched was read from the maps: they work.
    failure = None if flow.tier in POLICY_TIERS else last_failure(scene)
    return None if failure is None else judged("agent-state", *failure, said)


def last_failure(scene: Scene) -> tuple[Confidence, str] | None:
    """Find the nearest failure before: how sure it makes, and why."""
    for node in scene.nodes:
        if not len(node.failed):
            continue
        for moment, errno in node.failed.before(scene.moment, FAILED):
            told_errno = f" ({errno})" if errno else ""
            sure = errno and near(moment, scene.moment, JUST_FAILED)
            why = f"an eBPF map could not be written on this node{told_errno}"
            return "medium" if sure else "low", f"{why} {told(moment, scene.moment)}"
    return None
