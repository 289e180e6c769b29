"""Lines against the catalogue: anchors first, then the rule itself."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from netpolwatch.catalogue.anchors import AnchorScan
from netpolwatch.catalogue.detectors import DETECTORS, WITNESSES, Fields, Options
from netpolwatch.catalogue.linear import Found, Searchable, compile_linear
from netpolwatch.catalogue.model import (
    FULL_WEIGHT,
    Entry,
    Rule,
    Severity,
    VersionedComponent,
)
from netpolwatch.catalogue.running import VERSION_ANCHORS
from netpolwatch.catalogue.statement import (
    begins_statement,
    has_keys_of_others,
    is_cut_json,
    laid_out,
)
from netpolwatch.flows.model import Flow
from netpolwatch.flows.remains import VERDICT_MARKS
from netpolwatch.ingest.origin import AUDIT, AWS_NODE, CNI_PLUGIN, IPAMD, is_unnamed
from netpolwatch.kubernetes.audit.event import NODE_USER, decode_event, is_audit_event
from netpolwatch.verdicts.address_kind import kind_beside
from netpolwatch.verdicts.named_ends import named_ends

_BEFORE, _AFTER = 1024, 4096
"""A pattern is searched this near to its anchor: no line can make it slow by its length."""

_WITHOUT_LOGGERS = frozenset({IPAMD, AWS_NODE, CNI_PLUGIN})
"""Writers whose JSON names no logger."""

_MAX_OCCURRENCES = 8
_MAX_VALUE_CHARS = 200
_MAX_INTEGER = 2**63
_FLOW_KEYS = (
    "disposition", "confidence", "verdict", "tier", "protocol", "direction", "source_kind",
    "destination_kind", "policies", "claims", "since",
)  # fmt: skip


# Of ASCII alone, as the anchor scan does it: a letter that becomes two would move what follows it.
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def lowered(text: str) -> str:
    """Write ASCII letters small; every character keeps its place."""
    return text.translate(_LOWER)


class _Found(NamedTuple):
    fields: Fields
    words: str | None = None


# jmespath takes values of a type that it does not expect to Python's own operators.
_ODD_DOCUMENT = (
    JMESPathError, RecursionError, TypeError, ValueError, AttributeError, LookupError,
    ArithmeticError,
)  # fmt: skip

_Find = Callable[[str, str | None], _Found | None]
_json = msgspec.json.Decoder(dict[str, Any])


class Match(NamedTuple):
    """A rule that holds: its entry, and what it found.

    Attributes
    ----------
    at
        Where the rule's anchor stands in the text.
    words
        What shows it best, where the rule says so; else the text around the anchor does.
    """

    entry: Entry
    rule: Rule
    fields: Fields
    at: int
    words: str | None = None

    @property
    def severity(self) -> Severity:
        """The rule's severity, which may differ from the entry's."""
        return self.rule.severity or self.entry.severity


class FlowIssue(NamedTuple):
    """A known issue that flows of one kind show.

    Attributes
    ----------
    superseded
        Whether another issue of the same flow tells it better: then it makes no sighting.
    weight
        How much of the issue's threshold one such flow makes up.
    rule
        The rule that holds.
    """

    id: str
    severity: Severity
    component: str
    superseded: bool = False
    weight: int = FULL_WEIGHT
    rule: str = ""


class _Armed(NamedTuple):
    entry: Entry
    rule: Rule
    find: _Find


class Matcher:
    """All rules of a catalogue, ready to be tried on lines and flows."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        active = [entry for entry in entries if entry.maturity != "planned"]
        self._by_anchor: dict[str, list[_Armed]] = {}
        self._by_lowered: dict[str, list[_Armed]] = {}
        self._flow_rules: list[tuple[Entry, Rule]] = []
        for entry in active:
            for rule in entry.rules:
                self._add(entry, rule)
        # Anchors of no rule: the event that holds one tells a running version, or holds the words
        # of a verdict that no grammar reads.
        telling: dict[str, list[_Armed]] = {
            name: [] for name in (*VERSION_ANCHORS, *VERDICT_MARKS) if name not in self._by_anchor
        }
        self._numbered = (*self._by_anchor.items(), *telling.items(), *self._by_lowered.items())
        self._anchors = AnchorScan((*self._by_anchor, *telling), tuple(self._by_lowered))
        self._every = range(len(self._numbered))
        self.versioned: dict[str, VersionedComponent] = {
            entry.id: entry.versions.of for entry in active if entry.versions
        }
        # By the values of `_FLOW_KEYS`: few combinations occur.
        self.match_verdict = lru_cache(maxsize=4096)(self._match_verdict)

    def _add(self, entry: Entry, rule: Rule) -> None:
        if rule.flow is not None:
            self._flow_rules.append((entry, rule))
            return
        if rule.objects is not None or rule.setup:
            return
        armed = _Armed(entry, rule, _finder(rule))
        by_anchor = self._by_lowered if rule.ignore_case else self._by_anchor
        for anchor in rule.anchors:
            key = lowered(anchor) if rule.ignore_case else anchor
            by_anchor.setdefault(key, []).append(armed)

    def match_text(
        self, text: str, component: str | None, anchors: Sequence[int] | None = None
    ) -> list[Match]:
        """Find what a line that is no flow shows: at most one match an issue and strength.

        `anchors` are the numbers that `hits` gave of this very text; without, all are sought.
        """
        found: dict[tuple[str, str], Match] = {}
        if is_unnamed(component) and is_audit_event(text):
            component = AUDIT
        for armed, at in self._candidates(text, self._every if anchors is None else anchors):
            key = (armed.entry.id, armed.rule.strength)
            if key in found or not _applies(armed.rule, component):
                continue
            hit = armed.find(text, component)
            if hit is not None:
                fields = _bounded(hit.fields)
                found[key] = Match(armed.entry, armed.rule, fields, at, hit.words)
        return [found[key] for key in sorted(found)]

    def resembles(
        self, text: str, component: str | None, anchors: Sequence[int] | None = None
    ) -> bool:
        """Whether a line that shows nothing holds a fault's words, cut or of a writer unnamed."""
        if is_audit_event(text):
            return False
        cut = is_cut_json(text)
        for armed, _at in self._candidates(text, self._every if anchors is None else anchors):
            rule = armed.rule
            if rule.strength != "sighting" or rule.regex is None:
                continue
            if cut and _may_be_of(rule, component):
                return True
            if is_unnamed(component) and holds_words(rule, text):
                return True
        return False

    def hits(self, texts: Sequence[str]) -> dict[int, list[int]]:
        """Find which of many texts hold which anchors, by index, ascending.

        No other can match, nor tell a running version.
        """
        return self._anchors.hits(texts)

    def anchors_in(self, text: str) -> list[int]:
        """Return the numbers of the anchors that stand in a text."""
        return self._anchors.hits([text]).get(0, [])

    def match_flow(self, flow: Flow) -> tuple[FlowIssue, ...]:
        """Find what a judged flow shows."""
        if flow.judgement is None:
            return ()
        judged = flow.judgement.disposition, flow.judgement.confidence
        ends = named_ends(
            kind_beside(flow.node, flow.source_ip),
            flow.source_port,
            flow.destination_ip,
            flow.destination_port,
        )
        source = flow.judgement.source_kind or ends.source
        return self.match_verdict(
            *judged, flow.verdict, flow.tier, flow.protocol, flow.direction, source,
            ends.destination, flow.judgement.policies, flow.judgement.claims,
            flow.judgement.effect,
        )  # fmt: skip

    def _match_verdict(self, *values: str | None) -> tuple[FlowIssue, ...]:
        flow = dict(zip(_FLOW_KEYS, values, strict=True))
        found: dict[str, tuple[Entry, Rule]] = {}
        for entry, rule in self._flow_rules:
            if rule.flow is not None and rule.flow.items() <= flow.items():
                found.setdefault(entry.id, (entry, rule))
        superseded = {issue for entry, _ in found.values() for issue in entry.supersedes}
        return tuple(
            FlowIssue(
                entry.id,
                rule.severity or entry.severity,
                entry.component,
                entry.id in superseded,
                entry.threshold_of(rule).weight,
                rule.name,
            )
            for entry, rule in found.values()
        )

    def _candidates(self, text: str, anchors: Iterable[int]) -> Iterator[tuple[_Armed, int]]:
        cased, small = len(self._by_anchor), ""
        for number in anchors:
            anchor, rules = self._numbered[number]
            if number >= cased:
                small = small or lowered(text)
            at = (text if number < cased else small).find(anchor)
            if at >= 0:
                for armed in rules:
                    yield armed, at


def _finder(rule: Rule) -> _Find:
    if rule.regex is not None:
        return _regex_finder(rule, rule.regex)
    if rule.when is not None:
        return _json_finder(rule.when, rule.fields, rule.evidence)
    return _detector_finder(rule.detector or "", rule.options)


def _detector_finder(name: str, options: Options) -> _Find:
    detector, witness = DETECTORS[name], WITNESSES.get(name)

    def find(text: str, component: str | None) -> _Found | None:
        fields = detector(text, component, options)
        if fields is None:
            return None
        return _Found(fields, witness(text, component) if witness else None)

    return find


def _regex_finder(rule: Rule, regex: str) -> _Find:
    pattern = _compiled(rule, regex)

    def find(text: str, component: str | None) -> _Found | None:
        text = laid_out(text)
        for found in _matches(rule, pattern, text):
            if _counts(rule, text, found.start(), component):
                return _Found(dict(found.groupdict()))
        return None

    return find


def _compiled(rule: Rule, regex: str) -> Searchable:
    return compile_linear(regex) if rule.linear else re.compile(regex)


def _matches(rule: Rule, pattern: Searchable, text: str) -> Iterator[Found]:
    """Yield where a rule's pattern holds near its anchors, whoever says or quotes it."""
    sought = lowered(text) if rule.ignore_case else text
    for anchor in map(lowered, rule.anchors) if rule.ignore_case else rule.anchors:
        for at in _occurrences(sought, anchor):
            yield from pattern.finditer(text, max(0, at - _BEFORE), at + _AFTER)


def _counts(rule: Rule, text: str, at: int, component: str | None) -> bool:
    """Whether what stands at an offset is said by who wrote the line, and not quoted."""
    unnamed = is_unnamed(component)
    if rule.stands == "always-first" or (rule.stands == "first" and unnamed):
        return begins_statement(text, at) and not (unnamed and _is_of_others(rule, text, at))
    return True


def _is_of_others(rule: Rule, text: str, at: int) -> bool:
    """Whether the layout of an unsigned line tells that none of a rule's writers wrote it."""
    asked = bool(rule.components) and rule.components <= _WITHOUT_LOGGERS
    return asked and has_keys_of_others(text, at)


def _occurrences(text: str, anchor: str) -> Iterator[int]:
    at = text.find(anchor)
    for _ in range(_MAX_OCCURRENCES):
        if at < 0:
            return
        yield at
        at = text.find(anchor, at + len(anchor))


def holds_words(rule: Rule, text: str) -> bool:
    """Return whether the words of a rule of text stand in a line, whoever says or quotes them."""
    if rule.regex is None:
        return False
    return next(_matches(rule, _compiled(rule, rule.regex), laid_out(text)), None) is not None


def _json_finder(when: str, fields: dict[str, str], evidence: str | None) -> _Find:
    condition = jmespath.compile(when)
    words = jmespath.compile(evidence) if evidence else None
    expressions = {name: jmespath.compile(expression) for name, expression in fields.items()}

    def find(text: str, _component: str | None) -> _Found | None:
        document = _document(text)
        try:
            if document is None or condition.search(document) is not True:
                return None
            found = {name: expression.search(document) for name, expression in expressions.items()}
            said = words.search(document) if words else None
        except _ODD_DOCUMENT:
            return None
        fields = {key: _value(key, value) for key, value in found.items()}
        return _Found(fields, said if isinstance(said, str) else None)

    return find


@lru_cache(maxsize=1)
def _document(text: str) -> dict[str, Any] | None:
    """Decode what rules look at; `None` for an audit event that shows no more than a try."""
    # The rules of one line follow one another: the last document is the only one worth keeping.
    event = decode_event(text)
    if event is not None and event.was_only_tried:
        return None
    try:
        return _json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _value(name: str, value: object) -> str | int | None:
    # A kubelet's user name is the only word of its node in many events of the audit log.
    if name == "node" and isinstance(value, str):
        return value.removeprefix(NODE_USER)
    return _scalar(value)


def _scalar(value: object) -> str | int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < _MAX_INTEGER else None
    return value if isinstance(value, str) else None


def _applies(rule: Rule, component: str | None) -> bool:
    if is_unnamed(component):
        return rule.unnamed
    return not rule.components or component in rule.components


def _may_be_of(rule: Rule, component: str | None) -> bool:
    return is_unnamed(component) or not rule.components or component in rule.components


def _bounded(fields: Fields) -> Fields:
    return {
        name: value[:_MAX_VALUE_CHARS] if isinstance(value, str) else value
        for name, value in fields.items()
    }
