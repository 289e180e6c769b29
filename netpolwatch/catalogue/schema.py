"""The schema of an entry's YAML file, checked where a person writes it."""

import re
from typing import Annotated, Any, Literal, Self, get_args

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from netpolwatch.catalogue.detectors import DETECTORS
from netpolwatch.catalogue.event_lists import EventFile, records_of
from netpolwatch.catalogue.masks import MASKS
from netpolwatch.catalogue.model import (
    DEFAULT_MAX_OPEN,
    DEFAULT_RESOLVE_MS,
    SEVERITIES,
    Maturity,
    ObjectDetectorName,
    Place,
    Severity,
    Strength,
    Symptom,
    VersionedComponent,
)
from netpolwatch.catalogue.version_numbers import parse_bounds, parse_version
from netpolwatch.flows.model import Claims, Confidence, Disposition, Effect, PoliciesSay
from netpolwatch.ingest.durations import duration_ms
from netpolwatch.ingest.record import Record
from netpolwatch.verdicts.named_ends import DestinationKind, SourceKind


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _detector(name: str) -> str:
    if name not in DETECTORS:
        raise ValueError(f"no detector of that name; there are {', '.join(sorted(DETECTORS))}")
    return name


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {error}") from None
    return text


def _bounds(text: str) -> str:
    parse_bounds(text)
    return text


def _version(text: str) -> str:
    if parse_version(text) is None or not text.startswith("v"):
        raise ValueError("not a version such as v1.20.4 or v1.20.4-eksbuild.1")
    return text


Span = Annotated[int, BeforeValidator(duration_ms)]
_DAY_MS = 24 * 3_600_000
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Line = Annotated[str, Field(min_length=3, max_length=200)]
Anchor = Annotated[str, Field(min_length=5, max_length=200)]
Regex = Annotated[str, Field(max_length=1000), AfterValidator(_regex)]
Expression = Annotated[str, Field(max_length=2000), AfterValidator(_expression)]
FlowKey = Literal[
    "disposition",
    "confidence",
    "verdict",
    "tier",
    "protocol",
    "direction",
    "source_kind",
    "destination_kind",
    "policies",
    "claims",
    "since",
]
_FLOW_WORDS: dict[FlowKey, tuple[str, ...]] = {
    "disposition": get_args(Disposition),
    "source_kind": get_args(SourceKind),
    "destination_kind": get_args(DestinationKind),
    "policies": get_args(PoliciesSay),
    "claims": get_args(Claims),
    "since": get_args(Effect),
}
"""Of what a flow rule may ask, that which is told by a word of our own."""


def _mask(name: str) -> str:
    if name not in MASKS:
        raise ValueError(f"no mask of that name; there are {', '.join(MASKS)}")
    return name


MaskName = Annotated[str, AfterValidator(_mask)]
DetectorName = Annotated[str, AfterValidator(_detector)]
Url = Annotated[str, Field(pattern=r"^https://[^\s<>\"]+$", max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


Things = Annotated[tuple[Name, ...], Field(max_length=4)]
_PAIR = 2
_AUDIT_LOG = ("kube-apiserver-audit",)
_MAX_DISTINCT = 20
"""As many are remembered of each step of a window."""


class RepeatedFile(_Strict):
    """How often one thing must show the fault, or for how long.

    `{of: [interface], count: 3, within: 10m}`, `{of: [pod], lasting: 5m}`.
    """

    of: Annotated[tuple[Name, ...], Field(min_length=1, max_length=4)]
    count: Annotated[int, Field(ge=2, le=1000)] | None = None
    within: Span | None = None
    lasting: Span | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        counts = self.count is not None and self.within is not None
        if (self.count is None) != (self.within is None) or counts == (self.lasting is not None):
            raise ValueError("needs count and within, or lasting")
        return self


class ThresholdFile(_Strict):
    """How often the fault must be seen before it counts as one: `{count: 3, within: 10m}`.

    With `same: [verb]` it is one and the same thing, with `distinct: [pod]` so many different ones.
    """

    count: Annotated[int, Field(ge=2, le=1000)]
    within: Span
    same: Things = ()
    distinct: Things = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_things(self.count, self.same, self.distinct)
        return self


def _check_things(count: int, same: tuple[str, ...], distinct: tuple[str, ...]) -> None:
    if same and distinct:
        raise ValueError("same and distinct: one thing so often, or so many; not both")
    if distinct and count > _MAX_DISTINCT:
        raise ValueError(f"distinct: at most {_MAX_DISTINCT} are told apart")


class EscalateFile(_Strict):
    """When the fault is graver: `{to: critical, nodes: 3, within: 30m}`, or one of the others."""

    to: Severity
    count: Annotated[int, Field(ge=2, le=1000)] | None = None
    # As many are remembered of each step of the window, in one item that many write.
    nodes: Annotated[int, Field(ge=2, le=20)] | None = None
    beside: Id | None = None
    rules: Annotated[tuple[str, ...], Field(max_length=8)] = ()
    lasting: Span | None = None
    within: Span | None = None
    same: Things = ()
    distinct: Things = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("count", "nodes", "beside", "rules", "lasting")
        given = [key for key in kinds if getattr(self, key)]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(kinds)}")
        if (self.within is None) != (given[0] in ("beside", "rules", "lasting")):
            raise ValueError("within belongs to count and to nodes, and each of them needs it")
        if max(self.within or 0, self.lasting or 0) > _DAY_MS:
            raise ValueError("within and lasting are at most 24h")
        return self

    @model_validator(mode="after")
    def _things(self) -> Self:
        if (self.same and not (self.count or self.lasting)) or (self.distinct and not self.count):
            raise ValueError("same belongs to count and to lasting, distinct to count")
        _check_things(self.count or 0, self.same, self.distinct)
        return self


class ResolveFile(_Strict):
    """When a fault is over: after a silence, or when the rule `seen`, a recovery, holds.

    Where that is not seen `within` a time, the fault counts as one, however seldom it was seen.
    """

    after: Span
    seen: str | None = None
    within: Span | None = None

    @model_validator(mode="after")
    def _of_an_end(self) -> Self:
        if self.within is not None and (self.seen is None or self.within >= self.after):
            raise ValueError("within belongs to seen, and is shorter than after")
        return self


class VersionsFile(_Strict):
    """Which versions have the fault: `{of: agent, affected: ">= v1.3.0 < v1.3.5", …}`."""

    of: VersionedComponent
    affected: Annotated[str, Field(max_length=80), AfterValidator(_bounds)]
    fixed_in: Annotated[str, AfterValidator(_version)] | None = None
    note: Line | None = None


class ObjectsFile(_Strict):
    """A fault that joins objects over time.

    Either a detector of ours, `{detector: missing_endpoints, after: 5m}`, or that of two signals
    of the entry the second did not follow the first:
    `{type: absence, rules: [made, started], group_by: [namespace, job], timespan: 5m}`.
    """

    detector: ObjectDetectorName | None = None
    after: Span | None = None
    options: dict[Name, tuple[str, ...]] = {}
    type: Literal["absence"] | None = None
    rules: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    group_by: Annotated[tuple[Name, ...], Field(max_length=6)] = ()
    timespan: Span | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.detector is None) == (self.type is None):
            raise ValueError("needs exactly one of: detector, type")
        given = bool(self.rules), bool(self.group_by), self.timespan is not None
        if self.type and not (len(self.rules) == _PAIR and all(given)):
            raise ValueError("absence: needs rules (two), group_by and timespan")
        if self.detector and (any(given) or self.detector == "absence"):
            raise ValueError("detector: rules, group_by and timespan belong to type: absence")
        return self


class RuleFile(_Strict):
    """A way in which the issue shows; see `netpolwatch.catalogue.model.Rule`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)]
    strength: Strength = "sighting"
    components: tuple[str, ...] = ()
    unnamed: bool = True
    stands: Place = "anywhere"
    anchors: tuple[Anchor, ...] = ()
    subscribed: bool = True
    ignore_case: bool = False
    regex: Regex | None = None
    when: Expression | None = None
    fields: dict[Name, Expression] = {}
    evidence: Expression | None = None
    flow: dict[FlowKey, str] | None = None
    detector: DetectorName | None = None
    options: dict[Name, tuple[str, ...]] = {}
    objects: ObjectsFile | None = None
    setup: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    severity: Severity | None = None
    threshold: ThresholdFile | None = None
    confidence: Confidence = "high"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        every = ("regex", "when", "flow", "detector", "objects", "setup")
        kinds = [key for key in every if getattr(self, key)]
        if len(kinds) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(every)}")
        if (self.objects or self.setup) and (self.anchors or self.components):
            raise ValueError(
                f"{kinds[0]}: no line is looked at, so anchors and components mean nothing"
            )
        if kinds not in (["flow"], ["objects"], ["setup"]) and not self.anchors:
            raise ValueError("needs anchors: a rule without them would be tried on every line")
        if self.flow and self.strength != "sighting":
            raise ValueError("strength: what a flow shows is a sighting; the others are of text")
        for key, words in _FLOW_WORDS.items():
            if self.flow and self.flow.get(key, words[0]) not in words:
                raise ValueError(f"flow: {key} is one of {', '.join(words)}")
        if (self.fields or self.evidence) and kinds != ["when"]:
            raise ValueError("fields and evidence belong to a rule with `when`")
        if self.stands != "anywhere" and kinds != ["regex"]:
            raise ValueError("stands belongs to a rule with `regex`")
        if self.options and kinds != ["detector"]:
            raise ValueError("options belong to a rule with `detector`")
        return self


class CommandFile(_Strict):
    """One step of a remedy."""

    say: Annotated[str, Field(min_length=3, max_length=400)]
    run: Annotated[str, Field(min_length=3, max_length=600)] | None = None


class ContestFile(_Strict):
    """What objects tell of an example's flow: an address that several pods were shown to have."""

    address: str
    claimants: Annotated[tuple[str, ...], Field(min_length=2)]


class DecidingPodFile(_Strict):
    """The pod whose policies decided."""

    namespace: str
    pod: str
    workload: str


class ByObjectsFile(_Strict):
    """How objects judge an example's flow, and what changed."""

    disposition: Disposition
    confidence: Confidence = "high"
    policies: PoliciesSay | None = None
    since: Effect | None = None
    decider: DecidingPodFile | None = None


class ExampleFile(_Strict):
    """A line, or a history of events, that shows the issue (or must not), and what is found in it.

    A history is heard `until` a time after its beginning.
    """

    line: Annotated[str, Field(max_length=20_000)] = ""
    events: Annotated[tuple[EventFile, ...], Field(max_length=200)] = ()
    until: Span | None = None
    component: str | None = None
    node: str | None = None
    strength: Strength = "sighting"
    severity: Severity | None = None
    fields: dict[str, Any] = {}
    origin: str | None = None
    may_show_with: tuple[Id, ...] = ()
    contest: ContestFile | None = None
    by_objects: ByObjectsFile | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.line) == bool(self.events):
            raise ValueError("needs exactly one of: line, events")
        if (self.until is None) == bool(self.events):
            raise ValueError("until belongs to events: how long the log goes on after the first")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of its log events."""
        return (self.line,) if self.line else tuple(event.text() for event in self.events)

    def records(self) -> list[Record]:
        """Return its history's log events, in the order of their times."""
        return records_of(self.events, self.until or 0)


class CrowdFile(_Strict):
    """What is told of one author's subjects: so many findings, and one that counts the others."""

    by: Name
    beyond: Annotated[int, Field(ge=1, le=200)]
    tell: Id | None = None


class EntryFile(_Strict):
    """A known issue as its YAML file says it; the id is the file's name."""

    title: Line
    summary: Annotated[str, Field(min_length=20, max_length=1500)]
    severity: Severity
    symptom: Symptom | None = None
    component: Annotated[str, Field(max_length=60)]
    maturity: Maturity
    notify: bool = True
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    group_by: tuple[Name, ...]
    masks: dict[Name, tuple[MaskName, ...]] = {}
    max_subjects: Annotated[int, Field(ge=1, le=1000)] = 100
    max_open: Annotated[int, Field(ge=1, le=1000)] = DEFAULT_MAX_OPEN
    crowd: CrowdFile | None = None
    gathers: Id | None = None
    matches: tuple[RuleFile, ...]
    remedy: Annotated[tuple[CommandFile, ...], Field(min_length=1)]
    docs: Url
    upstream: tuple[Url, ...] = ()
    supersedes: tuple[Id, ...] = ()
    digest: bool = False
    inhibits: tuple[Id, ...] = ()
    overrides: Id | None = None
    affected: Line | None = None
    fixed_in: Line | None = None
    threshold: ThresholdFile | None = None
    repeated: RepeatedFile | None = None
    escalate: Annotated[tuple[EscalateFile, ...], Field(max_length=4)] = ()
    resolve: ResolveFile | None = None
    versions: VersionsFile | None = None
    waits_for: Line | None = None
    examples: tuple[ExampleFile, ...] = ()
    counterexamples: tuple[ExampleFile, ...] = ()

    @model_validator(mode="after")
    def _proven(self) -> Self:
        names = [rule.name for rule in self.matches]
        if len(names) != len(set(names)):
            raise ValueError("matches: two have the same name")
        # The doctor ends what it opened by itself, whatever else ends the fault.
        recoveries = {
            rule.name for rule in self.matches if rule.strength == "recovery" and not rule.setup
        }
        if recoveries != ({self.resolve.seen} if self.resolve and self.resolve.seen else set()):
            raise ValueError("resolve: seen names the rule of strength `recovery`")
        if not set(self.masks) <= set(self.group_by):
            raise ValueError("masks: only fields of group_by tell subjects apart")
        if self.repeated and not self.threshold:
            raise ValueError("repeated: one thing counts sooner than a threshold: it needs one")
        if (self.maturity == "planned") != (self.waits_for is not None):
            raise ValueError("waits_for: every `planned` entry says what it waits for, no other")
        if self.maturity == "planned" or self.gathers:
            return self
        if not self.matches:
            raise ValueError("matches: an entry that is not `planned` needs at least one")
        if all(rule.setup for rule in self.matches):
            # No line shows it: the set-ups by which each check is tested are its examples.
            return self
        if len(self.examples) < 2 or len(self.counterexamples) < 2:  # noqa: PLR2004  # 0 and 1 prove little
            raise ValueError("needs at least 2 examples and 2 counterexamples")
        return self

    @model_validator(mode="after")
    def _joined(self) -> Self:
        signals = {rule.name: rule for rule in self.matches if rule.strength == "signal"}
        for rule in self.matches:
            for name in rule.objects.rules if rule.objects else ():
                signal = signals.get(name)
                if signal is None or signal.components != _AUDIT_LOG or signal.when is None:
                    raise ValueError(
                        f"objects: rules: {name!r} is no rule of strength `signal` with `when` and "
                        f"components: [{_AUDIT_LOG[0]}]"
                    )
                if rule.objects and not set(rule.objects.group_by) <= set(signal.fields):
                    raise ValueError(f"objects: group_by: {name!r} has no such fields")
        return self

    @model_validator(mode="after")
    def _crowded(self) -> Self:
        if self.crowd and self.crowd.by not in self.group_by:
            raise ValueError("crowd: by is one of group_by")
        if self.gathers and self.matches:
            raise ValueError("gathers: what counts another entry's subjects matches nothing itself")
        return self

    @model_validator(mode="after")
    def _graver(self) -> Self:
        for number, graver in enumerate(self.escalate):
            if SEVERITIES.index(graver.to) <= SEVERITIES.index(self.severity):
                raise ValueError(f"escalate.{number}: to must be graver than {self.severity}")
        circumstances = {one.model_dump_json(exclude={"to"}) for one in self.escalate}
        if len(circumstances) < len(self.escalate):
            raise ValueError("escalate: two name the same circumstance")
        told = {rule.name for rule in self.matches if rule.strength == "sighting" and not rule.flow}
        for number, graver in enumerate(self.escalate):
            if graver.rules and not (len(set(graver.rules)) > 1 and set(graver.rules) <= told):
                raise ValueError(f"escalate.{number}: rules: two or more of {', '.join(told)}")
        return self

    @property
    def resolve_after_ms(self) -> int:
        """The silence that ends the fault: as said, else twice its threshold's window."""
        if self.resolve:
            return self.resolve.after
        thresholds = [self.threshold, *(rule.threshold for rule in self.matches)]
        return max([DEFAULT_RESOLVE_MS, *(2 * given.within for given in thresholds if given)])
