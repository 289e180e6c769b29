"""What policies in force decide of a connection at one of its ends, and the mode without any.

The policies of the deciding pod's namespace, between the two tiers of the cluster's own.
"""

from typing import NamedTuple

import msgspec

from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision, evaluate, selects
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy
from netpolwatch.kubernetes.policy.tiers import Deciding, decide_by_tiers, sure_rule


class Decided(NamedTuple):
    """A decision, and how it came about.

    Attributes
    ----------
    asked
        The policies of its namespace that may select the deciding pod.
    selected
        Whether one does, of whatever direction: the enforcing mode is then of no account.
    by_cluster
        The rule of a ClusterNetworkPolicy that surely decided, where one did.
    """

    decision: Decision
    asked: tuple[NetworkPolicy, ...]
    selected: bool
    by_cluster: Deciding | None = None


def decide(
    connection: Connection, direction: Direction, knowledge: Knowledge, at_ms: int, *, strict: bool
) -> Decided:
    """Ask the policies of a time; where the mode is `strict`, a pod that none selects is closed."""
    decider = connection.decider(direction)
    known = knowledge.policies_in_force(decider.namespace or "", at_ms)
    asked = tuple(known.bodies.may_select(decider.labels))
    decision = evaluate(connection, asked, direction, unread=known.unread)
    selected = any(selects(policy, decider) for policy in asked)
    if strict and decision.allowed and not selected and decider.kind == "pod":
        decision = msgspec.structs.replace(decision, allowed=False)
    states = knowledge.cluster_policies(at_ms)
    if not states:
        return Decided(decision, asked, selected)
    bodies = [state.policy for state in states if state.policy is not None]
    tiered = decide_by_tiers(decision, bodies, connection, direction)
    by_cluster = sure_rule(decision, bodies, connection, direction)
    return Decided(tiered, asked, selected, by_cluster)
