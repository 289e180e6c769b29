"""Strict mode, an old agent, and a policy is gone: its running pods are open, not isolated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.catalogue.version_numbers import parse_bounds, parse_version, within
from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, Fault, Fine, NotKnown, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.facts import AnyFact, CollectionDeleted, PolicyGone
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.identity.labels import labels_at
from netpolwatch.kubernetes.identity.lives import Life
from netpolwatch.kubernetes.policy.labels import Selector

_AFTER_MS: Final = 10 * 60_000
_ALL: Final = "*"
_AFFECTED: Final = parse_bounds("< v1.2.0")
_MAX_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class StrictFallback:
    """Asks of each policy that is gone."""

    watch: str
    after_ms: int
    by_absence: bool = False

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a policy, or all of a namespace, that was deleted."""
        if isinstance(fact, PolicyGone) and fact.event:
            yield question_of(fact, self.watch, (fact.namespace, fact.name), self.after_ms)
        elif isinstance(fact, CollectionDeleted) and fact.resource == "networkpolicies":
            yield question_of(fact, self.watch, (fact.namespace, _ALL), self.after_ms)

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the namespace's policies and pods, and the enforcing modes."""
        namespace = question.subject[0]
        return entities.policies(namespace), entities.lookalikes(namespace), entities.MODES

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where pods that the policy selected run on, and none selects them."""
        namespace, name = question.subject
        strict = knowledge.denies_unselected(None, as_of_ms)
        if strict is False:
            return Fine()
        open_pods = list(self._open_pods(question, knowledge, as_of_ms))
        if not open_pods:
            return Fine()
        running = knowledge.activity.agents.version("agent", as_of_ms * 1000)
        version = parse_version(running.version) if running else None
        affected = within(_AFFECTED, version) if version else None
        if affected is False:
            return Fine()
        if strict is None or affected is None or running is None:
            return NotKnown("the enforcing mode or the agent's version is not known")
        pods = ", ".join(open_pods[:_MAX_NAMED])
        return Fault(
            {"namespace": namespace, "policy": name, "pods": pods, "version": running.version},
            f"{question.evidence}; at {clock(as_of_ms)} no policy selects {pods} any more, the mode"
            f" is strict, and an agent is {running.version} ({clock_us(running.at_us)})",
            "medium",  # By upstream's tags: EKS may have put the fix into a build of its own.
        )

    def _open_pods(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Iterator[str]:
        namespace, name = question.subject
        selector = _selector(knowledge, namespace, name, question.asked_at_ms)
        if selector is None:
            return
        left = [each.policy.pod_selector for each in knowledge.policies(namespace, as_of_ms)
                if each.policy is not None]  # fmt: skip
        for pod, life in knowledge.pods_selected(namespace, selector, as_of_ms):
            older = life.begin_us // 1000 < question.asked_at_ms
            if older and not life.host_network and not _is_selected(life, left, as_of_ms):
                yield pod


def strict_fallback(watch: str, after_ms: int | None, _options: Options) -> StrictFallback:
    """Return the detector for a watch."""
    return StrictFallback(watch, after_ms or _AFTER_MS)


def _selector(knowledge: Knowledge, namespace: str, name: str, at_ms: int) -> Selector | None:
    """Return which pods a policy selected; of all policies, any may have been."""
    if name == _ALL:
        return Selector() if knowledge.policies(namespace, at_ms - 1) else None
    body = knowledge.activity.policy_body(namespace, name, at_ms * 1000 + 999)
    return body.pod_selector if body else None


def _is_selected(life: Life, selectors: list[Selector], as_of_ms: int) -> bool:
    labels = labels_at(life.bodies, as_of_ms * 1000)
    return labels is None or any(each.matches(labels.values) for each in selectors)
