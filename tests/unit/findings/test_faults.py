"""Nothing is lost and nothing told twice, whatever fails, in whatever order things come.

What fails: writes and reads (throttled, contended, a crash before or after), channels, the second
table, records of the stream (lost, doubled, mixed up), clocks (5 minutes apart), passes that end
before they have done all; what comes may be twice, late, and of any text.
`FAULT_SCENARIOS=10000` runs as many scenarios (`make test-faults`); each is one seed.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest

from netpolwatch.findings.items import FindingItem
from netpolwatch.findings.notices import FindingNotice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.rules import Rules
from tests.unit.findings.world import (
    ALL,
    CONVERSATION,
    IPAM,
    LINK,
    MINUTE_MS,
    UNREACHABLE,
    World,
    denied,
    fault,
)

SCENARIOS = int(os.environ.get("FAULT_SCENARIOS", "400"))
SHARE = 50
"""Scenarios of one test."""

HOUR_MS = 60 * MINUTE_MS
LONG_MS = 10 * 60 * MINUTE_MS

HOSTILE = ("\x01\x1b[2J" * 40, "\U0001f980" * 190, '"\\' * 95, " <@U1> https://evil.example")
"""Text of whoever writes logs: a value is cut at 200 characters."""

ISSUES = (LINK.id, IPAM.id, UNREACHABLE.id, CONVERSATION.id)


@dataclass(frozen=True)
class Delivery:
    """A batch, and when it comes (ms after the begin)."""

    at: int
    name: str
    seen: tuple[Observation, ...]


def deliveries(world: World) -> list[Delivery]:
    """Make some hours of batches: bursts, duplicates, and some that come late."""
    made: list[Delivery] = []
    for number in range(world.random.randint(1, 25)):
        at = world.random.randrange(0, 180) * MINUTE_MS
        count = world.random.choice([1, 1, 1, 2, 5, 30])
        seen = {one.id: one for one in (_observed(world, at) for _ in range(count))}
        batch = Delivery(at, f"batch-{number}", tuple(seen.values()))
        made.append(batch)
        while world.random.random() < 0.3:
            late = world.random.randrange(0, 30) * MINUTE_MS
            made.append(Delivery(at + late, batch.name, batch.seen))
    return sorted(made, key=lambda one: (one.at, one.name))


def _observed(world: World, at: int) -> Observation:
    issue = world.random.choice(ISSUES)
    name = f"node-{world.random.randrange(6)}{world.random.choice(world.suffixes)}"
    seen = world.now + at - world.random.choice([0, 0, 0, 5, 40]) * MINUTE_MS
    count = world.random.choice([1, 1, 3, 100])
    return (
        denied(name, seen, count) if issue == CONVERSATION.id else fault(issue, name, seen, count)
    )


def run(seed: int) -> tuple[World, Counter[str], list[Delivery]]:
    """Run one scenario to its end, and count what was really seen."""
    entries = {
        name: msgspec.structs.replace(one, resolve_after_ms=LONG_MS if seed % 2 else 30 * MINUTE_MS)
        for name, one in ALL.items()
    }
    world = World(seed, rules=Rules(messages_an_hour=12), entries=entries)
    world.faults = world.random.choice([0.0, 0.02, 0.1])
    world.channels[1].failing = world.random.choice([0.0, 0.3])
    world.skew_ms = world.random.choice([0, 0, 5 * MINUTE_MS])
    world.disturbed = world.random.choice([0.0, 0.3])
    world.unnamed = world.random.choice([0.0, 0.5])
    world.unfinished = world.random.choice([0.0, 0.5])
    world.suffixes = world.random.choice([("",), ("",), HOSTILE])
    batches, seen, counted = deliveries(world), Counter[str](), set[str]()
    waiting = [*batches]
    begin = world.now
    for minute in range(181):
        if seed % 3 == 0:
            for messages in _apart([b for b in waiting if b.at <= minute * MINUTE_MS]):
                waiting = waiting[len(messages) :]
                world.settle(messages)
                for name in messages:
                    _count(name, batches, seen, counted)
                world.notify()
        while waiting and waiting[0].at <= minute * MINUTE_MS:
            batch = waiting.pop(0)
            world.observe(*batch.seen, batch=batch.name)
            _count(batch.name, batches, seen, counted)
            if world.random.random() < 0.7:
                world.notify()
        if world.random.random() < 0.9:
            world.sweep()
        world.now = begin + (minute + 1) * MINUTE_MS
    # The world becomes well, and time passes: longer than any finding's silence.
    world.faults, world.channels[1].failing = 0.0, 0.0
    world.skew_ms, world.disturbed, world.unnamed, world.unfinished = 0, 0.0, 0.0, 0.0
    world.sweep(240)
    world.now += 25 * 60 * MINUTE_MS
    world.sweep(240)
    return world, seen, batches


def _count(name: str, batches: list[Delivery], seen: Counter[str], counted: set[str]) -> None:
    if name not in counted:
        counted.add(name)
        batch = next(one for one in batches if one.name == name)
        seen.update({one.id: one.count for one in batch.seen})


def _apart(batches: list[Delivery]) -> Iterator[dict[str, tuple[Observation, ...]]]:
    """Part messages, in their order, in those that show different findings."""
    messages: dict[str, tuple[Observation, ...]] = {}
    for batch in batches:
        shown = {one.id for seen in messages.values() for one in seen}
        if shown & {one.id for one in batch.seen}:
            yield messages
            messages = {}
        messages[batch.name] = batch.seen
    yield messages


def check(world: World, seen: Counter[str]) -> None:
    """Check what must hold at the end of every scenario."""
    items = {item.state.id: item for item in world.findings()}
    for identity, item in items.items():
        # A count is an episode's: the whole of it where nothing falls silent for long enough.
        assert 0 < item.state.count <= seen[identity]
        assert item.state.episode > 1 or item.state.count == seen[identity]
    assert items.keys() == seen.keys()
    assert {item.state.status for item in items.values()} <= {"resolved"}
    assert not any(item.outbox for item in world.ledger.items().values())
    assert not world.refused
    for channel in world.channels:
        assert set(items) - channel.told() <= _inhibited(items)
    _check_repeats(world)
    _check_gravity(items)
    others = [key for key in world.ledger.stored if not key.startswith(("finding#", "batch#"))]
    assert len(others) <= 24


def check_crowds(world: World, batches: list[Delivery]) -> None:
    """Check that what was seen on many nodes, or often, is graver in whatever order it came."""
    shown = {
        (one.first_seen or 0, str(one.subject["node"]))
        for batch in batches
        for one in batch.seen
        if one.issue == IPAM.id
    }
    crowded = any(
        len({node for at, node in shown if end - HOUR_MS <= at <= end}) >= 3 for end, _ in shown
    )
    states = [item.state for item in world.findings() if item.state.issue == IPAM.id]
    if crowded and all(state.episode == 1 for state in states):
        assert "critical" in {state.severity for state in states}
    often = {one.id for batch in batches for one in batch.seen if one.count >= 80}
    for item in world.findings():
        if item.state.issue == UNREACHABLE.id and item.state.episode == 1:
            assert item.state.id not in often or item.state.severity == "critical"


def _check_gravity(items: dict[str, FindingItem]) -> None:
    for item in items.values():
        grave = item.state.severity == "critical"
        assert grave is (item.state.escalated is not None)


def _inhibited(items: dict[str, FindingItem]) -> set[str]:
    """Find those that something explained as long as they were there."""
    explained = {entry for one in ALL.values() for entry in one.inhibits}
    return {identity for identity, item in items.items() if item.state.issue in explained}


def _check_repeats(world: World) -> None:
    for channel in world.channels:
        last: dict[str, list[str]] = {}
        for identity, notice in channel.taken:
            if isinstance(notice, FindingNotice):
                # A lost answer or a crash repeats a message, and then under the same id.
                ids = last.setdefault(f"{notice.finding.id}/{notice.finding.episode}", [])
                if identity not in ids:
                    ids.append(identity)
        for told in last.values():
            # opened, risen, resolved; nothing here lives for a repeat interval.
            assert len(told) <= 3
    if world.crashes == 0 and world.channels[0].failing == 0:
        ids = [identity for identity, _ in world.channels[0].taken]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("share", range(-(-SCENARIOS // SHARE)))
def test_whatever_fails_nothing_is_lost(share: int) -> None:
    for seed in range(share * SHARE, min(SCENARIOS, (share + 1) * SHARE)):
        world, seen, batches = run(seed)
        try:
            check(world, seen)
            check_crowds(world, batches)
        except AssertionError as error:
            error.add_note(f"scenario {seed}")
            raise
