"""A denied conversation's finding gets the names of its ends, and what the policies say of it."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import who
from netpolwatch.findings.observation import is_other
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.verdicts.attribution.explanation import Explanation
from netpolwatch.verdicts.attribution.since_sentence import changed_at, since_sentence

Explain = Callable[[Flow], Explanation | None]
"""Explains a verdict by what is known of its time; `None` where that would need too much."""

_MAX_POLICIES: Final = 20
_MAX_JUDGED_CHARS: Final = 600
_OF_ONE: Final = frozenset({"source", "pod", "workload"})
"""Subjects that one pod has at an end."""

_Identity = dict[str, Any]


def named(finding: Finding, explain: Explain) -> Finding:
    """Explain a finding's first verdict by what was known at its time, and then its last.

    One that nothing is known of, or that shows no verdict, stays as it is. An address is given to
    another pod within seconds: a finding of hours may be of two. Raises what `explain` raises.
    """
    flow = _flow_of(finding)
    if flow is None or flow.timestamp is None or is_other(finding.subject):
        # One verdict's ends are not those of all the subjects that were not told apart.
        return finding
    first = explain(flow)
    until = _last_of(finding, flow)
    last = first if until == flow else explain(until)
    if first is None or last is None:
        return finding
    ends = _ends(first)
    later = _successors(finding, ends, _ends(last))
    isolating = dict.fromkeys((*first.isolating, *(last.isolating if later else ())))
    return msgspec.structs.replace(
        finding,
        identities=(*ends, *later),
        policies=() if flow.tier == "ERROR" else tuple(isolating)[:_MAX_POLICIES],
        judged=None if first.disposition == "unknown" else _short(first.judged),
        **_change(finding, first),
    )


def _change(finding: Finding, told: Explanation) -> dict[str, str | None]:
    """Return a finding's fields that tell since when, and by whom.

    A finding of many conversations has many such changes, and none is told.
    """
    since = told.since
    if since is None or _OF_ONE.isdisjoint(finding.subject):
        return {}
    return {
        "since": changed_at(since),
        "changed_by": since.change.actor,
        "change": since_sentence(since, told.as_of or 0),
    }


def _short(judged: str | None) -> str | None:
    return judged and judged[:_MAX_JUDGED_CHARS]


def _ends(told: Explanation) -> tuple[_Identity, _Identity]:
    row = explanation_row(0, told)
    return row["source"], row["destination"]


def _successors(
    finding: Finding, before: Iterable[_Identity], after: Iterable[_Identity]
) -> tuple[_Identity, ...]:
    """Give the ends that another workload had at the last verdict.

    Only an address in the subject is one of every verdict; and that an owner is not known any more
    makes nobody its successor.
    """
    addresses = set(finding.subject.values())
    return tuple(
        then
        for was, then in zip(before, after, strict=True)
        if then["ip"] in addresses and who(then) not in (None, who(was))
    )


def _flow_of(finding: Finding) -> Flow | None:
    """Read the flow that the finding shows, as of the first verdict; `None` where it is none."""
    for evidence in finding.evidence:
        flow = parse_flow(evidence.text)
        if flow is not None:
            time = flow.timestamp or milliseconds(evidence.timestamp or "")
            # Batches come in any order: the first verdict is not always the one that is shown.
            whole = {flow.source_ip, flow.destination_ip} <= set(finding.subject.values())
            first = milliseconds(finding.first_seen or "") if whole else None
            return msgspec.structs.replace(flow, timestamp=first or time)
    return None


def _last_of(finding: Finding, flow: Flow) -> Flow:
    last = milliseconds(finding.last_seen or "")
    return msgspec.structs.replace(flow, timestamp=max(flow.timestamp or 0, last or 0))
