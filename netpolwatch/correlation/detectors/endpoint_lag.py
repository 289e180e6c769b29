"""A policy selects a new pod, and its policy endpoints are not written.

Only pods that a policy isolates are looked at: those that it names as peers may be anywhere. A
create has no name in the audit log; in the policy's namespace it counts for each of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from netpolwatch.correlation.asking import question_of
from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskOthers, Fault, Fine, NotKnown, Question
from netpolwatch.correlation.words import clock, clock_us
from netpolwatch.kubernetes.facts import AnyFact, PodAddress
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.identity.labels import labels_at

_AFTER_MS: Final = 10 * 60_000
_BEFORE_US: Final = 5_000_000
"""The controller may know of an address some seconds before its kubelet tells it."""

_MAX_BASE_CHARS: Final = 58
_OF_POD = 2


@dataclass(frozen=True, slots=True)
class EndpointLag:
    """Asks of each pod that got its first address."""

    watch: str
    after_ms: int
    by_absence: bool = True

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for an address that a kubelet tells as news."""
        if isinstance(fact, PodAddress) and fact.is_news and not fact.host_network:
            yield question_of(fact, self.watch, (fact.namespace, fact.name), self.after_ms)

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the pod, and its namespace's policies and endpoints."""
        namespace, name = question.subject[:_OF_POD]
        return (
            entities.pod(namespace, name),
            entities.policies(namespace),
            entities.endpoints(namespace),
        )

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the pod runs, is selected, and nothing was written since."""
        namespace, name = question.subject[:_OF_POD]
        life = knowledge.life(namespace, name, as_of_ms)
        if life is None or life.over(as_of_ms * 1000) or life.host_network:
            return Fine()
        if life.holdings and life.holdings[0].at_us // 1000 < question.asked_at_ms:
            return Fine()  # It had an address before.
        labels = labels_at(life.bodies, as_of_ms * 1000)
        if labels is None:
            return NotKnown("the pod's labels are not known")
        policies = [
            each.name
            for each in knowledge.policies(namespace, question.asked_at_ms)
            if each.policy is not None
            and not each.terminating
            and each.policy.pod_selector.matches(labels.values)
        ]
        if len(question.subject) == _OF_POD:
            return AskOthers(tuple(_of_policy(question, policy) for policy in policies))
        return self._of_policy(question, knowledge, as_of_ms)

    def _of_policy(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        namespace, name, policy = question.subject
        in_force = [each.name for each in knowledge.policies(namespace, as_of_ms)]
        if policy not in in_force:
            return Fine()
        base = re.compile(re.escape(f"{policy}-"[:_MAX_BASE_CHARS]) + "[a-z0-9]{5}")
        since_us = question.asked_at_ms * 1000 - _BEFORE_US
        writes = knowledge.activity.endpoint_writes(namespace, since_us, as_of_ms * 1000)
        own = [each for each in writes if each.name is None or base.fullmatch(each.name)]
        if own:
            return Fine(own[0].at_us // 1000)
        last_us = knowledge.activity.controller.last_us(as_of_ms * 1000)
        heard = "never heard" if last_us is None else f"last heard at {clock_us(last_us)}"
        return Fault(
            {"namespace": namespace, "policy": policy, "pod": name},
            f"{question.evidence}; {policy} selects it, and no endpoint of it was written until "
            f"{clock(as_of_ms)}; the controller was {heard}",
            "medium",
        )


def endpoint_lag(watch: str, after_ms: int | None, _options: Options) -> EndpointLag:
    """Return the detector for a watch."""
    return EndpointLag(watch, after_ms or _AFTER_MS)


def _of_policy(question: Question, policy: str) -> Question:
    return Question(
        watch=question.watch,
        subject=(*question.subject, policy),
        asked_at_ms=question.asked_at_ms,
        due_at_ms=question.due_at_ms,
        evidence=question.evidence,
    )
