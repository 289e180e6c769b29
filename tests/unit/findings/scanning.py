"""An hour of scanning, and something critical in the middle of it: what comes of it, in numbers."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.sighting import Sighting
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.observation import Observation, observe
from netpolwatch.findings.state import State
from tests.unit.findings.making import CLUSTER, PLACE, observation
from tests.unit.findings.world import MINUTE_MS, World

if TYPE_CHECKING:
    from netpolwatch.findings.model import Subject

SECOND_MS = 1_000
CONVERSATIONS = 500
"""New conversations of a payload; one payload comes each second."""

SENT_A_SECOND = 4
"""Items that each way to the notifier takes in a second."""

SWEPT_A_PASS = 400

ENTRIES = {entry.id: entry for entry in default_entries()}
SCANNER = "10.0.3.66"


@dataclass(slots=True)
class Scanned:
    """What came of it.

    Attributes
    ----------
    critical_after_ms
        How long after the critical fault its message was sent.
    behind_ms
        The longest that any timer was overdue after a pass.
    ended_late_ms
        The longest that a finding outlived its time.
    """

    critical_after_ms: int | None = None
    behind_ms: int = 0
    ended_late_ms: int = 0
    messages: int = 0
    open: int = 0
    findings: list[State] = field(default_factory=list)


def scan(world: World, minutes: int) -> Scanned:
    """Scan for some minutes, with a critical fault half-way, and then let all of it end."""
    scanned = Scanned()
    fault_at = world.now + minutes // 2 * MINUTE_MS
    for second in range(minutes * 60):
        batch = f"payload-{second}"
        world.observe(*observe(_payload(second, world.now), ENTRIES, PLACE), batch=batch)
        if world.now == fault_at:
            world.observe(_panic(world.now), batch="the fault")
        _send(world, scanned, fault_at)
        world.now += SECOND_MS
        if world.now % MINUTE_MS == 0:
            _pass(world, scanned)
    _let_end(world, scanned)
    scanned.findings = [item.state for item in world.findings()]
    scanned.messages = len({identity for identity, _ in world.channels[0].taken})
    return scanned


def _let_end(world: World, scanned: Scanned) -> None:
    """Let time pass until all of it should be over."""
    while world.ledger.timed:
        # Nothing happens between two timers: the minutes without one need no pass.
        world.now = max(world.now, min(at for _, at in world.ledger.timed.values()))
        world.now += MINUTE_MS - world.now % MINUTE_MS
        _pass(world, scanned)
        for _ in range(60):
            _send(world, scanned, None)
    for item in world.findings():
        state, entry = item.state, ENTRIES[item.state.issue]
        assert state.status == "resolved"
        assert state.resolved_at is not None
        due = state.recorded_at + entry.resolve_after_ms
        scanned.ended_late_ms = max(scanned.ended_late_ms, world.ended[state.id] - due)


def _pass(world: World, scanned: Scanned) -> None:
    before = {item.state.id for item in world.findings() if item.state.status != "resolved"}
    world.one_pass(limit=SWEPT_A_PASS)
    after = {item.state.id for item in world.findings() if item.state.status != "resolved"}
    world.ended.update(dict.fromkeys(before - after, world.now))
    scanned.open = max(scanned.open, len(after))
    oldest = world.ledger.oldest_timer()
    if oldest is not None:
        scanned.behind_ms = max(scanned.behind_ms, world.now - oldest)


def _send(world: World, scanned: Scanned, fault_at: int | None) -> None:
    had = len(world.channels[0].taken)
    world.notify(most=SENT_A_SECOND)
    for _, notice in world.channels[0].taken[had:]:
        if notice.severity == "critical" and fault_at and scanned.critical_after_ms is None:
            scanned.critical_after_ms = world.now - fault_at


def _payload(second: int, now_ms: int) -> list[Sighting]:
    first = second * CONVERSATIONS
    return [
        Sighting(
            issue="denied-conversation",
            severity="low",
            fields={
                "source": SCANNER,
                "destination": f"10.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}",
                "port": 1 + number % 31,
                "protocol": "TCP",
            },
            component="network-policy-agent",
            node="ip-10-0-2-17.ec2.internal",
            timestamp=now_ms,
            text="Node: ip-10-0-2-17.ec2.internal;SIP: 10.0.3.66;PROTOCOL: TCP;PolicyVerdict: DENY",
        )
        for number in range(first, first + CONVERSATIONS)
    ]


def _panic(now_ms: int) -> Observation:
    subject: Subject = {"node": "ip-10-0-9-9.ec2.internal"}
    return observation(
        id=finding_id("npa-panic", CLUSTER, subject), issue="npa-panic", subject=subject,
        severity="critical", first_seen=now_ms, last_seen=now_ms,
    )  # fmt: skip
