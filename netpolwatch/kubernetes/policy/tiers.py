"""What the tiers of policies decide together: Admin, then NetworkPolicies, then Baseline.

Within a tier the policies with the lowest priority number come first, and of each its rules in
their order; the first rule that covers the connection decides. `Accept` and `Deny` end it; `Pass`,
and no rule, leave it to the next tier. NetworkPolicies end it for a pod that they isolate in the
direction; only a pod that none isolates comes to Baseline, and then is open (or, in strict mode,
closed).

A rule of which it is not known whether it covers the connection leaves several outcomes; where they
agree, that is the answer, else it is not known.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import msgspec

from netpolwatch.kubernetes.policy.cluster import Action, ClusterPolicy, ClusterTier
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, Decision
from netpolwatch.kubernetes.policy.matching import Answer, all_of, peer_covers, rule_covers
from netpolwatch.kubernetes.policy.spec import Direction

_TIERS: Final[tuple[ClusterTier, ClusterTier]] = ("Admin", "Baseline")
_ALLOWED: Final[dict[Action, Answer]] = {"Accept": True, "Deny": False}


class Deciding(NamedTuple):
    """A cluster policy's rule that covers a connection; not `sure` where it only may."""

    policy: ClusterPolicy
    action: Action
    rule: str
    sure: bool

    @property
    def name(self) -> str:
        """The policy as it is named beside NetworkPolicies."""
        return cluster_name(self.policy.name)

    def __str__(self) -> str:
        """Write who decided and where it stands."""
        rule = f", rule {self.rule}" if self.rule else ""
        place = f"tier {self.policy.tier}, priority {self.policy.priority}{rule}"
        return f"{self.name} ({place}): {self.action}"


def cluster_name(name: str) -> str:
    """Return how a cluster's policy is named beside those of namespaces."""
    return f"ClusterNetworkPolicy/{name}"


def decide_by_tiers(
    decision: Decision,
    policies: Sequence[ClusterPolicy],
    connection: Connection,
    direction: Direction,
) -> Decision:
    """Put what NetworkPolicies decide between the cluster's own two tiers."""
    if not policies or connection.decider(direction).kind != "pod":
        return decision
    inner = decision
    if not decision.isolating:
        inner = _over(decision, deciding(policies, "Baseline", connection, direction))
    return _over(inner, deciding(policies, "Admin", connection, direction))


def sure_rule(
    decision: Decision,
    policies: Sequence[ClusterPolicy],
    connection: Connection,
    direction: Direction,
) -> Deciding | None:
    """Return the cluster policies' rule that surely decides, beside what NetworkPolicies decide."""
    if connection.decider(direction).kind != "pod":
        return None
    for tier in _TIERS:
        if tier == "Baseline" and decision.isolating:
            return None
        rules = deciding(policies, tier, connection, direction)
        if rules and (not rules[0].sure or rules[0].action != "Pass"):
            return rules[0] if rules[0].sure else None
    return None


def deciding(
    policies: Sequence[ClusterPolicy],
    tier: ClusterTier,
    connection: Connection,
    direction: Direction,
) -> tuple[Deciding, ...]:
    """Return the rules of a tier that may decide, in their order; at most the last one is sure.

    Of policies with one priority, of which the API leaves open which comes first, none is sure
    where they do not agree.
    """
    found: list[Deciding] = []
    own = sorted((one for one in policies if one.tier == tier), key=_order)
    for _, alike in groupby(own, key=lambda policy: policy.priority):
        rows = [list(_rules(policy, connection, direction)) for policy in alike]
        covering = [row for row in rows if row]
        sure = [row[-1] for row in covering if row[-1].sure]
        agree = len({one.action for row in covering for one in row}) == 1
        every = [one for row in covering for one in row]
        if sure and (agree or len(covering) == 1):
            found += [one for one in every if not one.sure]
            return (*found, sure[0])
        found += [one._replace(sure=False) for one in every]
        if sure:
            return tuple(found)
    return tuple(found)


def _order(policy: ClusterPolicy) -> tuple[int, str]:
    return policy.priority, policy.name


def _rules(
    policy: ClusterPolicy, connection: Connection, direction: Direction
) -> Iterator[Deciding]:
    """Yield the rules of one policy that may cover a connection, until one surely does."""
    subject = _subject(policy, connection.decider(direction))
    if subject is False:
        return
    for each in policy.rules(direction):
        # Without peers that are known it is not everybody, as it would be of a NetworkPolicy.
        covers = None if not each.rule.peers else rule_covers(
            each.rule, "", connection.peer(direction), connection.server, connection.protocol,
            connection.port, direction, policy.subject.pod_selector,
        )  # fmt: skip
        answer = all_of(subject, covers)
        if answer is not False:
            yield Deciding(policy, each.action, each.name, sure=answer is True)
        if answer:
            return


def _subject(policy: ClusterPolicy, decider: End) -> Answer:
    return peer_covers(policy.subject, "", decider)


def _over(inner: Decision, rules: Sequence[Deciding]) -> Decision:
    """Put a tier's rules before what comes after it."""
    if not rules:
        return inner
    last = rules[-1]
    outcomes = {_ALLOWED.get(one.action, inner.allowed) for one in rules}
    if not last.sure:
        outcomes.add(inner.allowed)
    allowed = outcomes.pop() if len(outcomes) == 1 else None
    if last.sure and len(rules) == 1 and last.action != "Pass":
        return Decision(allowed, (last.name,), (last.name,) if allowed else ())
    names = tuple(dict.fromkeys(one.name for one in rules if one.action != "Pass"))
    if not names:
        return inner
    return msgspec.structs.replace(
        inner,
        allowed=allowed,
        isolating=(*names, *inner.isolating),
        allowing=inner.allowing if allowed else (),
        nearest_miss=inner.nearest_miss if allowed is False else None,
    )
