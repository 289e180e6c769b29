"""At whose end a verdict fell: at the pod that asks (egress) or at the one that is asked (ingress).

A form without direction tells it by who is on the line's node. Where an end is not known it may be
a pod of that node, too: what the known side denies was denied there, or before it, but what that
side allows the unknown one may have denied.
"""

from typing import Final

from netpolwatch.flows.model import DENY
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.case import Case

_SIDES: Final[tuple[Direction, Direction]] = ("egress", "ingress")
_OTHER: Final[dict[Direction, Direction]] = {"egress": "ingress", "ingress": "egress"}


def side_of(case: Case) -> Direction | None:
    """Return at whose end a verdict fell; `None` where that is not known."""
    written = (case.flow.direction or "").lower()
    if written in _SIDES:
        return next(side for side in _SIDES if side == written)
    side = _by_nodes(case)
    if side is None or case.flow.verdict != DENY or not case.may_be_a_pod(_OTHER[side]):
        return side
    return None if case.decide(side).allowed else side


def _by_nodes(case: Case) -> Direction | None:
    local = [side for side in _SIDES if _is_local(case, side)]
    # The verdict fell on the line's node: not at a pod of another one.
    here = [side for side in _SIDES if not _is_elsewhere(case, side)]
    pods = [side for side in here if case.at(side).kind == "pod"]
    for sides in (local, pods, here):
        if len(sides) == 1:
            return sides[0]
    return _by_policies(case) if local else None


def _is_local(case: Case, side: Direction) -> bool:
    identity, node = case.at(side), case.flow.node
    return identity.kind == "pod" and node is not None and identity.node == node


def _is_elsewhere(case: Case, side: Direction) -> bool:
    identity, node = case.at(side), case.flow.node
    known = identity.kind == "pod" and node is not None and identity.node is not None
    return known and identity.node != node


def _by_policies(case: Case) -> Direction | None:
    """Return, of two ends on the node, the first that denies it, else the receiving one.

    `None` where neither is known to, and one may.
    """
    if case.flow.verdict != DENY:
        return "ingress"
    answers = {side: case.decide(side).allowed for side in _SIDES}
    denying = (side for side in _SIDES if answers[side] is False)
    return next(denying, None if None in answers.values() else "ingress")
