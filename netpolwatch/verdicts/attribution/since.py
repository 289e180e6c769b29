"""Since when policies decide a packet as they do: the same packet, decided just before each change.

Changes of the two ends' policies and labels are gone back through, the newest first, for a day at
most. An answer counts only where nothing that it rests on is missing: the first state that is not
certain ends the search. A state that held for moments (a policy that is replaced, a burst of
writes) is none.
"""

from collections.abc import Callable, Iterator
from heapq import nlargest
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from netpolwatch.flows.model import Change, Effect, Since
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.policy.ends import End
from netpolwatch.kubernetes.policy.evaluate import Connection, selects
from netpolwatch.kubernetes.policy.matching import Answer
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.verdicts.attribution.deciding import Decided, decide
from netpolwatch.verdicts.attribution.ends import end_of
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.names import NamesAt

MAX_CHANGES: Final = 8
DAY_MS: Final = 86_400_000
_BRIEF_US: Final = 60_000_000
"""A state that held for less is a step of one change."""

_STALE_US: Final = 300_000_000
"""An agent takes a change up within seconds; what it does so long after is no delay."""

_BY_TIME = attrgetter("at_us", "name")


def since(told: Explanation, direction: Direction, knowledge: Knowledge) -> Since | None:
    """Return the change since which policies decide a DENY as they do; `None` where none is known.

    `told` is a violation, or a request that they allow and the agent dropped; `direction` tells
    whose policies are asked.
    """
    if told.as_of is None:
        return None
    past = _Past(told, direction, knowledge, told.as_of)
    return past.denied() if told.disposition == "violation" else past.dropped()


class _Moment(NamedTuple):
    """What policies decided of the packet at a time.

    `decider_certain` and `certain` tell whether nothing is missing of the deciding end and its
    policies, and of both ends.
    """

    decided: Decided
    decider_certain: bool
    certain: bool

    @property
    def allowed(self) -> Answer:
        """Whether they let it through; `None` where that is not certain."""
        return self.decided.decision.allowed if self.certain else None

    @property
    def selected(self) -> Answer:
        """Whether a policy selected the pod and is not known to have let the packet through.

        An unknown peer may have been let in: that the agent drops it tells that it was not.
        """
        if not self.decider_certain:
            return None
        return self.decided.selected and self.decided.decision.allowed is not True


class _Past:
    """One packet, and what policies decided of it before each change."""

    def __init__(
        self, told: Explanation, direction: Direction, knowledge: Knowledge, at_ms: int
    ) -> None:
        self._told, self._direction = told, direction
        self._knowledge, self._at_ms = knowledge, at_ms
        self._strict = knowledge.denies_unselected(told.flow.node, at_ms) is True
        self._moments: dict[int, _Moment] = {}
        self._ends_now = self._ends(at_ms)
        self._now = self._moment(at_ms)
        self._changes = nlargest(MAX_CHANGES, set(self._every_change()), key=_BY_TIME)

    def denied(self) -> Since | None:
        """Return since when they deny what they allowed before."""
        if self._now.allowed is not False:
            return None
        change = self._last(lambda moment: moment.allowed, was=True)
        if change is None:
            return None
        effect: Effect = "isolated" if change.kind == "policy-created" else "denied"
        return Since(effect, change, self._before(change).decided.decision.allowing)

    def dropped(self) -> Since | None:
        """Return since when they allow what the agent still drops."""
        if self._now.decided.decision.allowed is not True:
            return None
        if not self._now.decided.selected:
            change = self._last(lambda moment: moment.selected, was=True)
            if change is not None:
                is_stale = self._at_ms * 1000 - change.at_us >= _STALE_US
                return Since("deselected" if is_stale else "allowed", change)
        elif self._direction == "egress" and not self._now.decided.decision.isolating:
            lost = self._lost_ingress_policy()
            if lost is not None:
                return Since("egress-lost", lost)
        change = self._last(lambda moment: moment.allowed, was=False)
        return None if change is None else Since("allowed", change)

    def _last(self, state: Callable[[_Moment], Answer], *, was: bool) -> Change | None:
        """Return the last change before which a state was as asked, and not only for moments."""
        found: Change | None = None
        for change in self._changes:
            if found is not None and found.at_us - change.at_us >= _BRIEF_US:
                return found
            before = state(self._before(change))
            if before is None:
                return None
            found = (found or change) if before is was else None
        return found

    def _lost_ingress_policy(self) -> Change | None:
        """Return the last delete of a policy for ingress alone that selected the asking pod."""
        for change in self._changes:
            if change.kind != "policy-deleted":
                continue
            decided, decider = self._before(change).decided, self._ends_now[0]
            for policy in decided.asked:
                if f"{policy.namespace}/{policy.name}" == change.name and selects(policy, decider):
                    alone = set(policy.directions) == {"ingress"}
                    return change if alone and not decided.decision.isolating else None
        return None

    def _before(self, change: Change) -> _Moment:
        return self._moment(change.at_us // 1000 - 1)

    def _moment(self, at_ms: int) -> _Moment:
        moment = self._moments.get(at_ms)
        if moment is None:
            moment = self._moments[at_ms] = self._decide(at_ms)
        return moment

    def _decide(self, at_ms: int) -> _Moment:
        flow, known = self._told.flow, self._knowledge
        client, server = map(_or, self._ends(at_ms), self._ends_now)
        connection = Connection(client, server, flow.protocol, flow.destination_port)
        decided = decide(connection, self._direction, known, at_ms, strict=self._strict)
        decider = connection.decider(self._direction)
        namespace = decider.namespace or ""
        of_decider = (
            decider.certain
            and all(state.certain for state in known.policies(namespace, at_ms))
            and known.knows_all_policies(namespace, at_ms)
        )
        of_both = of_decider and client.certain and server.certain
        return _Moment(decided, of_decider, of_both)

    def _ends(self, at_ms: int) -> tuple[End, End]:
        told, names = self._told, NamesAt(self._knowledge, at_ms)
        return (
            end_of(told.source, self._knowledge, at_ms, names),
            end_of(told.destination, self._knowledge, at_ms, names),
        )

    def _every_change(self) -> Iterator[Change]:
        first_ms = self._at_ms - DAY_MS
        for end in (self._told.source, self._told.destination):
            if end.namespace is not None:
                pod = end.name if end.kind == "pod" else None
                yield from self._knowledge.changes(end.namespace, pod, first_ms, self._at_ms)


def _or(then: End, now: End) -> End:
    """Take a pod or Service that was not there yet for what it is now."""
    if then.kind not in ("pod", "service") or then.labels is not None or now.labels is None:
        return then
    return msgspec.structs.replace(
        then, labels=now.labels, ports=now.ports, listens=now.listens, certain=now.certain
    )
