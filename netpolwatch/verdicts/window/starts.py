"""The first seconds of a pod or of the agent, in which policies are not in force yet."""

from typing import Final

from netpolwatch.flows.model import Flow, Judgement
from netpolwatch.verdicts.window.moments import ORDER_FROM, Span, near, told
from netpolwatch.verdicts.window.node import Node
from netpolwatch.verdicts.window.scene import Scene, comparable, judged

STARTING: Final = Span(ms=5000, lines=5)
"""A pod's first seconds, until its policies are in the maps."""


def starting(flow: Flow, said: Judgement, scene: Scene) -> Judgement | None:
    """Find a request in the seconds in which a pod has no policies yet; strict mode drops it."""
    if said.disposition == "agent-state":
        return None
    # Another tier than DEFAULT: policies were there already. Without a time, a few lines may be
    # hours: only the tier tells then that no policy was there.
    if flow.tier != "DEFAULT" and (flow.tier is not None or scene.moment >= ORDER_FROM):
        return None
    found = last_start(scene)
    if found is None or (found[0].strict is not None and not found[0].strict[1]):
        return None
    node, moment, what = found
    if _goes_on(flow, scene, moment):
        return None
    sure = node.strict is not None or flow.tier == "DEFAULT"
    why = f"{what} {told(moment, scene.moment)}: policies are not in force from the first moment"
    return judged("agent-state", "medium" if sure else "low", why, said)


def last_start(scene: Scene) -> tuple[Node, int, str] | None:
    """Find the nearest start before: its node, its moment, and what started."""
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
    return any(
        moment > start and comparable(moment, start) and not near(start, moment, STARTING)
        for moments in scene.same_conversation(flow)
        for moment in moments
    )
