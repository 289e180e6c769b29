"""What a report says, before it is written as text, HTML, Markdown or JSON.

The order is that of a reader at night: what still goes on, what is over, which policies deny what,
what the agent drops by itself, what was set aside, what was not understood, what is not known.
Texts from logs are untrusted here: each renderer escapes them.
"""

from dataclasses import dataclass
from typing import Literal

from netpolwatch.catalogue.model import Command, Severity
from netpolwatch.findings.model import Finding
from netpolwatch.flows.model import Confidence
from netpolwatch.kubernetes.policy.spec import Direction
from netpolwatch.reporting.report.words import Clock

EndKind = Literal["pod", "service", "node", "external", "unknown"]
Path = Literal["DNS", "API server", "credentials"]
"""Destinations without which a workload does not work at all."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a report comes from.

    Attributes
    ----------
    inputs
        Names of the files, or of the log group, as they were given.
    made_ms
        When the report was made, ms since 1970 (UTC).
    filters
        The filters in force, in words.
    """

    inputs: tuple[str, ...]
    version: str
    made_ms: int
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What was read."""

    files: int
    events: int
    flows: int
    by_verdict: dict[str, int]
    by_disposition: dict[str, int]

    @property
    def denied(self) -> int:
        """Dropped packets, of whatever disposition."""
        return sum(self.by_disposition.values())


@dataclass(frozen=True, slots=True)
class Fault:
    """One known issue with all its subjects.

    Attributes
    ----------
    meaning
        What it is, in two sentences.
    mark
        Why nobody is notified of it, in words; `None` where somebody is.
    count, first_ms, last_ms
        Of the subjects that go on, if any do; else of all.
    subjects
        Its findings: those that go on first, the overflow last.
    steps
        What to do, once; names of the first subject are filled in.
    """

    issue: str
    title: str
    meaning: str
    severity: Severity
    is_over: bool
    mark: str | None
    count: int
    first_ms: int | None
    last_ms: int | None
    subjects: tuple[Finding, ...]
    steps: tuple[Command, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a denied conversation.

    Attributes
    ----------
    name
        `namespace/Kind/name` of a workload, else the best name there is, else the address.
    addresses
        Its addresses in these conversations, at most a few.
    """

    name: str
    kind: EndKind
    namespace: str | None = None
    workload: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """The change that began a denial.

    Attributes
    ----------
    by
        Who made it, where the audit log says so.
    what
        The same as a clause: `denied since 08:12:03Z, when alice changed shop/web (…)`.
    packets
        How many of the denied packets it began.
    """

    at_ms: int
    kind: str
    name: str
    by: str | None
    what: str
    packets: int


@dataclass(frozen=True, slots=True)
class Denial:
    """Packets of one kind that were dropped between the same two ends.

    Attributes
    ----------
    direction
        The side that decided, as seen from the deciding pod; `None` where it is not known.
    policies
        Policies that isolate the deciding pod, `namespace/name`.
    nearest, nearest_why
        The policy that comes nearest to allowing it, and why it does not.
    why
        Why it is judged so.
    nodes
        The nodes that dropped it, where lines name them.
    change
        The change since which policies deny it, where one is known.
    """

    source: End
    destination: End
    port: int
    protocol: str
    direction: Direction | None
    policies: tuple[str, ...]
    packets: int
    first_ms: int | None
    last_ms: int | None
    tier: str | None = None
    nearest: str | None = None
    nearest_why: str | None = None
    why: str = ""
    confidence: Confidence | None = None
    path: Path | None = None
    nodes: tuple[str, ...] = ()
    change: PolicyChange | None = None

    @property
    def decider(self) -> End | None:
        """The end whose policies decided; `None` where the direction is not known."""
        if self.direction is None:
            return None
        return self.source if self.direction == "egress" else self.destination

    @property
    def peer(self) -> End | None:
        """The other end; `None` where the direction is not known."""
        if self.direction is None:
            return None
        return self.destination if self.direction == "egress" else self.source


@dataclass(frozen=True, slots=True)
class MissingRule:
    """A rule that no policy has: what the denied conversations of two ends need."""

    direction: Direction
    decider: str
    peer: str
    ports: tuple[str, ...]
    packets: int
    nearest: str | None = None
    nearest_why: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Denied conversations with one cause: the policy that isolates their pods.

    Attributes
    ----------
    policy
        `namespace/name`; `None` where no policy is known, and `label` says what they share.
    graver
        Why it is graver than `low`, in words.
    clients
        How many different sources were denied.
    beside
        Other policies that isolate the same pods.
    change
        The change that began most of it.
    """

    label: str
    policy: str | None
    severity: Severity
    graver: str | None
    packets: int
    clients: int
    first_ms: int | None
    last_ms: int | None
    denials: tuple[Denial, ...]
    missing: tuple[MissingRule, ...] = ()
    beside: tuple[str, ...] = ()
    change: PolicyChange | None = None


@dataclass(frozen=True, slots=True)
class AgentDrops:
    """Drops that policies allow, or that no policy decided: the agent's own, of one reason."""

    why: str
    packets: int
    first_ms: int | None
    last_ms: int | None
    denials: tuple[Denial, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Drops that are no violation and no fault by themselves."""

    name: str
    packets: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not known, and what would tell it."""

    what: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Counts of one stretch of time, from `start_ms` on."""

    start_ms: int
    violations: int
    agent: int
    aside: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Course:
    """The window in stretches of the same length, without holes; empty where nothing had a time."""

    width_ms: int
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A run as a person reads it.

    Attributes
    ----------
    going_on, over
        Faults somebody is notified of, the gravest first.
    recorded
        Faults that are recorded only.
    unexplained_packets
        Denied packets beyond the bound of what is grouped by cause.
    """

    cluster: str | None
    first_ms: int | None
    last_ms: int | None
    origin: Origin
    totals: Totals
    course: Course
    going_on: tuple[Fault, ...]
    over: tuple[Fault, ...]
    recorded: tuple[Fault, ...]
    causes: tuple[Cause, ...]
    agent_drops: tuple[AgentDrops, ...]
    set_aside: tuple[SetAside, ...]
    not_understood: tuple[str, ...]
    not_known: tuple[Gap, ...]
    is_recognised: bool
    unexplained_packets: int = 0

    @property
    def clock(self) -> Clock:
        """What writes its times."""
        return Clock(self.first_ms, self.last_ms)

    @property
    def age_ms(self) -> int | None:
        """How long ago the log ended when the report was made; `None` for a log without times."""
        return None if self.last_ms is None else max(0, self.origin.made_ms - self.last_ms)

    @property
    def denied_by_policy(self) -> int:
        """Packets that the causes account for."""
        return sum(cause.packets for cause in self.causes)
