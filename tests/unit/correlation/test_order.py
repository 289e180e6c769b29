"""Events may come late, doubled and in any order: what is found is the same."""

import random
from collections.abc import Sequence

import pytest

from netpolwatch.catalogue.loader import load
from netpolwatch.correlation.correlator import LATENESS_MS, Correlator
from netpolwatch.correlation.watches import Settled, Watches
from netpolwatch.kubernetes.audit import read_audit_event
from netpolwatch.kubernetes.facts import AnyFact
from tests.corpus import cluster_day, histories

WATCHES = Watches(load())
_SEEDS = 20
_BLOCK = 50


def _facts(events: Sequence[dict[str, object]]) -> list[tuple[AnyFact, ...]]:
    return [
        read_audit_event(str(event["message"]), int(str(event["timestamp"]))) for event in events
    ]


def _settled(facts: Sequence[tuple[AnyFact, ...]], until_ms: int) -> Settled:
    correlator = Correlator(WATCHES)
    for start in range(0, len(facts), _BLOCK):
        correlator.take([fact for each in facts[start : start + _BLOCK] for fact in each])
    return correlator.answer(until_ms + LATENESS_MS)


def _disordered(
    facts: list[tuple[AnyFact, ...]], generator: random.Random
) -> list[tuple[AnyFact, ...]]:
    given = [*facts, *generator.sample(facts, len(facts) // 3)]
    generator.shuffle(given)
    return given


def _days() -> dict[str, list[dict[str, object]]]:
    days = {name: histories.events(name) for name in histories.labels()}
    return {**days, "cluster-day": list(cluster_day.events("audit"))}


@pytest.mark.parametrize(("name", "events"), _days().items(), ids=_days())
def test_order_and_repetition_change_nothing(name: str, events: list[dict[str, object]]) -> None:
    # given
    facts = _facts(events)
    until_ms = max(int(str(event["timestamp"])) for event in events)
    in_order = _settled(facts, until_ms)
    # when the events come in any order, a third of them twice
    for seed in range(_SEEDS):
        disordered = _disordered(facts, random.Random(seed))  # noqa: S311  # a shuffle
        # then
        assert _settled(disordered, until_ms) == in_order, (name, seed)
