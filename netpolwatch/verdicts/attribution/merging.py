"""Suggestions of one day as few policies: what is missing of one policy, or of one set of pods.

Rules of NetworkPolicies only add up. So a policy with the rules of several suggestions lets through
what each of them does, and nothing else.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Final

import msgspec

from netpolwatch.kubernetes.policy.combinations import MAX_COMBINATIONS, asked_by
from netpolwatch.kubernetes.policy.naming import policy_name
from netpolwatch.kubernetes.policy.spec import Direction, NetworkPolicy, Peer, Port, Rule
from netpolwatch.kubernetes.policy.suggest import Suggestion
from netpolwatch.verdicts.attribution.advice import Advice

_MAX_NOTES: Final = 12
_SEVERAL: Final = "several"
_PREFIX: Final = "A suggestion to review: it lets "
_OF_ONE: Final = ("It is the policy ", "It is a new policy ", "The port is opened ")
"""How notes begin that are true of one suggestion alone."""

_NAMING_LABELS: Final = ("app.kubernetes.io/name", "app", "k8s-app")


def merged_advice(advice: Iterable[Advice]) -> list[Advice]:
    """Return the same advice with one policy for each that is changed, or for the same pods.

    No two of the policies have the same name.
    """
    groups: dict[Hashable, list[Advice]] = defaultdict(list)
    for each in advice:
        groups[_target(each.suggestion)].append(each)
    taken: set[str] = set()
    merged: list[Advice] = []
    for group in groups.values():
        one = group[0] if len(group) == 1 else _merged(group, taken)
        taken.add(one.suggestion.policy.name)
        merged.append(one)
    return merged


def _target(suggestion: Suggestion) -> Hashable:
    """Return what suggestions share that become one policy."""
    policy = suggestion.policy
    if suggestion.base is not None:
        return policy.namespace, policy.name
    return policy.namespace, msgspec.json.encode(policy.pod_selector), _direction(suggestion)


def _direction(suggestion: Suggestion) -> Direction:
    """Return the direction that gets a rule."""
    policy, base = suggestion.policy, suggestion.base
    if base is None:
        return policy.directions[0]
    return "ingress" if policy.ingress != base.ingress else "egress"


def _merged(group: Sequence[Advice], taken: Collection[str]) -> Advice:
    suggestions = [each.suggestion for each in group]
    first = suggestions[0]
    policy = first.base or _new(first, taken)
    for direction in ("ingress", "egress"):
        added = merged_rules(each.added for each in suggestions if _direction(each) == direction)
        rules = {direction: (*policy.rules(direction), *added)}
        policy = msgspec.structs.replace(policy, **rules)
    suggestion = Suggestion(policy, first.change, first.peer, first.added, first.base)
    return Advice(suggestion, (*_notes(group), *_warnings(policy)))


def _new(suggestion: Suggestion, taken: Collection[str]) -> NetworkPolicy:
    direction, pods = _direction(suggestion), _pods(suggestion.policy)
    ends = (pods, _SEVERAL) if direction == "egress" else (_SEVERAL, pods)
    name = policy_name(*ends, direction, taken)
    return msgspec.structs.replace(suggestion.policy, name=name, ingress=(), egress=())


def _notes(group: Sequence[Advice]) -> Iterable[str]:
    """Yield what a merged suggestion lets through, a line each."""
    yield "A suggestion to review; remove what is not meant to pass. It lets"
    notes = dict.fromkeys(note for each in group for note in each.notes[:1])
    for note in list(notes)[:_MAX_NOTES]:
        yield f"- {note.removeprefix(_PREFIX)}"
    if len(notes) > _MAX_NOTES:
        yield f"- and {len(notes) - _MAX_NOTES} more"
    remarks = dict.fromkeys(note for each in group for note in each.notes[1:])
    yield from [note for note in remarks if not note.startswith(_OF_ONE)][:_MAX_NOTES]


def _pods(policy: NetworkPolicy) -> str:
    """Return what a policy's pods are called, by the label that names an application."""
    labels = dict(policy.pod_selector.match_labels or {})
    named = (labels[name] for name in _NAMING_LABELS if name in labels)
    return next(named, None) or "-".join(labels.values()) or "pods"


def merged_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules with each peer once, and peers of the same ports together."""
    ports: dict[bytes, dict[Port, None]] = defaultdict(dict)
    peers: dict[bytes, Peer] = {}
    for rule in rules:
        for peer in rule.peers:
            key = msgspec.json.encode(peer)
            peers[key] = peer
            ports[key].update(dict.fromkeys(rule.ports))
    together: dict[tuple[Port, ...], list[Peer]] = defaultdict(list)
    for key, opened in ports.items():
        together[tuple(sorted(opened, key=msgspec.json.encode))].append(peers[key])
    return tuple(Rule(tuple(group), opened) for opened, group in together.items())


def _warnings(policy: NetworkPolicy) -> Iterable[str]:
    for direction in policy.directions:
        asked = {each for rule in policy.rules(direction) for each in asked_by(rule)}
        if len(asked) > MAX_COMBINATIONS:
            yield (f"The agent keeps {MAX_COMBINATIONS} combinations of port and protocol for one"
                   f" peer; the {direction} rules of this policy have {len(asked)}.")  # fmt: skip
