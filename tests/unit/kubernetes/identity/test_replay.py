"""Who owned an address: as a replay of all events in the order of their time says."""

import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from netpolwatch.kubernetes.facts import AnyFact, Owner, PodAddress, PodGone, PodSeen
from netpolwatch.kubernetes.identity import Knowledge

SECOND_US = 1_000_000
ADDRESSES = ("10.0.0.1", "10.0.0.2", "2600:1f14::1")


@dataclass(frozen=True)
class Life:
    """One pod's life, in seconds: made, given its address, gone."""

    name: str
    address: str
    made: int
    up: int
    gone: int

    @property
    def facts(self) -> list[AnyFact]:
        return [
            PodSeen(namespace="x", name=self.name, uid=self.name, owner=Owner("DaemonSet", "d"),
                    created_us=self.made * SECOND_US, at_us=self.made * SECOND_US, source="test"),
            PodAddress(namespace="x", name=self.name, uid=self.name, addresses=(self.address,),
                       started_us=self.made * SECOND_US, at_us=self.up * SECOND_US, source="test"),
            PodGone(namespace="x", name=self.name, uid=self.name, at_us=self.gone * SECOND_US,
                    source="test"),
        ]  # fmt: skip


@st.composite
def lives(draw: st.DrawFn) -> list[Life]:
    """Draw pods that follow one another on each of some addresses, seconds apart."""
    drawn = []
    for address in ADDRESSES:
        now = 0
        for number in range(draw(st.integers(0, 5))):
            made = now + draw(st.integers(1, 30))
            up = made + draw(st.integers(1, 10))
            gone = up + draw(st.integers(2, 300))
            drawn.append(Life(f"p{number}-{address[-1]}-{address[0]}", address, made, up, gone))
            now = gone
    return drawn


def replayed(facts: list[AnyFact], at_us: int) -> dict[str, str]:
    """Replay all events up to a time, and say who holds which address then."""
    held: dict[str, str] = {}
    for fact in sorted(facts, key=lambda fact: fact.at_us):
        if fact.at_us > at_us:
            break
        if isinstance(fact, PodAddress):
            held |= dict.fromkeys(fact.addresses, fact.name)
        elif isinstance(fact, PodGone):
            held = {address: name for address, name in held.items() if name != fact.name}
    return held


@settings(max_examples=150, deadline=None)
@given(lives(), st.randoms(use_true_random=False))
def test_the_owner_is_who_a_replay_says_however_late_events_come(
    pods: list[Life], order: random.Random
) -> None:
    # given the events of some pods, in any order, some of them twice
    facts = [fact for pod in pods for fact in pod.facts]
    delivered = [*facts, *order.sample(facts, len(facts) // 3)]
    order.shuffle(delivered)
    known = Knowledge()
    known.learn(delivered)
    for pod in pods:
        # when it is asked while a pod has its address, and in the second after it is gone
        for second in (pod.up, order.randint(pod.up, pod.gone - 1), pod.gone):
            at_us = second * SECOND_US + SECOND_US // 2
            held = replayed(facts, at_us)
            asked = known.owner(pod.address, at_us // 1000)
            # then the answer is the replay's; of nobody's address it names who had it
            assert (asked.name if asked.kind == "pod" else None) == held.get(pod.address)
            if pod.address not in held:
                assert asked.previous == f"x/{pod.name}"
            else:
                assert asked.confidence == "high"
