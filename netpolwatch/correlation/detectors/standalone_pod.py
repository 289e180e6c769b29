"""A policy selects a pod that no controller made.

The agent keeps policies by a name made of the pod's own without its last part, so that such a pod
may share them with others (aws-network-policy-agent#327).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskOthers, Fault, Fine, Question
from netpolwatch.correlation.words import clock, said_by
from netpolwatch.kubernetes.facts import AnyFact, LabelsPatched, PodSeen, PolicySeen
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.lives import Life
from netpolwatch.kubernetes.policy.labels import Selector

_AFTER_MS: Final = 60_000
_MAX_PODS: Final = 200
_CREATED, _RELABELLED, _SELECTED, _POLICY = "created", "relabelled", "selected", "policy"
_DEBUG_NAME: Final = "node-debugger-"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"


@dataclass(frozen=True, slots=True)
class StandalonePod:
    """Asks of each pod without a controller, and of each policy for such pods."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question of a pod that was created or relabelled, or of a written policy."""
        match fact:
            case PodSeen() if _may_stand_alone(fact):
                if fact.created_us == fact.at_us:
                    yield self._question(fact, fact.name, _CREATED)
                elif fact.relabelled:
                    yield self._question(fact, fact.name, _RELABELLED)
            case LabelsPatched() if fact.resource == "pods":
                yield self._question(fact, fact.name, _RELABELLED)
            case PolicySeen() if fact.event and not (fact.unchanged or fact.deleting):
                yield self._question(fact, fact.name, _POLICY)
            case _:
                return

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the pod and its namespace's policies."""
        namespace, name = question.subject
        found = (entities.policies(namespace),)
        return found if question.cause == _POLICY else (*found, entities.pod(namespace, name))

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the pod is alone, alive and selected."""
        namespace, name = question.subject
        if question.cause == _POLICY:
            return self._of_policy(question, knowledge, as_of_ms)
        life = knowledge.life(namespace, name, as_of_ms)
        if life is None or not _stands_alone(life, as_of_ms, question.cause):
            return Fine()
        policies = _selecting(knowledge, namespace, life, as_of_ms)
        if not policies:
            return Fine()
        return Fault(
            {"namespace": namespace, "pod": name, "policies": ", ".join(policies)},
            f"{question.evidence}; no controller owns it, and as of {clock(as_of_ms)} it is "
            f"selected by {', '.join(policies)}",
        )

    def _of_policy(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        namespace, name = question.subject
        states = knowledge.policies(namespace, as_of_ms)
        policy = next((each.policy for each in states if each.name == name), None)
        selector = Selector() if policy is None else policy.pod_selector
        pods = {
            pod: life
            for pod, life in knowledge.pods_selected(namespace, selector, as_of_ms)
            if policy is not None and _stands_alone(life, as_of_ms, _SELECTED)
        }
        chosen = sorted(pods)[:_MAX_PODS]
        return AskOthers(tuple(self._of_pod(question, pod, pods[pod]) for pod in chosen))

    def _of_pod(self, question: Question, pod: str, life: Life) -> Question:
        """Return the same question of one pod, which is old enough then."""
        due_at_ms = max(question.due_at_ms, life.begin_us // 1000 + self.after_ms)
        return msgspec.structs.replace(
            question,
            subject=(question.subject[0], pod),
            due_at_ms=due_at_ms,
            cause=_SELECTED,
        )

    def _question(
        self, fact: PodSeen | LabelsPatched | PolicySeen, name: str, cause: str
    ) -> Question:
        asked_at_ms = fact.at_us // 1000
        return Question(
            watch=self.watch,
            subject=(fact.namespace, name),
            asked_at_ms=asked_at_ms,
            due_at_ms=asked_at_ms + self.after_ms,
            cause=cause,
            evidence=said_by(fact, f"{fact.namespace}/{name}"),
        )


def standalone_pod(watch: str, after_ms: int | None, _options: Options) -> StandalonePod:
    """Return the detector for a watch."""
    return StandalonePod(watch, after_ms or _AFTER_MS)


def _may_stand_alone(pod: PodSeen) -> bool:
    return bool(pod.event) and not (pod.partial or pod.owner or pod.mirror or pod.host_network)


def _stands_alone(life: Life, as_of_ms: int, cause: str) -> bool:
    """Whether a pod runs, nothing owns it, and nobody made it for a look around.

    `kubectl debug` makes pods for minutes. A shell of `kubectl run` counts where it was started
    under policies; nobody relies on one that policies came to later.
    """
    at_us = as_of_ms * 1000
    body = life.body_at(at_us)
    if body is None or not _may_stand_alone(body) or life.over(at_us):
        return False
    labels = body.labels or {}
    debugs = body.name.startswith(_DEBUG_NAME) or labels.get(_MANAGED_BY) == "kubectl-debug"
    of_run = labels.get("run") == body.name
    return not debugs and (cause == _CREATED or not of_run)


def _selecting(knowledge: Knowledge, namespace: str, life: Life, as_of_ms: int) -> list[str]:
    """Return the names of the policies that select a pod, as is known."""
    labels = labels_at(life.bodies, as_of_ms * 1000)
    if labels is None:
        return []
    return [
        each.name
        for each in knowledge.policies(namespace, as_of_ms)
        if each.policy is not None
        and not each.terminating
        and each.policy.pod_selector.matches(labels.values)
    ]
