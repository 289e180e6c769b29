"""ClusterNetworkPolicies by name, and as of a time."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter

from netpolwatch.kubernetes.facts import (
    ClusterPolicyGone,
    ClusterPolicySeen,
    CollectionDeleted,
)
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.coverage import Ask, ask_nothing
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.listings import Listings
from netpolwatch.kubernetes.identity.model import ClusterPolicyState
from netpolwatch.kubernetes.identity.versions import Version, version_at

_ORDER = attrgetter("at_us", "event")
_Fact = ClusterPolicySeen | ClusterPolicyGone


class ClusterPolicies:
    """The cluster's own policies; an answer is kept for the time in which nothing changes.

    `ask` notes what an answer rests on.
    """

    def __init__(self, listings: Listings, ask: Ask = ask_nothing) -> None:
        self._ask = ask
        self._histories: dict[str, History[_Fact]] = {}
        self._deletions: History[CollectionDeleted] = History()
        self._listings = listings
        self._times: list[int] | None = None
        self._answers: dict[int, tuple[ClusterPolicyState, ...]] = {}

    def learn(self, fact: _Fact) -> None:
        """Take in a fact."""
        self._histories.setdefault(fact.name, History()).add(fact)
        self._forget_answers()

    def learn_deletion(self, fact: CollectionDeleted) -> None:
        """Take in that all of them were told to go."""
        self._deletions.add(fact)
        self._forget_answers()

    def learn_listing(self) -> None:
        """Take in that they were listed: one that was not shown then was gone."""
        self._forget_answers()

    def in_force(self, at_us: int) -> tuple[ClusterPolicyState, ...]:
        """Return those that were in force, by name."""
        self._ask(entities.CLUSTER_POLICIES)
        if not self._histories:
            return ()
        if self._times is None:
            self._times = sorted(set(self._changes()))
        span = bisect_right(self._times, at_us)
        if span not in self._answers:
            self._answers[span] = tuple(self._states(at_us))
        return self._answers[span]

    def forget(self, before_us: int) -> None:
        """Drop those that were gone before a time."""
        there = {state.name for state in self._states(before_us)}
        for name, history in list(self._histories.items()):
            if history.last_us < before_us and name not in there:
                del self._histories[name]
        self._forget_answers()

    def _forget_answers(self) -> None:
        self._times = None
        self._answers.clear()

    def _changes(self) -> Iterator[int]:
        yield from self._listings.times("clusternetworkpolicies")
        for fact in chain(self._deletions, *self._histories.values()):
            yield fact.at_us
            if isinstance(fact, ClusterPolicySeen) and fact.created_us is not None:
                yield fact.created_us

    def _states(self, at_us: int) -> Iterator[ClusterPolicyState]:
        for name, history in sorted(self._histories.items()):
            version = version_at(sorted(chain(history, self._deletions), key=_ORDER), at_us)
            if version is not None and not self._is_missing(history, at_us):
                yield _state(name, version)

    def _is_missing(self, history: History[_Fact], at_us: int) -> bool:
        until = [fact.at_us for fact in history if fact.at_us <= at_us]
        return bool(until) and any(
            until[-1] < time <= at_us for time in self._listings.times("clusternetworkpolicies")
        )


def _state(name: str, version: Version[ClusterPolicySeen]) -> ClusterPolicyState:
    fact = version.fact
    return ClusterPolicyState(
        name=name,
        policy=fact.policy,
        since_us=fact.at_us,
        source=fact.source,
        actor=fact.actor,
        certain=version.certain,
    )
