"""A deployment in memory: analyzers, a notifier, a sweeper and channels, any of which may fail."""

from collections import Counter
from collections.abc import Mapping, Sequence
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
from netpolwatch.findings.lanes import WAYS, beside
from netpolwatch.findings.ledger import ContentionError
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import FindingNotice, Notice
from netpolwatch.findings.observation import Observation
from netpolwatch.findings.recording import Recorded, record
from netpolwatch.findings.routing import Router
from netpolwatch.findings.rules import Rules
from netpolwatch.findings.settled import record_settled
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
        self.skew_ms, self.unfinished = 0, 0.0
        self.disturbed = self.unnamed = 0.0
        self.suffixes: tuple[str, ...] = ("",)
        self.ended: dict[str, int] = {}

    def observe(self, *seen: Observation, batch: str) -> Recorded:
        """Deliver a batch until it is recorded, as the service does."""
        while True:
            try:
                now_ms = self.now + self.skew()
                return record(
                    self.ledger, seen, self.entries, batch, now_ms=now_ms, rules=self.rules
                )
            except (CrashError, ContentionError):
                self.crashes += 1

    def settle(self, messages: Mapping[str, Sequence[Observation]]) -> list[str]:
        """Deliver messages together until all are recorded; return those that were fresh."""
        times = {key: max(one.last_seen or 0 for one in seen) for key, seen in messages.items()}
        fresh: list[str] = []
        while times:
            try:
                for written in record_settled(
                    self.ledger,
                    times,
                    lambda keys: [one for key in keys for one in messages[key]],
                    self.entries,
                    CLUSTER,
                    now_ms=self.now + self.skew(),
                    rules=self.rules,
                ):
                    fresh += written.fresh
                    times = {key: at for key, at in times.items() if key not in written.messages}
            except (CrashError, ContentionError):
                self.crashes += 1
        return fresh

    def notify(self, most: int | None = None) -> None:
        """Let the table's stream wake the notifier until it has nothing new to send.

        Each way takes at most so many items, in the order in which they were written.
        """
        self.disturb()
        for lanes in WAYS.values():
            attempts: Counter[tuple[str, str]] = Counter()
            left = most
            while left != 0 and (woken := self._next(lanes)) is not None:
                left = None if left is None else left - 1
                if not self._dispatch(woken):
                    attempts[woken] += 1
                    if attempts[woken] < 10:
                        self.ledger.woken.append(woken)

    def _next(self, lanes: Sequence[str]) -> tuple[str, str] | None:
        woken = self.ledger.woken
        position = next((at for at, (_, lane) in enumerate(woken) if lane in lanes), None)
        return None if position is None else woken.pop(position)

    def _dispatch(self, woken: tuple[str, str]) -> bool:
        key, lane = woken
        try:
            done = self.dispatcher().dispatch(key, self.now + self.skew(), beside(lane))
        except (CrashError, ContentionError):
            self.crashes += 1
            return False
        self.suppressed.update(done.suppressed)
        return True

    def dispatcher(self) -> Dispatcher:
        router = Router(self.entries, self.rules)
        return Dispatcher(self.ledger, router, self.channels, self._refuse, name=self._named)

    def _named(self, finding: Finding) -> Finding:
        """Name a finding's ends by the second table, which may refuse to answer."""
        if self.random.random() < self.unnamed:
            raise CrashError
        return self.name(finding)

    def disturb(self) -> None:
        """Lose, double and mix up what the table's stream tells."""
        kept: list[tuple[str, str]] = []
        for woken in self.ledger.woken:
            chance = self.random.random() if self.disturbed else 0.5
            kept += [] if chance < self.disturbed / 3 else [woken]
            kept += [woken] if chance > 1 - self.disturbed else []
        if self.disturbed:
            self.random.shuffle(kept)
        self.ledger.woken[:] = kept

    def sweep(self, minutes: int = 1) -> None:
        """Let minutes pass, with the sweeper and the notifier at work in each."""
        for _ in range(minutes):
            self.now += MINUTE_MS
            self.one_pass()
            self.notify()

    def one_pass(self, limit: int = 500) -> None:
        """Let the sweeper make a pass, which may end before it has done all."""
        now_ms = self.now + self.skew()
        left = iter(range(limit if self.unfinished == 0.0 else self.random.randrange(1, 30)))
        cut = self.random.random() < self.unfinished

        def has_time() -> bool:
            return not cut or next(left, None) is not None

        try:
            swept = sweep_due(
                self.ledger, Sweep(self.entries, self.rules, now_ms), now_ms=now_ms, limit=limit,
                set_aside=lambda *_: {"reply": 7}, has_time=has_time,
            )  # fmt: skip
            self.crashes += swept.failed
            rearm(self.ledger, now_ms=now_ms, limit=100, has_time=has_time)
        except (CrashError, ContentionError):
            self.crashes += 1

    def skew(self) -> int:
        """Return how far another function's clock is from ours (ms)."""
        return self.random.randint(-self.skew_ms, self.skew_ms) if self.skew_ms else 0

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
