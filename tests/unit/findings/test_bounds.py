"""What is grave is told in time, whatever else comes: by severity, and within bounds."""

from collections.abc import Sequence

import msgspec
import pytest

from netpolwatch.findings.housekeeping import rearm, sweep_due
from netpolwatch.findings.items import (
    BudgetItem,
    Changes,
    GroupItem,
    Items,
    budget_key,
    digest_key,
    finding_key,
)
from netpolwatch.findings.lanes import FINDING_LANES, timer_lane
from netpolwatch.findings.ledger import Decide
from netpolwatch.findings.notices import (
    MAX_ROWS,
    BudgetNotice,
    DigestNotice,
    FindingNotice,
    GroupNotice,
    row_of,
)
from netpolwatch.findings.routing import Router
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.sweeping import Sweep
from tests.unit.findings.making import CLUSTER, NOON, finding
from tests.unit.findings.memory_ledger import MemoryLedger
from tests.unit.findings.world import (
    ALL,
    IPAM,
    LINK,
    MINUTE_MS,
    RULES,
    World,
    denied,
    fault,
)

HOUR_MS = 60 * MINUTE_MS
POISON = finding_key(fault(node="node-7").id)


class PoisonedLedger(MemoryLedger):
    """A ledger that refuses every write of one item, as DynamoDB refuses one that is too large."""

    def change(self, keys: Sequence[str], decide: Decide, now_ms: int) -> Changes:
        if keys[0] == POISON:
            raise ValueError("Item size has exceeded the maximum allowed size")
        return super().change(keys, decide, now_ms)


def surging(world: World, conversations: int) -> None:
    """Make conversations surge that were denied now and then for five hours."""
    sources = [f"10.0.0.{number}" for number in range(conversations)]
    for hour in range(5):
        world.observe(*(denied(each, at=world.now) for each in sources), batch=f"hour-{hour}")
        world.sweep(60)
    seen = [denied(each, at=world.now, count=70) for each in sources]
    world.observe(*seen, batch="the surge")
    world.notify()


def test_surges_of_a_cluster_are_one_message_and_a_table() -> None:
    # given seventy conversations that surge in one minute
    world = World()
    surging(world, 70)
    # when ten minutes pass
    world.sweep(11)
    # then the first is told at once, and the others in one table
    (digest, first, table) = world.messages()
    assert isinstance(digest, DigestNotice)
    assert isinstance(first, FindingNotice)
    assert first.reason == "surged"
    assert isinstance(table, GroupNotice)
    assert len(table.rows) == 69
    assert table.severity == "medium"


def test_no_flood_of_others_uses_the_messages_of_what_is_critical() -> None:
    # given an hour whose messages are used up
    world = World(rules=Rules(messages_an_hour=2))
    for number, issue in enumerate((LINK.id, IPAM.id, LINK.id)):
        world.observe(fault(issue, f"node-{number}"), batch=str(number))
        world.sweep(11)
    assert world.suppressed["over-budget"] > 0
    # when something critical is seen
    before = len(world.messages())
    world.observe(fault(LINK.id, "node-9", severity="critical"), batch="critical")
    world.notify()
    # then it is told at once
    (notice,) = world.messages()[before:]
    assert notice.severity == "critical"


def test_even_what_is_critical_has_a_ceiling_and_its_notice_names_the_gravest_held_back() -> None:
    # given a deployment that may tell one message an hour, and one critical one more
    world = World(rules=Rules(messages_an_hour=1, critical_an_hour=1))
    issues = (LINK.id, IPAM.id, "npa-unreachable-from-cni")
    for number, issue in enumerate(issues):
        world.observe(fault(issue, f"node-{number}", severity="critical"), batch=str(number))
        world.notify()
    # when what was held back is over before the hour ends
    world.sweep(65)
    # then the notice is as grave as it was
    notices = [one for one in world.messages() if isinstance(one, BudgetNotice)]
    assert notices
    assert notices[0].severity == "critical"


@pytest.mark.parametrize(("severity", "at_once"), [("critical", True), ("high", False)])
def test_a_graver_finding_does_not_wait_for_its_nodes_table(severity: str, at_once: bool) -> None:
    # given a node of which something high was told
    world = World()
    world.observe(fault(LINK.id), batch="1")
    world.notify()
    # when another issue shows on it
    world.observe(fault("npa-unreachable-from-cni", severity=severity), batch="2")
    world.notify()
    # then only what is graver goes out at once
    assert len(world.messages()) == 1 + at_once


def test_what_waits_is_woken_strictly_by_severity() -> None:
    # given 501 low notices that wait, and then a critical one
    world = World()
    for number in range(501):
        world.observe(denied(f"10.0.{number // 250}.{number % 250}"), batch=str(number))
    world.now += 1
    world.observe(fault(severity="critical"), batch="critical")
    world.ledger.woken.clear()
    # when a pass wakes fewer than wait
    woken = rearm(world.ledger, now_ms=world.now + 5 * MINUTE_MS, limit=60)
    # then the critical one is the first
    assert woken == 60
    assert world.ledger.woken[0] == (finding_key(fault().id), "due#critical")


def test_a_flood_of_findings_delays_no_table() -> None:
    # given far more findings that fall silent than a pass takes, and a digest that is due
    world = World()
    world.observe(fault(IPAM.id), batch="told")
    world.observe(denied("10.9.9.9"), batch="digested")
    world.notify()
    for number in range(300):
        world.observe(fault(node=f"node-{number}"), batch=str(number))
    world.ledger.woken.clear()
    # when a pass takes forty of each kind, after all of them are due
    now_ms = NOON + 2 * HOUR_MS
    sweep = Sweep(ALL, RULES, now_ms)
    swept = sweep_due(world.ledger, sweep, now_ms=now_ms, limit=40, set_aside=lambda *_: {})
    # then the tables were among them
    assert swept.items <= 40 + 40
    digest = world.ledger.read([digest_key(CLUSTER)])[digest_key(CLUSTER)]
    assert digest.outbox
    groups = [item for item in world.ledger.items().values() if isinstance(item, GroupItem)]
    assert all(group.timer_at > now_ms for group in groups)


def test_findings_are_spread_over_their_lanes() -> None:
    items = {finding_key(fault(node=f"node-{n}").id): n for n in range(400)}
    world = World()
    world.observe(fault(), batch="1")
    (item,) = world.findings()
    counted = [timer_lane(key, item) for key in items]
    assert set(counted) == set(FINDING_LANES)
    assert max(map(counted.count, FINDING_LANES)) < 2 * 400 / len(FINDING_LANES)


def test_an_item_that_fails_does_not_end_a_pass(caplog: pytest.LogCaptureFixture) -> None:
    # given twenty findings that fall silent, one of which nobody can write
    ledger = PoisonedLedger()
    world = World()
    for number in range(20):
        world.observe(fault(node=f"node-{number}"), batch=str(number))
    ledger.stored, ledger.timed = world.ledger.stored, world.ledger.timed
    # when
    now_ms = NOON + 2 * HOUR_MS
    swept = sweep_due(
        ledger, Sweep(ALL, RULES, now_ms), now_ms=now_ms, limit=400, set_aside=lambda *_: {}
    )
    rearm(ledger, now_ms=now_ms, limit=400)
    # then all others are over, and it is named
    assert (swept.items, swept.failed, sum(swept.resolved.values())) == (20, 1, 19)
    assert POISON in caplog.text


def test_a_pass_ends_when_its_time_is_over() -> None:
    world = World()
    for number in range(20):
        world.observe(fault(node=f"node-{number}"), batch=str(number))
    left = iter([True] * 5)
    now_ms = NOON + 2 * HOUR_MS
    swept = sweep_due(
        world.ledger, Sweep(ALL, RULES, now_ms), now_ms=now_ms, limit=400,
        set_aside=lambda *_: {}, has_time=lambda: next(left, False),
    )  # fmt: skip
    assert swept.items == 5


def test_a_full_digest_is_not_written_again_and_counts_what_it_does_not_list() -> None:
    # given a digest with all the rows that it may have
    world = World()
    for number in range(MAX_ROWS):
        world.observe(denied(f"10.0.0.{number}"), batch=str(number))
    world.notify()
    version, _ = world.ledger.stored[digest_key(CLUSTER)]
    # when more conversations are denied
    for number in range(7):
        world.observe(denied(f"10.0.1.{number}"), batch=f"more-{number}")
    world.notify()
    # then it stays as it is, and tells how many it does not list
    assert world.ledger.stored[digest_key(CLUSTER)][0] == version
    world.sweep(16)
    (digest,) = world.messages()
    assert isinstance(digest, DigestNotice)
    assert (len(digest.rows), digest.more) == (MAX_ROWS, 7)
    # and the next one begins at none
    world.observe(denied("10.0.2.1"), batch="next")
    world.sweep(17)
    after = world.messages()[-1]
    assert isinstance(after, DigestNotice)
    assert (len(after.rows), after.more) == (1, 0)


def test_a_full_table_counts_what_it_does_not_list() -> None:
    world = World(entries={LINK.id: LINK})
    for number in range(MAX_ROWS + 6):
        world.observe(fault(node=f"node-{number}"), batch=str(number))
    world.notify()
    world.sweep(11)
    table = world.messages()[1]
    assert isinstance(table, GroupNotice)
    assert (len(table.rows), table.more) == (MAX_ROWS, 5)


def test_a_sighting_leaves_the_timer_where_it_is_and_the_sweeper_moves_it_once() -> None:
    # given a finding that is seen every minute for longer than its silence
    world = World(entries={LINK.id: LINK})
    timers = set()
    for minute in range(50):
        world.observe(fault(at=world.now), batch=str(minute))
        (item,) = world.findings()
        timers.add(item.timer_at)
        world.sweep()
    # then its timer was moved once, and it ends no sooner and no later for it
    assert len(timers) == 2
    last = world.now - MINUTE_MS
    silent = LINK.resolve_after_ms
    world.sweep(silent // MINUTE_MS - 2)
    assert world.findings()[0].state.status == "ongoing"
    world.sweep(2)
    assert world.findings()[0].state.status == "resolved"
    assert world.findings()[0].state.resolved_at == last + silent


def test_a_budgets_notice_that_is_routed_in_its_own_hour_asks_for_each_item_once() -> None:
    # given a budget's notice before the notifier whose clock is behind
    key = budget_key(NOON)
    router = Router(ALL, RULES)
    # when
    keys = router.keys(key, BudgetItem(hour=NOON, timer_at=None), NOON + 1)
    # then: DynamoDB refuses to read a key twice
    assert len(keys) == len(set(keys)) == 1


def test_two_budget_notices_of_one_hour_have_two_names() -> None:
    # given an hour whose notice is told
    world = World()
    key = budget_key(NOON)
    row = row_of(finding())
    held = BudgetItem(hour=NOON, timer_at=NOON + HOUR_MS, sent=60, suppressed=1, rows=(row,))
    names = []
    for _ in range(2):
        # when something is held back in it by a notifier whose clock is behind
        def hold(_: Items) -> Changes:
            had = world.ledger.read([key]).get(key)
            number = had.number if isinstance(had, BudgetItem) else 0
            return {key: msgspec.structs.replace(held, number=number)}

        world.ledger.change([key], hold, NOON)
        world.now = NOON + HOUR_MS
        sweep = Sweep(ALL, RULES, world.now)
        sweep_due(world.ledger, sweep, now_ms=world.now, limit=9, set_aside=lambda *_: {})
        item = world.ledger.read([key])[key]
        names += [outgoing.id for outgoing in item.outbox]
        world.notify()
    # then who removes duplicates by their names loses none
    assert len(set(names)) == 2


@pytest.mark.parametrize("text", ["\x01" * 400, "\U0001f980" * 400, '"' * 400])
def test_a_table_of_hostile_text_fits_into_an_item(text: str) -> None:
    # given findings whose subjects are written by whoever writes logs
    row = row_of(finding(subject={"pod": text, "node": text}))
    rows = tuple(
        msgspec.structs.replace(row, finding=f"{number:032x}") for number in range(MAX_ROWS)
    )
    notice = GroupNotice(
        cluster=CLUSTER, kind="issue", key=LINK.id, rows=rows, more=0, since=0, until=0
    )
    # then a table that waits, with the next one behind it, is no larger than DynamoDB takes
    assert 2 * len(msgspec.json.encode(notice)) < 400_000
