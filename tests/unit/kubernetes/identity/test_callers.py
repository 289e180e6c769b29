"""What pods call their ports: the index agrees with a look at every pod."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.kubernetes.facts import (
    AnyFact,
    ContainerPort,
    LabelsPatched,
    NamespaceSeen,
    PodGone,
    PodSeen,
)
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.identity.coverage import Coverage
from netpolwatch.kubernetes.policy.labels import Selector

_MS = 1000
API = Selector({"app": "api"})


def pod(name: str, at_ms: int, port: int = 8080, app: str = "api", called: str = "http") -> PodSeen:
    return PodSeen(
        at_us=at_ms * _MS, source="pod create", event=f"{name}-{at_ms}", namespace="shop",
        name=name, uid=f"{name}-uid", labels={"app": app}, created_us=at_ms * _MS,
        ports=(ContainerPort(port, "TCP", called), ContainerPort(port + 1)),
    )  # fmt: skip


def gone(name: str, at_ms: int) -> PodGone:
    return PodGone(at_us=at_ms * _MS, source="kubelet pod delete", namespace="shop", name=name)


def relabelled(name: str, at_ms: int, app: str) -> LabelsPatched:
    return LabelsPatched(
        at_us=at_ms * _MS, source="pod patch", resource="pods", namespace="shop", name=name,
        changes={"app": app},
    )  # fmt: skip


NEW = NamespaceSeen(at_us=0, source="namespace create", name="shop", labels={}, is_new=True)


def knowing(*facts: AnyFact) -> Knowledge:
    known = Knowledge()
    known.learn(facts)
    return known


@pytest.mark.parametrize(
    ("at_ms", "port", "called"),
    [(5, 8080, False), (15, 8080, True), (15, 9090, False), (15, 8081, False), (25, 8080, False)],
)
def test_a_pod_is_asked_as_of_the_time(at_ms: int, port: int, *, called: bool) -> None:
    # given a pod from 10 ms to 20 ms, in a namespace whose pods are all known
    known = knowing(NEW, pod("a", 10), gone("a", 20))
    assert known.pods_call("shop", API, "http", "TCP", port, at_ms) is called


def test_labels_count_as_of_the_time() -> None:
    known = knowing(NEW, pod("a", 10, app="web"), relabelled("a", 20, "api"), pod("b", 1, 9090))
    assert known.pods_call("shop", API, "http", "TCP", 8080, 15) is False
    assert known.pods_call("shop", API, "http", "TCP", 8080, 25) is True
    assert known.ports_called("shop", API, "http", "TCP", 25) == {8080, 9090}
    assert known.ports_called("shop", API, "http", "UDP", 25) == frozenset()


def test_where_older_pods_may_be_there_nobody_is_not_told() -> None:
    assert knowing(pod("a", 10)).pods_call("shop", API, "http", "TCP", 9090, 15) is None
    assert knowing(pod("a", 10)).pods_call("shop", API, "http", "TCP", 8080, 15) is True


def test_what_was_not_read_is_asked_for() -> None:
    coverage = Coverage()
    gathered = Knowledge(coverage=coverage)
    gathered.learn([NEW, pod("a", 10)])
    gathered.pods_call("shop", API, "http", "TCP", 8080, 15)
    assert coverage.take_missed() == ["lookalikes#shop", "pod#shop/a"]


def test_of_one_name_twice_the_first_port_counts() -> None:
    twice = pod("a", 10)
    twice = PodSeen(
        at_us=twice.at_us, source="pod create", namespace="shop", name="a", labels={"app": "api"},
        ports=(ContainerPort(8080, "TCP", "http"), ContainerPort(9090, "TCP", "http")),
    )  # fmt: skip
    known = knowing(NEW, twice)
    assert known.ports_called("shop", API, "http", "TCP", 15) == {8080}


def test_forgotten_pods_call_nothing() -> None:
    known = knowing(NEW, pod("a", 10), relabelled("a", 12, "api"), gone("a", 20), pod("b", 30, 81))
    known.forget(25)
    assert known.pods_call("shop", API, "http", "TCP", 8080, 15) is False
    assert known.ports_called("shop", API, "http", "TCP", 35) == {81}


def test_a_question_that_many_pods_would_have_to_answer_stays_open() -> None:
    # given a thousand pods alike that are gone
    facts = [fact for number in range(1_000)
             for fact in (pod(f"a-{number}", 10), gone(f"a-{number}", 20))]  # fmt: skip
    assert knowing(NEW, *facts).pods_call("shop", API, "http", "TCP", 8080, 30) is None


_names = st.sampled_from("abc")
_times = st.integers(1, 40)
_facts = st.lists(
    st.builds(pod, _names, _times, st.sampled_from([80, 81]), st.sampled_from(["api", "web"]),
              st.sampled_from(["http", "grpc"]))
    | st.builds(gone, _names, _times)
    | st.builds(relabelled, _names, _times, st.sampled_from(["api", "web"])),
    max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(_facts, st.randoms(use_true_random=False), _times, st.sampled_from([80, 81]))
def test_the_index_agrees_with_every_pod_in_any_order(
    facts: list[AnyFact], order: random.Random, at_ms: int, port: int
) -> None:
    known = knowing(NEW, *order.sample(facts, len(facts)))
    pods = [state for name in "abc" if (state := known.pod("shop", name, at_ms)) is not None]
    expected = any(
        state.labels is not None
        and API.matches(state.labels.values)
        and next((each.port for each in state.ports if each.name == "http"), None) == port
        for state in pods
    )
    assert known.pods_call("shop", API, "http", "TCP", port, at_ms) is expected
