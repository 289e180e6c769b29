"""Denied conversations by cause: the policy that isolates their pods.

Several policies may isolate one pod. The policy that isolates the most denied conversations is a
cause with all of these (`reporting.covering`): a default-deny policy stands once, with the narrower
policies of its pods beside it. Where no policy is known, the address that most of them share takes
its place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from netpolwatch.catalogue.model import SEVERITIES, Severity
from netpolwatch.reporting.covering import covered
from netpolwatch.reporting.report.model import Cause, Denial, MissingRule, PolicyChange

_MANY_WORKLOADS: Final = 5
_MAX_BESIDE: Final = 10
_CREATED: Final = "policy-created"
_OFTEN: Final = 3
"""Packets from which on a blocked path is no accident of a pod's first seconds."""

_OWN_KINDS: Final = frozenset({"pod", "unknown"})
_POLICY, _TIER, _STRICT, _TO, _FROM = "policy", "tier", "strict", "to", "from"
_Shared = tuple[str, str]
"""What conversations have in common: its kind, and its name."""


def causes_of(denials: Sequence[Denial]) -> list[Cause]:
    """Return the causes of some denials, the gravest first, then the most frequent."""
    causes = [_cause(shared, members) for shared, members in covered(denials, _shared_by)]
    return sorted(
        causes, key=lambda cause: (-SEVERITIES.index(cause.severity), -cause.packets, cause.label)
    )


def _shared_by(denial: Denial) -> tuple[_Shared, ...]:
    if denial.tier in ("ADMIN", "BASELINE"):
        return ((_TIER, denial.tier),)
    if denial.policies:
        return tuple((_POLICY, policy) for policy in denial.policies)
    decider = denial.decider
    if decider is not None and decider.kind == "pod":
        return ((_STRICT, decider.namespace or ""),)
    to = f"{denial.destination.name} port {denial.port} {denial.protocol}"
    return ((_TO, to), (_FROM, denial.source.name))


def _cause(shared: _Shared, denials: list[Denial]) -> Cause:
    kind, name = shared
    severity, graver = _severity(denials)
    beside = dict.fromkeys(policy for denial in denials for policy in denial.policies)
    beside.pop(name, None)
    return Cause(
        label=_label(kind, name, len(denials)),
        policy=name if kind == _POLICY else None,
        severity=severity,
        graver=graver,
        packets=sum(denial.packets for denial in denials),
        clients=len({denial.source.name for denial in denials}),
        first_ms=min((each.first_ms for each in denials if each.first_ms), default=None),
        last_ms=max((each.last_ms for each in denials if each.last_ms), default=None),
        denials=tuple(sorted(denials, key=lambda each: (-each.packets, each.source.name))),
        missing=tuple(missing_rules(denials)),
        beside=tuple(beside)[:_MAX_BESIDE],
        change=_change(denials),
    )


def _change(denials: Iterable[Denial]) -> PolicyChange | None:
    """Return the change that began most of the denied packets, with how many these are."""
    began: dict[tuple[int, str, str], PolicyChange] = {}
    for change in (denial.change for denial in denials):
        if change is not None:
            key = (change.at_ms, change.kind, change.name)
            known = began.get(key)
            began[key] = replace(change, packets=change.packets + (known.packets if known else 0))
    return max(began.values(), key=lambda each: (each.packets, each.at_ms), default=None)


def _label(kind: str, name: str, conversations: int) -> str:
    if kind in (_TO, _FROM) and conversations == 1:
        return "policy not known"
    return {
        _POLICY: f"policy {name}",
        _TIER: f"a ClusterNetworkPolicy of tier {name}",
        _STRICT: f"strict mode: no policy selects the pods of namespace {name}",
        _TO: f"policy not known, all to {name}",
        _FROM: f"policy not known, all from {name}",
    }[kind]


def _severity(denials: Sequence[Denial]) -> tuple[Severity, str | None]:
    """Return how grave a cause is, and why: by what is blocked and how many it hits."""
    blocked: Counter[str] = Counter()
    for denial in denials:
        if denial.path is not None:
            blocked[denial.path] += denial.packets
    pods = len({denial.source.name for denial in denials if denial.source.kind in _OWN_KINDS})
    if blocked:
        severity: Severity = "high" if max(blocked.values()) >= _OFTEN else "medium"
        return severity, f"blocks {' and '.join(sorted(blocked))}"
    if pods >= _MANY_WORKLOADS:
        return "medium", f"hits {pods} workloads"
    # What was allowed until somebody changed a policy is missed by somebody; what a new policy
    # denies is often what it was written for.
    changes = (denial.change for denial in denials if denial.change is not None)
    is_cut = any(change.kind != _CREATED for change in changes)
    return ("medium", "allowed before a change") if is_cut else ("low", None)


def missing_rules(denials: Iterable[Denial]) -> list[MissingRule]:
    """Return the rules that denied conversations need, each once with all its ports."""
    wanted: dict[tuple[str, str, str], list[Denial]] = defaultdict(list)
    for denial in denials:
        decider, peer = denial.decider, denial.peer
        if denial.direction is not None and decider is not None and peer is not None:
            wanted[denial.direction, decider.name, peer.name].append(denial)
    rules = [_missing_rule(members) for members in wanted.values()]
    return sorted(rules, key=lambda rule: (-rule.packets, rule.decider, rule.peer))


def _missing_rule(denials: Sequence[Denial]) -> MissingRule:
    first = denials[0]
    assert first.direction is not None  # noqa: S101  # only such are grouped
    ports = dict.fromkeys(f"{denial.protocol} {denial.port}" for denial in denials)
    return MissingRule(
        direction=first.direction,
        decider=first.decider.name if first.decider else "",
        peer=first.peer.name if first.peer else "",
        ports=tuple(ports),
        packets=sum(denial.packets for denial in denials),
        nearest=first.nearest,
        nearest_why=first.nearest_why,
    )
