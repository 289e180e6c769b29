"""Our evaluator against an independent one, over clusters and policies from seeds.

`DIFFERENTIAL_SCENARIOS=10000` asks as many (`make test-differential`); each is one seed.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.differential.both import ours, theirs
from tests.differential.dialect import rewritten
from tests.differential.questions import Answer, Answers, Flow, Scenario
from tests.differential.scenarios import VALUES, scenario

SCENARIOS = int(os.environ.get("DIFFERENTIAL_SCENARIOS", "400"))
SHARE = 100
"""Scenarios of one test, and of one process of the other implementation."""


@pytest.mark.parametrize("first", range(0, SCENARIOS, SHARE))
def test_both_answer_alike(first: int) -> None:
    # given
    seeds = range(first, min(first + SHARE, SCENARIOS))
    made = [scenario(seed) for seed in seeds]
    # when
    theirs_told = theirs([_retold(each) for each in made])
    # then
    for seed, given, told in zip(seeds, made, theirs_told, strict=True):
        assert told["refused"] is None, (seed, told["refused"])
        for flow, own, other in _answers(given, ours(given), told):
            if own != other:
                pytest.fail(_disagreement(seed, given, flow, own, other))


def test_scenarios_ask_for_what_is_not_obvious() -> None:
    # given
    made = [scenario(seed) for seed in range(SHARE)]
    # when
    counts = Counter(
        ("allowed" if own["allowed"] else "denied") if own["isolating"] else "open"
        for given in made
        for _, own, _ in _answers(given, ours(given), ours(given))
        if own
    )
    # then
    assert min(counts["allowed"], counts["denied"], counts["open"]) > counts.total() / 10


def _retold(given: Scenario) -> Scenario:
    return {**given, "policies": [rewritten(each, VALUES) for each in given["policies"]]}


def _answers(
    given: Scenario, own: Answers, other: Answers
) -> Iterator[tuple[Flow, Answer | None, Answer | None]]:
    yield from zip(given["flows"], own["ingress"], other["ingress"], strict=True)
    yield from zip(given["flows"], own["egress"], other["egress"], strict=True)


def _disagreement(
    seed: int, given: Scenario, flow: Flow, own: Answer | None, other: Answer | None
) -> str:
    ends = [body for body in given["pods"]
            if f"{body['metadata']['namespace']}/{body['metadata']['name']}" in flow]  # fmt: skip
    facts = {"seed": seed, "flow": flow, "ours": own, "theirs": other, "ends": ends,
             "namespaces": given["namespaces"], "policies": given["policies"]}  # fmt: skip
    return "\n".join(f"{name}: {json.dumps(fact)}" for name, fact in facts.items())
