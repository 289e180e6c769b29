"""Every target over its seeds, and over mutations for about a second each."""

import time
from itertools import islice

import pytest

from tests.fuzz.minimal import failure, minimal
from tests.fuzz.mutation import mutated
from tests.fuzz.registry import load, names

SECONDS = 1.0
SEED = 20_260_609


@pytest.mark.parametrize("name", names())
def test_seeds_and_mutations_break_no_promise(name: str) -> None:
    target = load(name)
    assert target.seeds
    for data in target.seeds:
        target.check(data)
    end = time.monotonic() + SECONDS
    for data in mutated(target.seeds, SEED):
        found = failure(target.check, data)
        if found is not None:
            pytest.fail(f"{found!r} for {minimal(target.check, data)!r}")
        if time.monotonic() > end:
            break


def test_mutations_are_the_same_each_time() -> None:
    seeds = load("times").seeds
    assert list(islice(mutated(seeds, 7), 50)) == list(islice(mutated(seeds, 7), 50))


def test_a_failing_input_is_made_small() -> None:
    def check(data: bytes) -> None:
        if b"x" in data and b"yy" in data:
            raise ValueError

    assert minimal(check, b"aaaa x bbbbbbbb yyy cccc") in (b"xyy", b"yyx")
