"""Two patterns instead of one: selectors for the audit log, and one for all that is no audit event.

A log group has two filters, and an event that passes both would be delivered twice. So the
selectors ask for the audit log's API, whose name the other pattern excludes. Beside an exclusion
CloudWatch ignores optional terms: the pattern for text cannot ask for phrases, it can only leave
out what is routine.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from netpolwatch.catalogue.model import Entry
from netpolwatch.kubernetes.audit.anchors import CREATES_ONLY, TAUGHT
from netpolwatch.subscription.folded import UncoveredError
from netpolwatch.subscription.pattern import MAX_PATTERN_CHARS, parse

AUDIT_API: Final = "audit.k8s.io"
"""Stands in each audit event as it is: kube-apiserver's JSON escapes none of its characters."""

ROUTINE: Final = (
    "access granted", "Successfully bound pod to node", "SyncProxyRules complete",
    "Finished syncing",
)  # fmt: skip
"""What authenticator, scheduler, kube-proxy and the controllers say all day, in their own phrases.

No verdict holds one, nor does a line of a known issue.
"""

WRITTEN: Final = tuple(resource for resource in TAUGHT if resource not in CREATES_ONLY)
"""Resources of which every write may teach."""

CREATED: Final = tuple(resource for resource in TAUGHT if resource in CREATES_ONLY)
"""Resources of which only the creation teaches."""

_REFUSED_TO: Final = (
    '$.objectRef.apiGroup="networking.k8s.aws"',
    '$.user.username="eks:network-policy-controller"',
    '$.user.username="system:serviceaccount:kube-system:a*"',
)
"""Refusals that are told: of the controller's objects, of the controller, of aws-node."""

_UNSCHEDULED: Final = '$.requestObject.reason="FailedScheduling"'
"""The scheduler's words, where an audit policy keeps the bodies of Events; EKS's own does not."""

_WRITES: Final = '($.verb=create||$.verb=update||$.verb=patch||$.verb="delete*")'
_FAILURE: Final = 400
_RESOURCE = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Split:
    """The two patterns; no event passes both."""

    text: str
    audit: str


class _Reference(msgspec.Struct):
    resource: str = ""


class _Status(msgspec.Struct):
    code: int = 0


class _Event(msgspec.Struct, rename="camel"):
    """What an audit event is selected by."""

    api_version: str
    verb: str
    object_ref: _Reference
    response_status: _Status = msgspec.field(default_factory=_Status)


_EVENT = msgspec.json.Decoder(_Event)


def split_patterns(entries: Sequence[Entry], examples: Mapping[str, Sequence[str]]) -> Split:
    """Make the patterns for a catalogue; `examples` are each entry's own lines.

    Raises `UncoveredError` where an example passes neither, or 1,024 characters do not hold them.
    """
    active = [entry.id for entry in entries if entry.maturity != "planned"]
    wanted = [line for name in active for line in examples.get(name, ())]
    split = Split(_text_pattern(), _audit_pattern(wanted))
    if len(split.audit) > MAX_PATTERN_CHARS:
        raise UncoveredError(
            f"the catalogue needs JSON selectors of {len(split.audit)} characters, and CloudWatch "
            f"takes {MAX_PATTERN_CHARS}: subscribe with one pattern, or with none"
        )
    text, audit = parse(split.text), parse(split.audit)
    for line in wanted:
        if not (text.matches(line) or audit.matches(line)):
            raise UncoveredError(f"neither of two patterns passes the example {line[:100]!r}")
    return split


def _text_pattern() -> str:
    return " ".join(f'-"{phrase}"' for phrase in (AUDIT_API, *ROUTINE))


def _audit_pattern(lines: Iterable[str]) -> str:
    """Ask for what teaches, and for what the examples of known issues are about."""
    base = parse(_selectors(WRITTEN, (), ()))
    others = list(_audit_events(line for line in lines if not base.matches(line)))
    refused = [one for one in others if one.response_status.code >= _FAILURE]
    passed = [one for one in others if one.response_status.code < _FAILURE]
    written = [one for one in passed if _is_write(one.verb)]
    read = [one for one in passed if not _is_write(one.verb)]
    return _selectors([*WRITTEN, *_resources(written)], _resources(refused), _resources(read))


def _audit_events(lines: Iterable[str]) -> Iterator[_Event]:
    for line in lines:
        try:
            event = _EVENT.decode(line)
        except msgspec.DecodeError:
            continue
        if event.api_version.startswith(AUDIT_API) and _RESOURCE.fullmatch(
            event.object_ref.resource
        ):
            yield event


def _is_write(verb: str) -> bool:
    return verb in ("create", "update", "patch") or verb.startswith("delete")


def _resources(events: Iterable[_Event]) -> list[str]:
    return sorted({event.object_ref.resource for event in events})


def _selectors(written: Iterable[str], refused: Iterable[str], read: Iterable[str]) -> str:
    refusals = "||".join((*_REFUSED_TO, *map(_about, refused)))
    asked = (
        f"{_WRITES}&&({_about_any(written)})",
        f"$.verb=create&&({_about_any(CREATED)})",
        f"$.responseStatus.code>={_FAILURE}&&({refusals})",
        _UNSCHEDULED,
        *map(_about, read),
    )
    return f'{{ $.apiVersion="{AUDIT_API}/*"&&({"||".join(asked)}) }}'


def _about_any(resources: Iterable[str]) -> str:
    return "||".join(map(_about, resources))


def _about(resource: str) -> str:
    return f'$.objectRef.resource="{resource}"'
