"""The compiled catalogue: what a function needs of each known issue, and nothing more."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from netpolwatch.catalogue.releases import first_release_with
from netpolwatch.catalogue.version_numbers import parse_version
from netpolwatch.flows.model import Confidence

Severity = Literal["critical", "high", "medium", "low", "info"]
Strength = Literal["sighting", "signal", "recovery"]
Place = Literal["anywhere", "first", "always-first"]
Maturity = Literal["stable", "incubating", "planned"]

Symptom = Literal["denied", "open", "starting", "restarting", "blind", "at-risk"]
SYMPTOMS: dict[Symptom, str] = {
    "denied": "traffic is denied that should pass",
    "open": "policies do not take effect, or too late",
    "starting": "pods do not start, or start slowly",
    "restarting": "the agent or the CNI restarts, or complains",
    "blind": "verdicts or logs are missing, or too many",
    "at-risk": "nothing yet: a version or a setting that will hurt",
}
"""What people see of a fault, in words."""

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""From the mildest to the gravest."""

DEFAULT_RESOLVE_MS = 30 * 60_000
DEFAULT_MAX_OPEN = 500


FULL_WEIGHT = 1000
"""What sightings must weigh together, within the window, for a finding to count as a fault."""

VersionedComponent = Literal["agent", "vpc-cni", "sdk", "multus"]


class Threshold(msgspec.Struct, frozen=True):
    """How often a fault must be seen, within how long (ms of event time), to count as one.

    Attributes
    ----------
    same
        Fields that name a thing, the first of them that a sighting has: one and the same thing must
        be seen so often. A sighting that names nothing does not count.
    distinct
        Fields that name a thing, likewise: so many different things must be seen. A sighting that
        names nothing counts for itself: it may be about any.
    lasting
        Whether it must be seen twice instead, so long apart, and at most twice as long.
    """

    count: int = 1
    within_ms: int = 0
    same: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    lasting: bool = False

    @property
    def share(self) -> int:
        """What one sighting adds: `count` of them add up to at least `FULL_WEIGHT`."""
        return -(-FULL_WEIGHT // self.count)

    @property
    def counts_lines(self) -> bool:
        """Whether any sighting is as good as another, whatever it names."""
        return not (self.same or self.distinct or self.lasting)

    @property
    def weight(self) -> int:
        """What one sighting weighs beside all others: nothing where its names are counted."""
        return self.share if self.counts_lines else 0

    @property
    def text(self) -> str:
        """Say how often: `3 times within 10 min`."""
        span = span_text(self.within_ms)
        if self.lasting:
            return f"{self._thing or 'seen'} for {span}"
        if self.distinct:
            return f"{self.count} different {_words(map(plural, self.distinct))} within {span}"
        thing = f" for {self._thing}" if self.same else ""
        return f"{self.count} times within {span}{thing}"

    @property
    def _thing(self) -> str:
        return f"the same {_words(self.same)}" if self.same else ""


class Escalation(msgspec.Struct, frozen=True):
    """A circumstance in which a fault is graver; exactly one of the six kinds is set.

    Attributes
    ----------
    count
        One subject was seen so often within `within_ms` (event time); with `same` or `distinct`,
        one thing of it, or so many things: see `Threshold`.
    lasting
        One subject (or one thing of it, by `same`) was seen for `within_ms`.
    nodes
        The issue shows on so many nodes of the cluster within `within_ms` (event time).
    beside
        A finding of that issue is open for the same subject, or for the cluster.
    rules
        Each of these rules was seen in one episode, as often as it asks.
    """

    to: Severity
    count: int | None = None
    nodes: int | None = None
    beside: str | None = None
    rules: tuple[str, ...] = ()
    within_ms: int = 0
    same: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    lasting: bool = False

    @property
    def threshold(self) -> Threshold | None:
        """How often a subject must be seen, where that makes it graver."""
        if self.count is None and not self.lasting:
            return None
        return Threshold(self.count or 1, self.within_ms, self.same, self.distinct, self.lasting)

    @property
    def text(self) -> str:
        """Say when it holds: also its name, which no other of its entry has."""
        if self.beside is not None:
            return f"beside {self.beside}"
        if self.rules:
            return " and ".join(self.rules)
        often = self.threshold
        return often.text if often else f"{self.nodes} nodes within {span_text(self.within_ms)}"


def _words(names: Iterable[str]) -> str:
    return " or ".join(names).replace("_", " ")


def plural(name: str) -> str:
    """Return the plural of a key's name."""
    if name.endswith("y") and not name.endswith(("ay", "ey", "oy")):
        return f"{name[:-1]}ies"
    if name.endswith("s") and not name.endswith("ss"):
        return name
    return f"{name}es" if name.endswith(("h", "ss", "x")) else f"{name}s"


def span_text(milliseconds: int) -> str:
    """Write a time in the largest unit that it is whole of: `90 min`."""
    for unit, length in (("h", 3_600_000), ("min", 60_000)):
        if milliseconds % length == 0:
            return f"{milliseconds // length:,} {unit}"
    return f"{milliseconds // 1000:,} s"


class Crowd(msgspec.Struct, frozen=True):
    """Subjects of one author that are so many that they are told as one finding.

    Attributes
    ----------
    by
        The field whose value says whose a subject is.
    beyond
        Findings of one author that may be open in a cluster.
    tell
        The issue that tells the others, if it is another one.
    """

    by: str
    beyond: int
    tell: str | None = None


class Versions(msgspec.Struct, frozen=True):
    """Which versions of which component have the fault, by upstream's tags.

    Attributes
    ----------
    affected
        Bounds, as `netpolwatch.catalogue.version_numbers` reads them.
    note
        What the numbers do not say: which part of the fault they are about.
    vpc_cni
        The running version of the VPC CNI, where somebody has said it.
    """

    of: VersionedComponent
    affected: str
    fixed_in: str | None = None
    note: str | None = None
    vpc_cni: str | None = None

    @property
    def affected_text(self) -> str:
        """Say what is affected."""
        operator, _, older = self.affected.partition(" ")
        if operator != "<" or parse_version(older) is None:
            return f"{self.of} {self.affected}"
        carried = self.carried_by if older == self.fixed_in else None
        beside = f" ({carried.replace(' ', ' before ')})" if carried else ""
        return f"{self.of} before {older}{beside}"

    @property
    def carried_by(self) -> str | None:
        """Name the first VPC CNI with a fixed agent, where a release has it."""
        fixed = parse_version(self.fixed_in or "") if self.of == "agent" else None
        release = first_release_with(fixed) if fixed else None
        return f"vpc-cni v{release}" if release else None

    @property
    def fixed_text(self) -> str | None:
        """Say where it is fixed, with what else is known."""
        if self.fixed_in is None:
            return None
        more = "; ".join(part for part in (self.carried_by, self.note) if part)
        return f"{self.of} {self.fixed_in}" + (f" ({more})" if more else "")


ObjectDetectorName = Literal[
    "absence",
    "blind_spots",
    "branch_interface_late",
    "branch_interface_missing",
    "contradictions",
    "disabled_with_policies",
    "endpoint_lag",
    "log_flag_drift",
    "missing_endpoints",
    "pod_without_address",
    "policy_engines",
    "role_rights",
    "standalone_pod",
    "strict_fallback",
    "stuck_terminating",
    "version_advisory",
]
"""Detectors of faults that join objects over time: `netpolwatch.correlation.detectors`."""


class Objects(msgspec.Struct, frozen=True):
    """A fault that no single event shows: who looks for it, and how long it waits.

    Attributes
    ----------
    after_ms
        When a question that a fact asks is due; `None` for the detector's own time.
    """

    detector: ObjectDetectorName
    after_ms: int | None = None
    options: dict[str, tuple[str, ...]] = {}


class Rule(msgspec.Struct, frozen=True):
    """One way in which an issue shows; exactly one of the six kinds is set.

    Attributes
    ----------
    components
        Who may have written the line; empty for anybody.
    unnamed
        Whether the rule also applies where nothing tells who wrote the line.
    stands
        Of a regex: where in the line its match counts. `first` is asked of lines of unnamed
        writers, which may quote somebody's words: that it begins what the line says.
        `always-first` is asked of every line.
    anchors
        Literals of which one must stand in the line before anything else is tried.
    subscribed
        Whether the one filter pattern of a log group must pass every line that holds an anchor; a
        rule of words that few lines have does not pay for its room there.
    ignore_case
        Whether the anchors stand in any letter case; the regex says for itself (`(?i)`).
    regex
        Text: searched near an anchor; its named groups are the fields.
    linear
        Whether the regex is a user's, and matched by an engine that does not backtrack.
    when, fields, evidence
        JSON: a JMESPath condition, one expression a field, and one for the words that show it.
    flow
        Flow: attribute to value, all of which must agree; `source_kind` and `destination_kind` are
        those of `netpolwatch.verdicts.named_ends`, `policies` and `claims` are those of a
        judgement.
    detector, options
        The name of a Python detector, for what rules cannot say.
    objects
        Objects over time, whatever single events say.
    setup
        Checks of `netpolwatch.doctor`, by id: what they object to shows the issue.
    severity
        Overrides the entry's severity.
    threshold
        Overrides the entry's threshold.
    confidence
        Of a sighting of text; of a flow, the judgement has its own.
    """

    name: str
    strength: Strength = "sighting"
    components: frozenset[str] = frozenset()
    unnamed: bool = True
    stands: Place = "anywhere"
    anchors: tuple[str, ...] = ()
    subscribed: bool = True
    ignore_case: bool = False
    regex: str | None = None
    linear: bool = False
    when: str | None = None
    fields: dict[str, str] = {}
    evidence: str | None = None
    flow: dict[str, str] | None = None
    detector: str | None = None
    options: dict[str, tuple[str, ...]] = {}
    objects: Objects | None = None
    setup: tuple[str, ...] = ()
    severity: Severity | None = None
    threshold: Threshold | None = None
    confidence: Confidence = "high"


class Command(msgspec.Struct, frozen=True):
    """One step of a remedy: what it does, and the command that does it (if one can)."""

    say: str
    run: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """One known issue.

    Attributes
    ----------
    group_by
        Fields whose values make a subject: one subject is one finding.
    masks
        What of a subject's values differs from line to line of one fault: see `catalogue.masks`.
    max_subjects
        Subjects told apart in one batch; the rest is counted as `other`.
    max_open
        Findings of one cluster that may be open; the rest is counted as `other`.
    crowd
        What is told of one author's subjects beyond a bound.
    notify
        Whether its findings are sent to people, or only recorded and counted.
    supersedes
        Issues of the same flow that this one tells better: they stay in the flow's `issues`, and
        make no sighting.
    sources
        Logs that must be shipped for this issue to be seen.
    threshold
        Below it a fault is recorded as information only.
    repeated
        What is enough, too: fewer sightings, of one thing.
    digest
        Whether new findings are told together, in the cluster's next digest.
    inhibits
        Issues that this one explains: while it is open, theirs on the same subject are not told.
    escalate
        Circumstances in which a finding is graver than its sightings.
    resolve_after_ms
        A fault not seen for so long (event time) is over; seen again, it is a new episode.
    ends_within_ms
        A fault whose end is not seen for so long counts as one, however seldom it was seen; 0 for
        never.
    symptom
        What people see of it.
    waits_for
        What a planned entry needs before it can be detected.
    """

    id: str
    title: str
    summary: str
    severity: Severity
    component: str
    maturity: Maturity
    notify: bool
    sources: tuple[str, ...]
    group_by: tuple[str, ...]
    max_subjects: int
    rules: tuple[Rule, ...]
    remedy: tuple[Command, ...]
    docs: str
    upstream: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    affected: str | None = None
    fixed_in: str | None = None
    threshold: Threshold = Threshold()
    repeated: Threshold | None = None
    resolve_after_ms: int = DEFAULT_RESOLVE_MS
    ends_within_ms: int = 0
    versions: Versions | None = None
    waits_for: str | None = None
    digest: bool = False
    inhibits: tuple[str, ...] = ()
    masks: dict[str, tuple[str, ...]] = {}
    escalate: tuple[Escalation, ...] = ()
    symptom: Symptom | None = None
    max_open: int = DEFAULT_MAX_OPEN
    crowd: Crowd | None = None

    def threshold_of(self, rule: Rule) -> Threshold:
        """Give a rule's threshold, or the entry's."""
        return rule.threshold or self.threshold

    @property
    def affected_versions(self) -> str | None:
        """Say which versions are affected, where that is known."""
        return self.affected or (self.versions.affected_text if self.versions else None)

    @property
    def fixed_version(self) -> str | None:
        """Say which version has the fix, where that is known."""
        return self.fixed_in or (self.versions.fixed_text if self.versions else None)

    @property
    def thresholds(self) -> dict[str, Threshold]:
        """Give its thresholds by the names of their rules; `""` is what all others have."""
        of_rules = {rule.name: rule.threshold for rule in self.rules if rule.threshold}
        return {"": self.threshold, **of_rules}
