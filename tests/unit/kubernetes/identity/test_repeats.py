"""What is left out as a repeat changes no answer, whoever else learns, in whatever order."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from netpolwatch.kubernetes.facts import (
    AnyFact,
    LabelsPatched,
    NamespaceSeen,
    PodAddress,
    PodGone,
    PodSeen,
    PolicyGone,
    PolicySeen,
    ServiceSeen,
)
from netpolwatch.kubernetes.identity import entities
from netpolwatch.kubernetes.identity.repeats import Repeats

POD: dict[str, Any] = {"source": "audit", "namespace": "shop", "name": "web"}


def taken(repeats: Repeats, fact: AnyFact) -> list[bool]:
    """Take a fact in under each of its keys; whether each is news."""
    return [
        repeats.take((entity, entities.object_in(entity, fact)), fact)
        for entity in entities.entities_of(fact)
    ]


def relabelled(at_us: int, team: str) -> PodSeen:
    labels = {"team": team}
    return PodSeen(at_us=at_us, event=f"e{at_us}", uid="u", labels=labels, relabelled=True, **POD)


def namespace(at_us: int, team: str) -> NamespaceSeen:
    return NamespaceSeen(at_us=at_us, event=f"e{at_us}", source="audit", name="shop", uid="u",
                         labels={"team": team}, relabelled=True)  # fmt: skip


def service(at_us: int, app: str) -> ServiceSeen:
    return ServiceSeen(at_us=at_us, event=f"e{at_us}", uid="u", selector={"app": app}, **POD)


def patched(at_us: int, team: str) -> LabelsPatched:
    return LabelsPatched(at_us=at_us, event=f"e{at_us}", source="audit", resource="namespaces",
                         namespace="shop", name="shop", changes={"team": team})  # fmt: skip


def written(at_us: int, _: str) -> PolicySeen:
    return PolicySeen(at_us=at_us, event=f"e{at_us}", partial=True, **POD)


def deleted(at_us: int, _: str) -> PolicyGone:
    return PolicyGone(at_us=at_us, event=f"e{at_us}", **POD)


@pytest.mark.parametrize("fact", [relabelled, namespace, service, patched, written, deleted])
def test_given_a_change_that_another_process_heard_then_changing_it_back_is_news(
    fact: Callable[[int, str], AnyFact],
) -> None:
    # given a value that this process wrote, and another one that it never sees
    repeats = Repeats()
    taken(repeats, fact(1, "a"))
    # when it is changed back
    news = taken(repeats, fact(3, "a"))
    # then it is kept: between the two it was otherwise
    assert news[0]


def policy(at_us: int, generation: int) -> PolicySeen:
    return PolicySeen(at_us=at_us, event=f"e{at_us}", uid="u", generation=generation, **POD)


def test_given_a_policy_that_is_applied_again_then_only_a_new_generation_is_news() -> None:
    repeats = Repeats()
    facts = [policy(1, 1), policy(2, 1), policy(3, 2), policy(4, 2)]
    assert [taken(repeats, fact) for fact in facts] == [[True], [False], [True], [False]]


def test_given_a_name_that_is_used_again_then_all_of_the_new_pod_is_news() -> None:
    def life(at_us: int, uid: str) -> Sequence[AnyFact]:
        body = {**POD, "uid": uid}
        return (PodSeen(at_us=at_us, event="b", labels={}, **body),
                PodAddress(at_us=at_us + 1, event="a", addresses=("10.0.0.1",), **body),
                PodGone(at_us=at_us + 2, event="g", **body))  # fmt: skip

    repeats = Repeats()
    for fact in (*life(1, "u1"), *life(10, "u2")):
        assert taken(repeats, fact)[0], fact
