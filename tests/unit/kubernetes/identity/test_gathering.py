"""A bounded look-up answers as the whole knowledge does, or not at all."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.facts import (
    AnyFact,
    Binding,
    ContainerPort,
    EnforcingModeSeen,
    LabelsPatched,
    NamespaceSeen,
    NodeGone,
    NodeSeen,
    Owner,
    PodAddress,
    PodGone,
    PodSeen,
    PodTerminating,
    PolicyGone,
    PolicySeen,
    ServicePort,
    ServiceSeen,
)
from netpolwatch.kubernetes.identity import Knowledge, entities
from netpolwatch.kubernetes.identity.gathering import Gathering, ObjectFacts
from netpolwatch.kubernetes.identity.repeats import Repeats
from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import NetworkPolicy, Peer, Port, Rule
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

SECOND = 1_000_000
NAMESPACES = ("shop", "pay", "batch")
ADDRESSES = tuple(f"10.0.0.{number}" for number in range(1, 9))
NODES = ("n1", "n2", "n3")


@dataclass
class Store:
    """What a deployment keeps: facts by object, the newest first, without repeats."""

    rows: int
    held: dict[str, list[AnyFact]] = field(default_factory=lambda: defaultdict(list))
    repeats: Repeats = field(default_factory=Repeats)

    def learn(self, facts: Iterable[AnyFact]) -> None:
        for fact in facts:
            for entity in entities.entities_of(fact):
                if self.repeats.take((entity, entities.object_in(entity, fact)), fact):
                    self.held[entity].append(fact)

    def read(self, wanted: Sequence[str]) -> Mapping[str, ObjectFacts]:
        return {entity: self._object(entity) for entity in wanted}

    def _object(self, entity: str) -> ObjectFacts:
        facts = sorted(self.held.get(entity, ()), key=lambda fact: -fact.at_us)
        if len(facts) <= self.rows:
            return ObjectFacts(facts, -(2**80))
        newest = facts[: self.rows]
        spread = entity.startswith("address#")
        return ObjectFacts(newest, newest[-1].at_us if spread else None)


class History:
    """A small cluster with much churn: few addresses, many pods one after the other."""

    def __init__(self, seed: int, events: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a test's own
        self.facts: list[AnyFact] = []
        self.now = 1_000 * SECOND
        self._held: dict[str, tuple[str, str, str]] = {}
        self._count = 0
        for name in NODES:
            self._add(NodeSeen, name=name, addresses=(f"10.0.9.{name[1]}",), created_us=self.now)
        for name in NAMESPACES:
            new = self._random.random() < 0.7
            self._add(NamespaceSeen, name=name, labels={"team": name}, is_new=new)
        for _ in range(events):
            self._step()

    def _add(self, kind: type, **values: object) -> None:
        self.now += self._random.randrange(1, 40) * SECOND // 10
        self._count += 1
        fact = kind(at_us=self.now, source="audit", event=f"e{self._count}", **values)
        self.facts.append(fact)

    def _step(self) -> None:
        choice = self._random.random()
        if choice < 0.55:
            self._pod()
        elif choice < 0.7:
            self._policy()
        elif choice < 0.78:
            self._service()
        elif choice < 0.84:
            self._add(LabelsPatched, resource="namespaces", namespace=(name := self._namespace()),
                      name=name, changes={"team": self._random.choice(("a", "b"))})  # fmt: skip
        elif choice < 0.92:
            node = self._random.choice((*NODES, None))
            self._add(EnforcingModeSeen, strict=self._random.random() < 0.5, node=node)
        else:
            self._node()

    def _namespace(self) -> str:
        return self._random.choice(NAMESPACES)

    def _labels(self) -> dict[str, str]:
        return {"app": self._random.choice(("web", "db"))}

    def _pod(self) -> None:
        address = self._random.choice(ADDRESSES)
        held = self._held.pop(address, None)
        if held is not None:
            self._end(*held, address)
        namespace, node = self._namespace(), self._random.choice(NODES)
        name, uid = f"pod-{self._random.randrange(30)}", f"u{self._count}"
        pod = {"namespace": namespace, "name": name, "uid": uid}
        owner = self._random.choice((Owner("ReplicaSet", "rs-1"), Owner("Job", "j"), None))
        ports = (ContainerPort(8080, name="http"),) if self._random.random() < 0.5 else ()
        body = {**pod, "labels": self._labels(), "owner": owner, "ports": ports}
        self._add(PodSeen, **body, created_us=self.now)
        self._add(Binding, **pod, node=node)
        for _ in range(self._random.randrange(4)):
            self._add(PodAddress, **pod, addresses=(address,), node=node, started_us=self.now)
            if self._random.random() < 0.3:
                self._add(NodeSeen, name=node, addresses=(f"10.0.9.{node[1]}",), hearsay=True)
        if self._random.random() < 0.2:
            self._add(LabelsPatched, resource="pods", namespace=namespace, name=name,
                      changes={"app": "relabelled"})  # fmt: skip
        self._held[address] = (namespace, name, uid)

    def _end(self, namespace: str, name: str, uid: str, address: str) -> None:
        pod = {"namespace": namespace, "name": name, "uid": uid}
        if self._random.random() < 0.3:
            self._add(PodTerminating, **pod, deadline_us=self.now + 30 * SECOND)
        if self._random.random() < 0.4:
            self._add(PodGone, **pod, ending="finished")
            self._add(PodAddress, **pod, addresses=(address,))
        if self._random.random() < 0.8:
            self._add(PodGone, **pod)

    def _policy(self) -> None:
        namespace, name = self._namespace(), f"p{self._random.randrange(3)}"
        if self._random.random() < 0.2:
            self._add(PolicyGone, namespace=namespace, name=name)
            return
        peers = (Peer(pod_selector=Selector({"app": self._random.choice(("web", "db"))})),)
        ports = self._random.choice(((), (Port(8080),), (Port("http"),)))
        rules = (Rule(peers=peers, ports=ports),) if self._random.random() < 0.6 else ()
        policy = NetworkPolicy(
            name=name,
            namespace=namespace,
            pod_selector=Selector({} if self._random.random() < 0.5 else self._labels()),
            directions=self._random.choice((("ingress",), ("egress",), ("ingress", "egress"))),
            ingress=rules,
            egress=rules,
        )
        for _ in range(self._random.randrange(1, 4)):
            self._add(PolicySeen, namespace=namespace, name=name, policy=policy)

    def _service(self) -> None:
        namespace, number = self._namespace(), self._random.randrange(2)
        self._add(
            ServiceSeen, namespace=namespace, name=f"s{number}",
            addresses=(f"172.20.{NAMESPACES.index(namespace)}.{number}",),
            selector=self._labels(),
            ports=(ServicePort(80, target=self._random.choice((8080, "http", None))),),
        )  # fmt: skip

    def _node(self) -> None:
        name = self._random.choice(NODES)
        if self._random.random() < 0.3:
            self._add(NodeGone, name=name)
        self._add(NodeSeen, name=name, addresses=(f"10.0.9.{name[1]}",), created_us=self.now)

    def flow(self) -> Flow:
        services = [f"172.20.{space}.{number}" for space in range(3) for number in range(2)]
        ends = (*ADDRESSES, *ADDRESSES, *services, "10.0.9.1", "8.8.8.8")
        source, destination = self._random.choice(ADDRESSES), self._random.choice(ends)
        ports = self._random.choice(((40_000, 8080), (8080, 40_000), (40_000, 80), (40_000, 22)))
        first = 1_000 * SECOND // 1000
        return Flow(
            form="cloudwatch", source_ip=source, source_port=ports[0], destination_ip=destination,
            destination_port=ports[1], protocol="TCP", verdict="DENY",
            node=self._random.choice((*NODES, None)),
            tier=self._random.choice((None, "DEFAULT", "NETWORK_POLICY")),
            timestamp=self._random.randrange(first, self.now // 1000 + 1000),
        )  # fmt: skip


def explain(flow: Flow, knowledge: Knowledge) -> Explanation:
    return Explainer(knowledge).explain(flow)


def essence(told: Explanation) -> tuple[object, ...]:
    """Leave out when things were shown: of facts that say the same, the first is kept."""
    ends = tuple((one.kind, one.namespace, one.name, one.workload, one.node, one.confidence)
                 for one in (told.source, told.destination))  # fmt: skip
    return (ends, told.direction, told.isolating, told.allowing, told.disposition,
            told.confidence, told.why)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), events=st.integers(1, 120), rows=st.integers(1, 60),
       reads=st.integers(0, 120))  # fmt: skip
def test_given_any_bound_an_answer_is_that_of_the_whole_knowledge(
    seed: int, events: int, rows: int, reads: int
) -> None:
    # given a history that is kept and known whole
    history = History(seed, events)
    whole, store = Knowledge(), Store(rows)
    whole.learn(history.facts)
    store.learn(history.facts)
    flows = list(dict.fromkeys(history.flow() for _ in range(12)))
    # when some flows are asked about together, with any bound
    answers = Gathering(store.read, max_reads=reads).answers(flows, explain)
    # then what has an answer has the right one
    for flow, told in answers.items():
        assert essence(told) == essence(explain(flow, whole))


@pytest.mark.parametrize("seed", range(5))
def test_given_room_for_all_of_it_nearly_everything_has_an_answer(seed: int) -> None:
    history = History(seed, 80)
    store = Store(10_000)
    store.learn(history.facts)
    flows = list(dict.fromkeys(history.flow() for _ in range(40)))
    answers = Gathering(store.read).answers(flows, explain)
    # only whether some pod calls a port by a name may rest on pods that nobody keeps together
    assert len(answers) >= 0.8 * len(flows)


@pytest.mark.parametrize("holders", [0, 5, 10, 15, 30, 400])
@pytest.mark.parametrize("namespaces", [1, 400])
def test_given_any_number_of_earlier_holders_a_violation_stays_one(
    holders: int, namespaces: int
) -> None:
    """One policy isolates a pod; the source's address had many short pods before."""
    # given
    store, second = Store(500), SECOND
    facts: list[AnyFact] = [
        NamespaceSeen(at_us=1, source="a", event="n", name="shop", labels={}, is_new=True),
        PolicySeen(
            at_us=2, source="a", event="p", namespace="shop", name="deny",
            policy=NetworkPolicy(
                name="deny", namespace="shop", pod_selector=Selector({}),
                directions=("ingress",),
            ),
        ),
    ]  # fmt: skip

    def pod(namespace: str, name: str, address: str, at_us: int) -> list[AnyFact]:
        return [
            PodSeen(at_us=at_us, source="a", event=f"{name}c", namespace=namespace, name=name,
                    uid=name, labels={}, created_us=at_us),
            Binding(at_us=at_us + 1, source="a", event=f"{name}b", namespace=namespace, name=name,
                    uid=name, node="n1"),
            PodAddress(at_us=at_us + 2, source="a", event=f"{name}a", namespace=namespace,
                       name=name, uid=name, addresses=(address,), node="n1"),
        ]  # fmt: skip

    facts += pod("shop", "db-0", "10.0.0.2", 10)
    for number in range(holders):
        namespace, name = f"job-{number % namespaces}", f"j-{number}"
        facts += pod(namespace, name, "10.0.0.1", (number + 1) * second)
        gone_us = (number + 1) * second + 500_000
        facts.append(PodGone(at_us=gone_us, source="a", event=f"{name}g",
                             namespace=namespace, name=name, uid=name))  # fmt: skip
    end = (holders + 2) * second
    facts += pod("shop", "web-1", "10.0.0.1", end)
    store.learn(facts)
    flow = Flow("cloudwatch", "10.0.0.1", 40_000, "10.0.0.2", 5432, "TCP", "DENY",
                node="n1", timestamp=end // 1000 + 1000)  # fmt: skip
    # when
    gathering = Gathering(store.read, max_reads=40)
    told = gathering.answers([flow], explain)[flow]
    # then
    assert (told.disposition, told.isolating) == ("violation", ("shop/deny",))
    assert told.source.name == "web-1"
    assert gathering.reads <= 24


def isolated_pod(at_us: int) -> list[AnyFact]:
    """Return facts of one pod that one policy isolates, in a namespace that was seen created."""
    return [
        NamespaceSeen(at_us=1, source="a", event="n", name="shop", labels={}, is_new=True),
        PolicySeen(
            at_us=2, source="a", event="p", namespace="shop", name="deny",
            policy=NetworkPolicy(
                name="deny", namespace="shop", pod_selector=Selector({"app": "db"}),
                directions=("ingress",),
            ),
        ),
        PodSeen(
            at_us=at_us, source="a", event="c", namespace="shop", name="db-0", uid="u",
            labels={"app": "db"}, owner=Owner("StatefulSet", "db"), created_us=at_us,
        ),
        Binding(at_us=at_us + 1, source="a", event="b", namespace="shop", name="db-0", uid="u",
                node="n1"),
        PodAddress(at_us=at_us + 2, source="a", event="s", namespace="shop", name="db-0", uid="u",
                   addresses=("10.0.0.2",), node="n1"),
    ]  # fmt: skip


def asked_from_outside(at_us: int) -> Flow:
    return Flow("cloudwatch", "8.8.8.8", 40_000, "10.0.0.2", 5432, "TCP", "DENY", node="n1",
                timestamp=at_us // 1000)  # fmt: skip


def test_given_a_neighbour_that_is_applied_200_times_a_policy_is_not_hidden() -> None:
    # given a GitOps controller that applies one policy again and again, and changes it each time
    store = Store(1_000)
    facts = isolated_pod(10)
    for number in range(200):
        at_us = (number + 1) * SECOND
        facts.append(
            PolicySeen(
                at_us=at_us, source="a", event=f"g{number}", namespace="shop", name="other",
                generation=number + 1,
                policy=NetworkPolicy(
                    name="other", namespace="shop", pod_selector=Selector({"app": "web"}),
                    directions=("ingress",),
                ),
            )
        )  # fmt: skip
    store.learn(facts)
    # when
    flow = asked_from_outside(300 * SECOND)
    told = Gathering(store.read).answers([flow], explain)[flow]
    # then
    assert (told.disposition, told.isolating) == ("violation", ("shop/deny",))


def test_given_forty_statuses_a_pods_labels_and_owner_stay_known() -> None:
    # given a kubelet that sends the same addresses again and again
    store = Store(30)
    facts = isolated_pod(10)
    facts += [
        PodAddress(at_us=(number + 1) * SECOND, source="a", event=f"s{number}", namespace="shop",
                   name="db-0", uid="u", addresses=("10.0.0.2",), node="n1")
        for number in range(40)
    ]  # fmt: skip
    store.learn(facts)
    # when
    flow = asked_from_outside(60 * SECOND)
    told = Gathering(store.read).answers([flow], explain)[flow]
    # then
    assert told.destination.workload is not None
    assert told.destination.workload.name == "db"
    assert told.isolating == ("shop/deny",)


@pytest.mark.parametrize("nodes", [30, 31, 1_000])
def test_given_any_number_of_nodes_the_mode_of_each_is_known(nodes: int) -> None:
    # given a strict cluster, each node of which says so, and a pod that no policy selects
    store = Store(30)
    facts = [fact for fact in isolated_pod(10) if not isinstance(fact, PolicySeen)]
    facts += [
        EnforcingModeSeen(at_us=20 + number, source="a", event=f"m{number}", strict=True,
                          node=f"n{number}")
        for number in range(nodes)
    ]  # fmt: skip
    store.learn(facts)
    # when
    flow = asked_from_outside(60 * SECOND)
    told = Gathering(store.read).answers([flow], explain)[flow]
    # then
    assert (told.disposition, told.why) == (
        "violation",
        "no policy selects the pod, and the enforcing mode is strict: it denies such pods",
    )
