"""The compiled catalogue: what a function needs of each known issue, and nothing more."""

from typing import Literal

import msgspec

from netpolwatch.flows.model import Confidence

Severity = Literal["critical", "high", "medium", "low", "info"]
Strength = Literal["sighting", "signal", "recovery"]
Maturity = Literal["stable", "incubating", "planned"]

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""From the mildest to the gravest."""


class Threshold(msgspec.Struct, frozen=True):
    """How many sightings of one subject, within how long (ms of event time), make a finding.

    Fewer are recorded with the severity `info`.
    """

    count: int
    within: int


class Resolve(msgspec.Struct, frozen=True):
    """What ends a finding.

    Attributes
    ----------
    after
        Silence of this long (ms).
    seen
        The rule of strength `recovery` whose match ends it at once.
    """

    after: int
    seen: str | None = None


class Versions(msgspec.Struct, frozen=True):
    """Which versions have the fault: of the agent, the VPC CNI or another component."""

    of: str
    affected: str
    fixed_in: str | None = None
    note: str | None = None


class Rule(msgspec.Struct, frozen=True):
    """One way in which an issue shows; exactly one of the four kinds is set.

    Attributes
    ----------
    components
        Who may have written the line; empty for anybody.
    unnamed
        Whether the rule also applies where nothing tells who wrote the line.
    anchors
        Literals of which one must stand in the line before anything else is tried.
    ignore_case
        Whether the anchors stand in any letter case; the regex says for itself (`(?i)`).
    regex
        Text: searched near an anchor; its named groups are the fields.
    when, fields, evidence
        JSON: a JMESPath condition, one expression a field, and one for the words that show it.
    flow
        Flow: attribute to value, all of which must agree; `source_kind` and `destination_kind` are
        those of `netpolwatch.verdicts.named_ends`.
    detector, options
        The name of a Python detector, for what rules cannot say.
    severity, threshold
        Override the entry's.
    confidence
        Of a sighting of text; of a flow, the judgement has its own.
    """

    name: str
    strength: Strength = "sighting"
    components: frozenset[str] = frozenset()
    unnamed: bool = True
    anchors: tuple[str, ...] = ()
    ignore_case: bool = False
    regex: str | None = None
    when: str | None = None
    fields: dict[str, str] = {}
    evidence: str | None = None
    flow: dict[str, str] | None = None
    detector: str | None = None
    options: dict[str, tuple[str, ...]] = {}
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
    max_subjects
        Subjects told apart in one batch; the rest is counted as `other`.
    notify
        Whether its findings are sent to people, or only recorded and counted.
    supersedes
        Issues of the same flow that this one tells better: they stay in the flow's `issues`, and
        make no sighting.
    sources
        Logs that must be shipped for this issue to be seen.
    waits_for
        What netpolwatch lacks to see a `planned` issue.
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
    threshold: Threshold | None = None
    resolve: Resolve | None = None
    versions: Versions | None = None
    waits_for: str | None = None
    affected: str | None = None
    fixed_in: str | None = None
