"""A NetworkPolicy was stored, and no policy endpoint followed.

The controller makes endpoints within seconds. Their creates have no name in the audit log (the API
server makes it), so creates are counted against the policies that wait for one: each belongs to the
policy that was stored last and has none yet. All other writes are named `<policy>-<5 characters>`.
A create that belongs to another policy can hide a fault; it never makes one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from netpolwatch.correlation.detector import Options
from netpolwatch.correlation.question import Answer, AskAgain, Fault, Fine, Question
from netpolwatch.correlation.words import clock, clock_us, said_by
from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.audit.controllers import CONTROLLERS
from netpolwatch.kubernetes.facts import AnyFact, EndpointsWritten, PolicySeen, WriteRefused
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.policy.spec import IpBlock, NetworkPolicy, Rule

_AFTER_MS: Final = 5 * 60_000
_RETRY_MS: Final = 20 * 60_000
"""The controller backs off to about 16 minutes after a conflict or a server's error."""

_BEFORE_US: Final = 3_600_000_000
_HEARD_US: Final = 600_000_000
_CONFLICT, _SERVER_ERROR = 409, 500
_CREATED, _CHANGED = "created", "changed"
_MAX_BASE_CHARS: Final = 58
"""Of a generated name; five characters follow."""

Reason = Literal["refused", "off", "stalled"]


@dataclass(frozen=True, slots=True)
class MissingEndpoints:
    """Asks of each policy that was created, or whose spec was changed."""

    watch: str
    after_ms: int
    by_absence: bool = True

    def wakes(self, fact: AnyFact) -> Iterator[Question]:
        """Yield a question for a policy that somebody else than the controller wrote."""
        if not isinstance(fact, PolicySeen) or not fact.event or fact.deleting:
            return
        if fact.policy_kind != "NetworkPolicy" or fact.actor in CONTROLLERS:
            return
        created = fact.source.endswith(" create")
        if not created and (fact.unchanged or fact.partial or (fact.generation or 0) <= 1):
            return
        asked_at_ms = fact.at_us // 1000
        yield Question(
            watch=self.watch,
            subject=(fact.namespace, fact.name),
            asked_at_ms=asked_at_ms,
            due_at_ms=asked_at_ms + self.after_ms,
            cause=_CREATED if created else _CHANGED,
            evidence=said_by(fact, f"{fact.namespace}/{fact.name}"),
        )

    def needs(self, question: Question) -> tuple[str, ...]:
        """Return the namespace's policies and what was done to its endpoints."""
        namespace = question.subject[0]
        return entities.policies(namespace), entities.endpoints(namespace)

    def answer(self, question: Question, knowledge: Knowledge, as_of_ms: int) -> Answer:
        """Return a fault where the policy is in force and nothing was written for it."""
        namespace, name = question.subject
        in_force = [each for each in knowledge.policies(namespace, as_of_ms) if each.name == name]
        if not in_force or in_force[0].terminating:
            return Fine()
        case = _Case(question, knowledge, as_of_ms * 1000)
        written_us = case.served_us() if question.cause == _CREATED else case.rewritten_us()
        if written_us is not None:
            return Fine(written_us // 1000)
        if question.cause == _CHANGED and not case.must_be_rewritten():
            return Fine()
        refusal = case.refusal()
        patience_ms = question.asked_at_ms + _RETRY_MS
        if refusal is not None and _is_retried(refusal) and as_of_ms < patience_ms:
            return AskAgain(patience_ms)
        return _fault(question, case, refusal, as_of_ms)


def missing_endpoints(watch: str, after_ms: int | None, _options: Options) -> MissingEndpoints:
    """Return the detector for a watch."""
    return MissingEndpoints(watch, after_ms or _AFTER_MS)


class _Case(NamedTuple):
    """One policy's writes and its namespace's endpoints, as of a time."""

    question: Question
    knowledge: Knowledge
    at_us: int

    @property
    def asked_us(self) -> int:
        return self.question.asked_at_ms * 1000

    def served_us(self) -> int | None:
        """Return when the first endpoint of the created policy was written."""
        namespace, name = self.question.subject
        since_us = self.asked_us - _BEFORE_US
        activity = self.knowledge.activity
        endpoints = activity.endpoint_writes(namespace, since_us, self.at_us)
        named = [each.at_us for each in endpoints if self._is_own(each)]
        stored = activity.policy_writes(namespace, since_us, self.at_us)
        created = [each for each in stored if each.source.endswith(" create")]
        served = _served(created, endpoints)
        counted = [
            at_us for policy, at_us in served
            if policy.name == name and policy.at_us // 1000 == self.question.asked_at_ms
        ]  # fmt: skip
        return min([*named, *counted], default=None)

    def rewritten_us(self) -> int | None:
        """Return when an endpoint was written that may be the changed policy's."""
        endpoints = self._endpoints()
        times = (each.at_us for each in endpoints if each.name is None or self._is_own(each))
        return min(times, default=None)

    def must_be_rewritten(self) -> bool:
        """Whether the change cannot leave the endpoints as they were.

        Another peer selector may select the same pods; another port, block or set of pods shows.
        """
        namespace, name = self.question.subject
        writes = self.knowledge.activity.policy_writes(namespace, 0, self.at_us)
        bodies = [each for each in writes if each.name == name and each.policy is not None]
        before = [each.policy for each in bodies if each.at_us < self.asked_us]
        after = [each.policy for each in bodies if each.at_us // 1000 == self.question.asked_at_ms]
        if not before or not after or before[-1] is None or after[0] is None:
            return False
        return _visible(before[-1]) != _visible(after[0])

    def refusal(self) -> WriteRefused | None:
        """Return the last refusal of what the controller wrote for the policy."""
        namespace, name = self.question.subject
        refusals = self.knowledge.activity.refusals(namespace, self.asked_us, self.at_us)
        own = [each for each in refusals if each.resource == "policyendpoints" or each.name == name]
        return own[-1] if own else None

    def _endpoints(self) -> Sequence[EndpointsWritten]:
        namespace = self.question.subject[0]
        return self.knowledge.activity.endpoint_writes(namespace, self.asked_us, self.at_us)

    def _is_own(self, write: EndpointsWritten) -> bool:
        if write.name is None or write.verb.startswith("delete") or write.at_us < self.asked_us:
            return False
        base = re.escape(f"{self.question.subject[1]}-"[:_MAX_BASE_CHARS])
        return re.fullmatch(rf"{base}[a-z0-9]{{5}}", write.name) is not None


def _served(
    created: Sequence[PolicySeen], endpoints: Sequence[EndpointsWritten]
) -> Iterator[tuple[PolicySeen, int]]:
    """Yield policies with the unnamed create that belongs to each: the last stored comes first."""
    waiting = list(created)
    for write in endpoints:
        if write.verb != "create" or write.name is not None:
            continue
        stored = [policy for policy in waiting if policy.at_us <= write.at_us]
        if stored:
            waiting.remove(stored[-1])
            yield stored[-1], write.at_us


def _visible(policy: NetworkPolicy) -> tuple[object, ...]:
    """Return the parts of a spec that stand in its endpoints whatever pods there are."""
    rules = [
        (direction, rule.ports, blocks)
        for direction in policy.directions
        for rule in policy.rules(direction)
        if (blocks := _blocks(rule)) or not rule.peers
    ]
    return policy.pod_selector, policy.directions, rules


def _blocks(rule: Rule) -> tuple[IpBlock, ...]:
    return tuple(peer.ip_block for peer in rule.peers if peer.ip_block is not None)


def _is_retried(refusal: WriteRefused) -> bool:
    return refusal.code == _CONFLICT or refusal.code >= _SERVER_ERROR


def _fault(question: Question, case: _Case, refusal: WriteRefused | None, as_of_ms: int) -> Fault:
    reason, confidence, words = _reason(case, refusal)
    namespace, name = question.subject
    return Fault(
        {"namespace": namespace, "policy": name, "reason": reason},
        f"{question.evidence}; no policy endpoint of it was written until {clock(as_of_ms)}: "
        f"{words}",
        confidence,
    )


def _reason(case: _Case, refusal: WriteRefused | None) -> tuple[Reason, Confidence, str]:
    """Return why nothing followed, how sure that is, and the last thing heard in words."""
    if refusal is not None:
        said = f"{clock_us(refusal.at_us)} the controller's {refusal.verb} was refused"
        return "refused", "high", f"{said} ({refusal.code}): {refusal.why}"
    last_us = case.knowledge.activity.controller.last_us(case.at_us)
    if last_us is None or last_us < case.asked_us - _HEARD_US:
        return "off", "medium", "nothing was heard of the network policy controller"
    return "stalled", "medium", f"the controller was last heard at {clock_us(last_us)}"
