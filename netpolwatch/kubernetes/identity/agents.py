"""What the policy engines are told and run, node by node; times are microseconds (UTC).

Facts come in any order and repeated; what is remembered is the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from netpolwatch.kubernetes.enforcing import DAEMONSET, SYSTEM_NAMESPACE
from netpolwatch.kubernetes.engines import engine_of
from netpolwatch.kubernetes.facts import (
    AgentCrashing,
    AnyFact,
    DaemonSetSeen,
    PodAddress,
    PodSeen,
    RunningVersion,
    VerdictsHeard,
)
from netpolwatch.kubernetes.identity.history import History
from netpolwatch.kubernetes.identity.minutes import Minutes

_MAX_NODES: Final = 10_000
_MAX_DAEMONSETS: Final = 64
_MAX_PODS_OF_A_NODE: Final = 16
_PREFIX: Final = f"{DAEMONSET}-"

_Where = str | None
_Fact = TypeVar("_Fact")


class AgentPod(NamedTuple):
    """A pod of `aws-node`: since when, and whether that is its creation or when it was first seen.

    `exact` is false where it may be older.
    """

    name: str
    since_us: int
    exact: bool


class Agents:
    """The network policy agents of a cluster and the engines beside them."""

    def __init__(self) -> None:
        self._daemonsets: dict[tuple[str, str], History[DaemonSetSeen]] = {}
        self._versions: dict[_Where, History[RunningVersion]] = {}
        self._crashes: History[AgentCrashing] = History()
        self._verdicts: dict[str, Minutes] = {}
        self._pods: defaultdict[str, dict[str, AgentPod]] = defaultdict(dict)

    def learn(self, fact: AnyFact) -> None:
        """Take in a fact."""
        match fact:
            case DaemonSetSeen():
                key = (fact.namespace, fact.name)
                if key in self._daemonsets or len(self._daemonsets) < _MAX_DAEMONSETS:
                    self._daemonsets.setdefault(key, History()).add(fact)
            case RunningVersion():
                if fact.node in self._versions or len(self._versions) < _MAX_NODES:
                    self._versions.setdefault(fact.node, History()).add(fact)
            case AgentCrashing():
                self._crashes.add(fact)
            case VerdictsHeard():
                if fact.node in self._verdicts or len(self._verdicts) < _MAX_NODES:
                    self._verdicts.setdefault(fact.node, Minutes()).add(fact.at_us)
            case PodSeen() | PodAddress() if _is_agents(fact):
                self._learn_pod(fact)
            case _:
                pass

    def settings(self, at_us: int) -> DaemonSetSeen | None:
        """Return the DaemonSet `aws-node` as of a time; `None` where nobody saw it."""
        return self._daemonset((SYSTEM_NAMESPACE, DAEMONSET), at_us)

    def engines(self, at_us: int) -> Iterator[tuple[str, DaemonSetSeen]]:
        """Yield the engines beside the VPC CNI's as of a time, each with its DaemonSet."""
        for key in sorted(self._daemonsets):
            found = self._daemonset(key, at_us)
            engine = engine_of(found.images) if found else None
            if found is not None and engine is not None:
                yield engine, found

    def version(self, component: Literal["agent", "vpc-cni"], at_us: int) -> RunningVersion | None:
        """Return what tells of the oldest version that runs anywhere as of a time."""
        found = [
            last for history in self._versions.values()
            if (last := _last([each for each in history.until(at_us)
                               if each.component == component])) is not None
        ]  # fmt: skip
        return min(found, key=lambda fact: (_numbers(fact.version), fact.node or ""), default=None)

    def first_run(self, version: str, since_us: int, until_us: int) -> Sequence[RunningVersion]:
        """Return what first told of a version of the agent on each node, from a time on."""
        firsts = [
            next((each for each in history if each.component == "agent"
                  and each.version == version and since_us <= each.at_us <= until_us), None)
            for history in self._versions.values()
        ]  # fmt: skip
        return sorted((each for each in firsts if each is not None), key=lambda each: each.at_us)

    def crashes(self, since_us: int, until_us: int) -> Sequence[AgentCrashing]:
        """Return reports of agents that crash, in order."""
        return [fact for fact in self._crashes.until(until_us) if fact.at_us >= since_us]

    def verdicts(self, node: str) -> Minutes:
        """Return when a node's agent published verdicts."""
        return self._verdicts.get(node) or Minutes()

    def any_verdict(self, since_us: int, until_us: int) -> bool:
        """Whether any node's agent published a verdict between two times."""
        return any(each.heard(since_us, until_us) for each in self._verdicts.values())

    def pod_on(self, node: str, at_us: int) -> AgentPod | None:
        """Return the pod of `aws-node` that ran on a node at a time."""
        pods = [pod for pod in self._pods.get(node, {}).values() if pod.since_us <= at_us]
        return max(pods, key=lambda pod: (pod.since_us, pod.name), default=None)

    def _learn_pod(self, fact: PodSeen | PodAddress) -> None:
        if fact.node is None:
            return
        if isinstance(fact, PodAddress):
            exact, since_us = fact.started_us is not None, fact.started_us or fact.at_us
        else:
            exact, since_us = fact.created_us is not None, fact.created_us or fact.at_us
        pods = self._pods[fact.node]
        known = pods.get(fact.name)
        seen = AgentPod(fact.name, since_us, exact)
        pods[fact.name] = seen if known is None else min(known, seen, key=_since)
        if len(pods) > _MAX_PODS_OF_A_NODE:
            del pods[min(pods.values(), key=_since).name]

    def _daemonset(self, key: tuple[str, str], at_us: int) -> DaemonSetSeen | None:
        history = self._daemonsets.get(key)
        last = _last(history.until(at_us)) if history else None
        return None if last is None or last.gone else last


def _since(pod: AgentPod) -> tuple[int, bool]:
    return pod.since_us, not pod.exact


def _is_agents(fact: PodSeen | PodAddress) -> bool:
    return fact.namespace == SYSTEM_NAMESPACE and fact.name.startswith(_PREFIX)


def _last(facts: Sequence[_Fact]) -> _Fact | None:
    return facts[-1] if facts else None


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.removeprefix("v").replace("-eksbuild", "").split(".")
    return tuple(int(part) if part.isdigit() else 0 for part in parts)
