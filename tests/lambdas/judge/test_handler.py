"""What a deployment says of a cluster's day, from put events to findings and metrics."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.corpus import cluster_day
from tests.lambdas.conftest import Deployment
from tests.lambdas.settled_day import (
    Event,
    by_cluster_time,
    deliver,
    received_again,
    sums,
    waiting,
)
from tests.unit.aws.findings_store import items

SHUFFLED_MS = 120_000


def shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    """Deliver events out of order, each up to two minutes late."""
    rng = random.Random(seed)  # noqa: S311  # a test's own
    return sorted(events, key=lambda event: event["timestamp"] + rng.randrange(SHUFFLED_MS))


def true_dispositions() -> Counter[str]:
    return Counter(one["disposition"] for one in cluster_day.truth() if one["verdict"] == "DENY")


@pytest.mark.parametrize("seed", [None, 1])
def test_given_a_day_then_its_denies_are_what_they_truly_were(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], seed: int | None
) -> None:
    # given a cluster's day: audit events and verdicts, in order or shuffled within two minutes
    day = by_cluster_time(cluster_day.events("audit"), cluster_day.events("flows"))
    deliver(deployment.analyzer, day if seed is None else shuffled(day, seed))
    # when what waits is judged, some messages at once
    messages = waiting(deployment.sqs, deployment.queue)
    for start in range(0, len(messages), 50):
        batch = received_again(messages[start : start + 50], times=3)
        answer = deployment.judge.handle({"Records": batch}, None)
        assert answer == {"batchItemFailures": []}
    # then
    told = sums(capsys, "Denies")
    truth = true_dispositions()
    assert told.total() == truth.total()
    wrong = sum((truth - told).values())
    assert wrong <= 0.02 * truth.total(), (told, truth)


def test_given_the_same_messages_three_times_then_they_count_once(
    deployment: Deployment,
) -> None:
    # given
    deliver(deployment.analyzer, cluster_day.events("flows")[:60])
    messages = received_again(waiting(deployment.sqs, deployment.queue), times=3)
    # when they come in other batches, and again
    for size in (9, 1_000):
        for start in range(0, len(messages), size):
            deployment.judge.handle({"Records": messages[start : start + size]}, None)
        if size == 9:
            once = items(deployment.table)
    # then nothing has changed
    assert items(deployment.table) == once
