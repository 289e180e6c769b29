"""The whole of telling: what is told when, and that nothing is lost whatever fails."""

import msgspec
import pytest

from netpolwatch.findings.items import SILENCES_KEY, SilencesItem
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import BudgetNotice, DigestNotice, FindingNotice, GroupNotice
from netpolwatch.findings.recording import end
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.silences import Silence
from netpolwatch.ingest.timestamps import rfc3339
from tests.unit.findings.making import NOON, entry
from tests.unit.findings.world import IPAM, LINK, MINUTE_MS, UNREACHABLE, World, denied, fault


def told(world: World) -> list[str]:
    """Say in short what the first channel got."""
    shown = []
    for notice in world.messages():
        if isinstance(notice, FindingNotice):
            shown.append(f"{notice.reason} {notice.finding.subject.get('node')}")
        else:
            rows = getattr(notice, "rows", ())
            shown.append(f"{type(notice).__name__} {len(rows)}")
    return shown


def test_one_fault_is_told_once_and_its_end_once() -> None:
    # given
    world = World()
    # when it is seen in two batches, and falls silent
    world.observe(fault(), batch="1")
    world.notify()
    world.observe(fault(at=NOON + 1), batch="2")
    world.sweep(60)
    # then
    assert told(world) == ["opened node-1", "resolved node-1"]
    (item,) = world.findings()
    assert (item.state.status, item.state.count, item.timer_at) == ("resolved", 2, None)
    assert item.outbox == ()


def test_a_fault_whose_end_is_seen_is_over_at_once() -> None:
    # given a fault, and the line that shows its end
    world = World()
    world.observe(fault(at=NOON + 5), batch="1")
    world.notify()
    # when an older end comes late, and then the end of this one, twice
    for at in (NOON, NOON + 9, NOON + 9):
        end(world.ledger, [fault(at=at)], world.entries, now_ms=world.now, rules=world.rules)
        world.notify()
        (item,) = world.findings()
        assert (item.state.status == "resolved") is (at > NOON)
    # then
    assert told(world) == ["opened node-1"]
    assert item.state.resolved_at == NOON + 9
    world.sweep(12)
    assert told(world) == ["opened node-1", "GroupNotice 1"]
    # and what was never seen cannot end
    end(world.ledger, [fault(node="node-9")], world.entries, now_ms=world.now, rules=world.rules)
    assert len(world.findings()) == 1


def test_a_fault_that_comes_back_is_the_same_finding_in_its_next_episode() -> None:
    world = World()
    world.observe(fault(), batch="1")
    world.sweep(60)
    world.observe(fault(at=world.now), batch="2")
    world.notify()
    assert told(world) == ["opened node-1", "resolved node-1", "opened node-1"]
    (item,) = world.findings()
    assert (item.state.episode, item.state.status, item.state.count) == (2, "open", 1)


def test_what_comes_late_does_not_bring_a_finding_back() -> None:
    world = World()
    world.observe(fault(at=NOON), batch="1")
    world.sweep(60)
    world.observe(fault(at=NOON + 5), batch="2")
    world.sweep(5)
    assert told(world) == ["opened node-1", "resolved node-1"]
    (item,) = world.findings()
    assert (item.state.status, item.state.episode, item.state.count) == ("resolved", 1, 2)


def test_a_late_log_is_no_silence() -> None:
    # given a backlog: events of an hour ago, recorded now
    world = World()
    world.observe(fault(at=NOON - 60 * MINUTE_MS), batch="1")
    world.sweep(5)
    assert told(world) == ["opened node-1"]


def test_one_issue_on_many_nodes_is_two_messages() -> None:
    world = World()
    for number in range(30):
        world.observe(fault(node=f"node-{number}"), batch=str(number))
        world.notify()
    world.sweep(11)
    assert told(world) == ["opened node-0", "GroupNotice 29"]
    table = world.messages()[1]
    assert isinstance(table, GroupNotice)
    assert (table.kind, table.key, table.more) == ("issue", LINK.id, 0)


def test_one_node_with_many_issues_is_two_messages() -> None:
    world = World()
    for issue in (LINK.id, IPAM.id):
        world.observe(fault(issue), batch=issue)
        world.notify()
    world.sweep(11)
    assert told(world) == ["opened node-1", "GroupNotice 1"]


def test_a_group_without_news_closes() -> None:
    world = World()
    world.observe(fault(), batch="1")
    world.sweep(15)
    assert not [key for key in world.ledger.items() if key.startswith("group#")]


def test_a_graver_finding_does_not_wait_for_its_group() -> None:
    world = World()
    world.observe(fault(), batch="1")
    world.notify()
    world.observe(fault(severity="critical"), batch="2")
    world.notify()
    assert told(world) == ["opened node-1", "risen node-1"]


def test_what_explains_a_finding_silences_it_until_it_is_over() -> None:
    # given IPAM down on a node
    world = World()
    world.observe(fault(IPAM.id), batch="1")
    world.notify()
    # when its consequence is seen, on this node and on another
    world.observe(fault(UNREACHABLE.id), batch="2")
    world.observe(fault(UNREACHABLE.id, "node-2"), batch="3")
    world.notify()
    assert told(world) == ["opened node-1", "opened node-2"]
    assert world.suppressed == {"inhibited": 1}
    # when IPAM is well again and the consequence stays
    for minute in range(50):
        world.sweep()
        world.observe(fault(UNREACHABLE.id, at=world.now), batch=f"again-{minute}")
    # then it is told after all
    named = {
        row.issue + row.subject for one in world.messages() for row in getattr(one, "rows", ())
    }
    assert UNREACHABLE.id + "node node-1" in named


def test_a_silence_holds_and_what_goes_on_is_told_after_it() -> None:
    # given
    world = World()
    silence = Silence(id="s1", issue="npa-*", author="me", reason="upgrade", begins=NOON,
                      ends=NOON + 20 * MINUTE_MS)  # fmt: skip
    world.ledger.change(
        [SILENCES_KEY], lambda _: {SILENCES_KEY: SilencesItem(silences=(silence,))}, NOON
    )
    # when
    for minute in range(19):
        world.observe(fault(at=world.now), batch=str(minute))
        world.sweep()
    # then
    assert told(world) == []
    world.sweep(2)
    assert told(world) == ["opened node-1"]


def test_a_silenced_fault_that_is_over_is_never_told() -> None:
    world = World()
    silence = Silence(id="s1", author="me", reason="upgrade", begins=NOON, ends=2 * NOON)
    world.ledger.change(
        [SILENCES_KEY], lambda _: {SILENCES_KEY: SilencesItem(silences=(silence,))}, NOON
    )
    world.observe(fault(), batch="1")
    world.sweep(120)
    assert told(world) == []


def test_new_denied_conversations_are_one_digest() -> None:
    world = World()
    for number in range(12):
        world.observe(denied(f"10.0.0.{number}", at=world.now), batch=str(number))
        world.observe(denied(f"10.0.0.{number}", at=world.now), batch=f"{number} again")
        world.sweep()
    world.sweep(10)
    assert told(world) == ["DigestNotice 12"]
    (digest,) = world.messages()
    assert isinstance(digest, DigestNotice)
    assert (digest.set_aside, digest.severity) == ({"reply": 7}, "low")


def test_a_digest_names_its_ends_by_what_is_known_and_seen_when_it_is_told() -> None:
    # given a conversation that is seen again after it was put to the digest
    named: list[Finding] = []

    def name(finding: Finding) -> Finding:
        named.append(finding)
        return msgspec.structs.replace(finding, subject={"who": "shop/Deployment/web"})

    world = World(name=name)
    world.observe(denied("10.0.0.1", at=world.now), batch="1")
    world.sweep(10)
    last = world.now
    world.observe(denied("10.0.0.1", at=last, count=4), batch="2")
    assert named == []
    # when
    world.sweep(10)
    # then
    (digest,) = world.messages()
    assert isinstance(digest, DigestNotice)
    (row,) = digest.rows
    assert (row.subject, row.count, row.status) == ("who shop/Deployment/web", 5, "open")
    assert row.last_seen == named[0].last_seen == rfc3339(last)


@pytest.mark.parametrize(("reassigned", "digests"), [(True, 2), (False, 1)])
def test_a_told_conversation_is_told_again_only_when_another_workload_has_its_address(
    reassigned: bool, digests: int
) -> None:
    # given a conversation that began a little before it was told
    asked: list[str | None] = []
    web, reindex = ({"ip": "10.0.0.1", "kind": "pod", "name": name} for name in ("web", "reindex"))

    def name(finding: Finding) -> Finding:
        asked.append(finding.first_seen)
        later = (reindex,) if reassigned else ()
        return msgspec.structs.replace(finding, identities=(web, web, *later))

    world = World(name=name)
    told_at, began = world.now, world.now - 10 * MINUTE_MS
    world.observe(denied("10.0.0.1", at=began), batch="1")
    world.sweep(61)
    # when it goes on, and its source's address belongs to another workload, or does not
    world.observe(denied("10.0.0.1", at=world.now), batch="2")
    world.sweep(61)
    # then it is asked against the time of its telling; a digest's row is of the whole finding
    assert told(world) == ["DigestNotice 1"] * digests
    assert asked == [rfc3339(one) for one in (began, told_at, began)][: 1 + digests]
    assert not any(item.outbox for item in world.findings())


@pytest.mark.parametrize(("late", "severity"), [(0, "medium"), (5, "low")])
def test_hours_that_are_told_late_and_in_any_order_are_no_surge(late: int, severity: str) -> None:
    # given the logs of an hour, and then of one three hours after it: those between are missing yet
    world = World()
    begin = world.now - (3 + late) * 60 * MINUTE_MS
    world.observe(denied("10.0.0.1", at=begin, count=36), batch="1")
    world.observe(denied("10.0.0.1", at=begin + 3 * 60 * MINUTE_MS, count=66), batch="4")
    # then it is one only where that is now
    (found,) = world.findings()
    assert found.state.severity == severity


def test_a_surge_is_told_at_once() -> None:
    # given a conversation that is denied now and then, for half a day
    world = World()
    for hour in range(12):
        world.observe(denied("10.0.0.1", at=world.now, count=4), batch=str(hour))
        world.sweep(60)
    # when a retry storm begins
    world.observe(denied("10.0.0.1", at=world.now, count=400), batch="storm")
    world.notify()
    world.observe(denied("10.0.0.1", at=world.now + 1, count=400), batch="storm goes on")
    world.notify()
    # then
    assert told(world) == ["DigestNotice 1", "surged None"]
    assert world.messages()[1].severity == "medium"


def test_the_budget_holds_and_tells_what_it_held_back() -> None:
    # given
    world = World(rules=Rules(messages_an_hour=3))
    # when more comes than an hour may tell
    for number in range(8):
        issue = (LINK.id, UNREACHABLE.id, IPAM.id)[number % 3]
        world.observe(fault(issue, f"node-{number}"), batch=str(number))
        world.sweep(11)
    world.sweep(60)
    # then
    assert sum(isinstance(one, BudgetNotice) for one in world.messages()) >= 1
    assert {item.state.id for item in world.findings()} <= world.channels[0].told()
    others = [one for one in world.messages() if not isinstance(one, BudgetNotice)]
    assert len(others) <= 3 * 3


def test_a_finding_that_goes_on_is_told_again_after_its_interval() -> None:
    world = World()
    for quarter in range(4 * 25):
        world.observe(fault(at=world.now), batch=str(quarter))
        world.sweep(15)
    assert told(world) == ["opened node-1", "repeated node-1"]


def test_a_channel_that_is_down_for_an_hour_gets_everything_after_the_gravest_first() -> None:
    # given one channel down, another well
    world = World()
    world.channels[1].failing = 1.0
    world.observe(fault(LINK.id, "node-1"), batch="1")
    world.observe(fault(IPAM.id, "node-2", severity="critical"), batch="2")
    world.sweep(20)
    assert len(world.channels[0].taken) == 2
    # when it comes back
    world.channels[1].failing = 0.0
    world.channels[1].taken.clear()
    world.sweep(60)
    # then
    names = [
        one.finding.severity for one in world.messages(1)
        if isinstance(one, FindingNotice) and one.reason == "opened"
    ]  # fmt: skip
    assert names == ["critical", "high"]
    assert len({ids for ids, _ in world.channels[1].taken}) == len(world.channels[1].taken)


def test_an_issue_on_many_nodes_is_told_again_as_graver() -> None:
    # given an issue on two nodes, the second of which waits for its group's table
    world = World()
    for number in (1, 2):
        world.observe(fault(IPAM.id, f"node-{number}"), batch=str(number))
        world.notify()
    # when a third node shows it, and the first one again
    world.observe(fault(IPAM.id, "node-3"), batch="3")
    world.notify()
    world.observe(fault(IPAM.id, "node-1"), batch="4")
    world.notify()
    # then
    assert told(world) == ["opened node-1", "opened node-3"]
    graver = world.messages()[1]
    assert isinstance(graver, FindingNotice)
    assert graver.finding.escalated == "3 nodes within 1 h"
    assert graver.severity == "critical"
    # and those that wait have their table, as grave as the third by then
    world.sweep(11)
    assert told(world)[2:] == ["GroupNotice 2"]
    assert world.messages()[2].severity == "critical"


def test_a_fault_beside_its_cause_is_graver_while_that_is_open() -> None:
    def graver(world: World) -> dict[object, str | None]:
        states = [item.state for item in world.findings() if item.state.issue == LINK.id]
        return {state.subject["node"]: state.escalated for state in states}

    # given its cause on one of two nodes
    world = World()
    world.observe(fault(IPAM.id), batch="1")
    world.observe(fault(), fault(node="node-2"), batch="2")
    assert graver(world) == {"node-1": f"beside {IPAM.id}", "node-2": None}
    # when all of it is over, and the fault comes back alone
    world.sweep(60)
    world.observe(fault(at=world.now), batch="3")
    # then
    assert graver(world) == {"node-1": None, "node-2": None}


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_nodes_is_a_handful_of_messages_and_few_writes(seed: int) -> None:
    # given an issue on a hundred nodes in ten minutes, with a ledger that now and then fails
    world = World(seed, faults=0.02)
    for minute in range(10):
        for node in world.random.sample(range(100), 100):
            batch = f"{minute}/{node}"
            world.observe(fault(IPAM.id, f"node-{node}", at=world.now), batch=batch)
            world.notify()
        world.sweep()
    world.sweep(12)
    # then each is graver, people are told once, and the nodes were written down three times a step
    states = [item.state for item in world.findings()]
    assert {state.severity for state in states} == {"critical"}
    assert len({identity for identity, _ in world.channels[0].taken}) <= 8
    (spread,) = [key for key in world.ledger.stored if key.startswith("spread#")]
    assert world.ledger.stored[spread][0] <= 2 * 3


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_is_a_handful_of_messages(seed: int) -> None:
    # given 200,000 sightings of 5 faults over 100 nodes in ten minutes
    issues = [LINK.id, IPAM.id, "npa-panic", "npa-crashloop", "conntrack-table-full"]
    world = World(seed, entries={issue: entry(id=issue) for issue in issues})
    per_node = 200_000 // (len(issues) * 100 * 10)
    for minute in range(10):
        for node in range(100):
            seen = [fault(issue, f"node-{node}", at=world.now, count=per_node) for issue in issues]
            world.random.shuffle(seen)
            world.observe(*seen, batch=f"{minute}/{node}")
            world.notify()
        world.sweep()
    # when it is over
    world.sweep(12)
    # then
    assert len(world.messages()) <= 12
    named = {row.issue for one in world.messages() for row in getattr(one, "rows", ())}
    named |= {one.finding.issue for one in world.messages() if isinstance(one, FindingNotice)}
    assert named == set(issues)
    assert sum(item.state.count for item in world.findings()) == 200_000
