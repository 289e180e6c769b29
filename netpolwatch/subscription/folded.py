"""One pattern for everything that is read: an OR of phrases, generated from the catalogue.

Phrases are cut out of the entries' own anchors, as few and as short as cover them all; beside them
stand those of the flows, of what bears on a DENY nearby, of a panic's frames, and of the audit
events that tell who owned an address.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from netpolwatch.catalogue.model import Entry, Rule
from netpolwatch.ingest.origin import AUDIT
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, whole

FLOWS: Final = ("PolicyVerdict", "Flow Info")
"""Every form of a verdict's line (see `netpolwatch.flows`)."""

NEIGHBOURS: Final = (
    "conntrack map", "Conntrack cleanup", "AttacheBPFProbes", "Successfully attached",
    "Pod already has", "Starting network policy agent", "pod_state map",
)  # fmt: skip
"""What the window reads beside the verdicts (see `netpolwatch.verdicts.window.facts`)."""

FRAMES: Final = ("goroutine", "aws-network-policy-agent", "amazon-vpc-cni-k8s")
"""A panic's trace is several events: its frames decide whose it is."""

OBJECTS: Final = (
    "pods", "networkpolicies", "networking.k8s.aws", "Namespace", "Service", "Node", "ReplicaSet",
    "Job", "lastHeartbeatTime", "daemonsets",
)  # fmt: skip
"""Audit events of the objects that identities and policies are learned from, and of kubelets that
live: a patch of their node's status names no kind. EKS logs the policies that this CNI adds without
their bodies: their API group stands for all of them."""

_ORDINARY: Final = """
{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"5d6f7b","stage":
"ResponseComplete","requestURI":"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/x",
"verb":"update","user":{"username":"system:node:x","groups":["system:nodes","system:authenticated"]},
"sourceIPs":["10.0.1.9"],"userAgent":"kubelet/v1.31","objectRef":{"resource":"leases","namespace":
"kube-node-lease","name":"x","apiGroup":"coordination.k8s.io","apiVersion":"v1"},"responseStatus":
{"metadata":{},"code":200,"status":"Failure","message":"","reason":"NotFound"},"requestObject":{},
"requestReceivedTimestamp":"","stageTimestamp":"","annotations":{"authorization.k8s.io/decision":
"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding to ClusterRole"}}
I0601 10:00:00.123456 10 controller.go:624] request for resources to be available, with no error
get list watch create update patch delete kube-system
"""
"""What a healthy cluster says all day: a word of it is no phrase to look for."""

_BASE: Final = FLOWS + NEIGHBOURS + FRAMES + OBJECTS
_AROUND: Final = len('?"" ')
_MAX_WORDS: Final = 5
_LEAST_CHARS: Final = 6
_TELLING_CHARS: Final = range(16, _LEAST_CHARS - 1, -1)
"""A short phrase passes much that is nothing: the longest ones that fit are taken."""

_PARTS = re.compile(r"[:/]")
_WORDS = re.compile(r"[A-Za-z0-9_][^\s\"\\]*[A-Za-z0-9_]|[A-Za-z0-9_]")


class UncoveredError(ValueError):
    """No pattern within CloudWatch's bound passes all that is to be seen."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A text that must pass: an anchor as far as it surely stands there, or an example."""

    name: str
    text: str


def folded_pattern(entries: Sequence[Entry], examples: Mapping[str, Sequence[str]]) -> str:
    """Make the pattern for a catalogue; `examples` are each entry's own lines.

    Raises `UncoveredError` where no pattern of 1,024 characters does.
    """
    active = [entry for entry in entries if entry.maturity != "planned"]
    uncovered = _uncovered(_wanted(active, examples), _BASE)
    covers = {phrase: uncovered - _uncovered(uncovered, [phrase]) for phrase in _candidates(active)}
    pattern = ""
    for telling in _TELLING_CHARS:
        terms = [*_BASE, *_chosen(uncovered, covers, telling)]
        pattern = " ".join(f'?"{term}"' for term in terms)
        if len(pattern) <= MAX_PATTERN_CHARS:
            return pattern
    raise UncoveredError(
        f"the catalogue needs a filter pattern of {len(pattern)} characters, and CloudWatch "
        f"takes {MAX_PATTERN_CHARS}: subscribe without one"
    )


def _wanted(entries: Iterable[Entry], examples: Mapping[str, Sequence[str]]) -> Iterator[_Wanted]:
    for entry in entries:
        for number, line in enumerate(examples.get(entry.id, ()), start=1):
            yield _Wanted(f"{entry.id}, example {number}", line)
        for rule in entry.rules:
            # An audit event has more words than an anchor: its examples say which.
            if rule.regex is not None and rule.subscribed and rule.components != {AUDIT}:
                for anchor in rule.anchors:
                    yield _Wanted(f"{entry.id}, anchor {anchor!r}", _sure(anchor, rule))


def _sure(anchor: str, rule: Rule) -> str:
    """Give the words of an anchor that are surely whole: those between others, or alone in it."""
    if rule.ignore_case or " " not in anchor.strip():
        return anchor
    head, tail = anchor[:1].isspace(), anchor[-1:].isspace() or not anchor[-1:].isalnum()
    words = anchor.split()
    # The first word may be the end of a longer one, where it does not begin like a sentence.
    begins = 0 if head or words[0][:1].isupper() or words[0] in _WHOLE_FIRST else 1
    return " ".join(words[begins:] if tail or len(words) > begins + 1 else words)


_WHOLE_FIRST: Final = frozenset({
    "failed", "unable", "panic:", "to", "no", "resource", "subnet", "unique", "due", "bpf-fs",
    "bpf-maps", "_conntrack:",
})  # fmt: skip


def _candidates(entries: Iterable[Entry]) -> list[str]:
    found: dict[str, None] = {}
    for entry in entries:
        for rule in entry.rules:
            for anchor in rule.anchors if rule.subscribed else ():
                found.update(dict.fromkeys(_phrases(anchor)))
    return [phrase for phrase in found if not whole(phrase).search(_ORDINARY)]


def _phrases(anchor: str) -> Iterator[str]:
    spans = [found.span() for found in _WORDS.finditer(anchor)]
    for first in range(len(spans)):
        for last in range(first, min(len(spans), first + _MAX_WORDS)):
            phrase = anchor[spans[first][0] : spans[last][1]]
            # Of an image's name the tag may go on: its parts stand whole.
            for part in _PARTS.split(phrase) if first == last else ():
                if len(part) >= _LEAST_CHARS:
                    yield part
            if len(phrase) >= _LEAST_CHARS and not set('"\\') & set(phrase):
                yield phrase


def _uncovered(wanted: Iterable[_Wanted], phrases: Sequence[str]) -> set[_Wanted]:
    searches = [whole(phrase).search for phrase in phrases]
    return {one for one in wanted if not any(search(one.text) for search in searches)}


def _chosen(wanted: Set[_Wanted], covers: Mapping[str, set[_Wanted]], telling: int) -> list[str]:
    """Choose phrases: each time the one that covers most for its length."""
    left = set(wanted)
    chosen: list[str] = []
    while left:
        best = max(
            covers, key=lambda one: _worth(one, len(covers[one] & left), telling), default=""
        )
        if not best or not covers[best] & left:
            names = ", ".join(sorted(one.name for one in left)[:3])
            raise UncoveredError(f"no phrase of an anchor stands whole in: {names}")
        chosen.append(best)
        left -= covers[best]
    return _needed(chosen, covers)


def _worth(phrase: str, covered: int, telling: int) -> tuple[bool, float, str]:
    return covered > 0 and len(phrase) >= telling, covered / (len(phrase) + _AROUND), phrase


def _needed(chosen: Sequence[str], covers: Mapping[str, set[_Wanted]]) -> list[str]:
    """Leave out what later choices made superfluous; the order is the alphabet's."""
    kept = list(chosen)
    for phrase in chosen:
        others = set().union(*(covers[one] for one in kept if one != phrase))
        if covers[phrase] <= others:
            kept.remove(phrase)
    return sorted(kept)
