"""A deployment in memory: analyzers, a notifier, a sweeper and channels, any of which may fail."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from netpolwatch.catalogue.model import Entry, Escalation
from netpolwatch.findings.channels import Delivered, Outcome, Retry
from netpolwatch.findings.dispatch import Dispatcher, Name
from netpolwatch.findings.escalation import spreads_of, tallies_of
from netpolwatch.findings.fingerprint import finding_id
from netpolwatch.findings.housekeeping import rearm, sweep_due
from netpolwatch.findings.items import FindingItem, Outgoing
from netpolwatch.findings.lanes import beside
from netpolwatch.findings.ledger import ContentionError
from netpolwatch.findings.notices import FindingNotice, Notice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import Recorded, record
from netpolwatch.findings.routing import Router
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.sweeping import Sweep
from tests.unit.findings.making import CLUSTER, NOON, entry, observation
from tests.unit.findings.memory_ledger import CrashError, MemoryLedger

if TYPE_CHECKING:
    from netpolwatch.findings.model import Subject

MINUTE_MS = 60_000

IPAM = entry(
    id="ipamd-not-ready", group_by=("node",), inhibits=("npa-unreachable-from-cni",),
    escalate=(Escalation(to="critical", nodes=3, within_ms=60 * MINUTE_MS),),
)  # fmt: skip
UNREACHABLE = entry(
    id="npa-unreachable-from-cni", group_by=("node",),
    escalate=(Escalation(to="critical", count=80, within_ms=60 * MINUTE_MS),),
)  # fmt: skip
LINK = entry(escalate=(Escalation(to="critical", beside=IPAM.id),))
CONVERSATION = entry(
    id="denied-conversation", severity="low", group_by=("source", "port"), digest=True,
    resolve_after_ms=24 * 60 * MINUTE_MS,
)  # fmt: skip
ALL = {each.id: each for each in (IPAM, UNREACHABLE, LINK, CONVERSATION)}
RULES = Rules()


@dataclass(slots=True)
class FakeChannel:
    """A channel at the far end of the network: what it took, and what it will do next."""

    name: str
    random: Random
    failing: float = 0.0
    taken: list[tuple[str, Notice]] = field(default_factory=list)

    def send(self, notice: Notice, notification: str, reference: str | None) -> Outcome:
        del reference
        chance = self.random.random()
        if chance < self.failing / 10:
            # It has the message, and its answer is lost.
            self.taken.append((notification, notice))
            return Retry("time-out")
        if chance < self.failing:
            return Retry("429", after_ms=self.random.choice([None, 30_000]))
        self.taken.append((notification, notice))
        return Delivered(f"{self.name}-{len(self.taken)}")

    def told(self) -> set[str]:
        """Give the ids of the findings that any of its messages names."""
        named: set[str] = set()
        for _, notice in self.taken:
            if isinstance(notice, FindingNotice):
                named.add(notice.finding.id)
            else:
                named.update(row.finding for row in getattr(notice, "rows", ()))
        return named


class World:
    """One deployment, its clock, and its luck."""

    def __init__(
        self,
        seed: int = 0,
        *,
        faults: float = 0.0,
        rules: Rules = RULES,
        entries: dict[str, Entry] | None = None,
        name: Name = lambda finding: finding,
    ) -> None:
        self.random = Random(seed)  # noqa: S311  # no secret
        self.faults, self.rules = faults, rules
        self.entries = entries or ALL
        self.name = name
        self.now = NOON
        self.ledger = MemoryLedger(fault=lambda _where: self.random.random() < self.faults)
        self.channels = [FakeChannel(name, self.random) for name in ("email", "slack")]
        self.refused: list[tuple[str, str]] = []
        self.suppressed: Counter[str] = Counter()
        self.crashes = 0

    def observe(self, *seen: Observation, batch: str) -> Recorded:
        """Deliver a batch until it is recorded, as the service does."""
        while True:
            try:
                return record(
                    self.ledger, seen, self.entries, batch, now_ms=self.now, rules=self.rules
                )
            except (CrashError, ContentionError):
                self.crashes += 1

    def notify(self) -> None:
        """Let the table's stream wake the notifier until it has nothing new to tell."""
        attempts: Counter[tuple[str, str]] = Counter()
        while self.ledger.woken:
            key, lane = woken = self.ledger.woken.pop(0)
            try:
                done = self.dispatcher().dispatch(key, self.now, beside(lane))
                self.suppressed.update(done.suppressed)
            except (CrashError, ContentionError):
                self.crashes += 1
                attempts[woken] += 1
                if attempts[woken] < 10:
                    self.ledger.woken.append(woken)

    def dispatcher(self) -> Dispatcher:
        router = Router(self.entries, self.rules)
        return Dispatcher(self.ledger, router, self.channels, self._refuse, name=self.name)

    def sweep(self, minutes: int = 1) -> None:
        """Let minutes pass, with the sweeper and the notifier at work in each."""
        for _ in range(minutes):
            self.now += MINUTE_MS
            try:
                sweep = Sweep(self.entries, self.rules, self.now)
                sweep_due(self.ledger, sweep, now_ms=self.now, limit=500,
                          set_aside=lambda *_: {"reply": 7})  # fmt: skip
                rearm(self.ledger, now_ms=self.now, limit=100)
            except (CrashError, ContentionError):
                self.crashes += 1
            self.notify()

    def findings(self) -> list[FindingItem]:
        items = self.ledger.items().values()
        return [item for item in items if isinstance(item, FindingItem)]

    def messages(self, channel: int = 0) -> list[Notice]:
        return [notice for _, notice in self.channels[channel].taken]

    def _refuse(self, outgoing: Outgoing, channel: str, _why: str) -> None:
        self.refused.append((outgoing.id, channel))


def fault(
    issue: str = LINK.id, node: str = "node-1", at: int = NOON, count: int = 1, **changes: object
) -> Observation:
    """Observe a fault on a node."""
    subject: Subject = {"node": node}
    known = ALL.get(issue, LINK)
    return observation(
        id=finding_id(issue, CLUSTER, subject), issue=issue, subject=subject, count=count,
        first_seen=at, last_seen=at, tallies=tallies_of(known, [(at, "")] * count),
        spreads=spreads_of(known, [(at, node)]), **changes,
    )  # fmt: skip


def denied(source: str, at: int = NOON, count: int = 1) -> Observation:
    """Observe a denied conversation."""
    subject: Subject = {"source": source, "port": 443}
    return observation(
        id=finding_id(CONVERSATION.id, CLUSTER, subject), issue=CONVERSATION.id, subject=subject,
        severity="low", count=count, first_seen=at, last_seen=at,
    )  # fmt: skip
