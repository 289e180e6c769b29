"""An audit event, honest or not: facts that are bounded, and answers without an exception."""

from collections.abc import Iterator

from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.bounds import MAX_NAME_CHARS
from netpolwatch.kubernetes.identity import Knowledge
from tests.corpus import cluster_day
from tests.fuzz.promises import text_of

_ADDRESS = "10.42.1.42"
_EVERY = 25
"""Of the day's events, which are much alike, one in so many is a seed."""


def check(data: bytes) -> None:
    facts = read_audit_event(text_of(data), 0)
    for fact in facts:
        assert len(getattr(fact, "name", "") or "") <= MAX_NAME_CHARS
    knowledge = Knowledge()
    knowledge.learn(facts)
    for fact in facts:
        for address in (_ADDRESS, *getattr(fact, "addresses", ())):
            knowledge.owner(address, fact.at_us // 1000)
        namespace = getattr(fact, "namespace", None)
        if namespace:
            knowledge.policies(namespace, fact.at_us // 1000)
            knowledge.pod(namespace, getattr(fact, "name", ""), fact.at_us // 1000)


def seeds() -> Iterator[bytes]:
    for event in cluster_day.events("audit")[::_EVERY]:
        yield event["message"].encode()
