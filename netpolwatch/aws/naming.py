"""A denied conversation's finding gets the names of its ends, and the policies that decided."""

import logging
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge_table import KnowledgeTable
from netpolwatch.findings.model import Finding
from netpolwatch.findings.notices import who
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

_logger = logging.getLogger(__name__)
_MAX_POLICIES: Final = 20
_MAX_JUDGED_CHARS: Final = 600
_Identity = dict[str, Any]


class Namer:
    """Names findings of denied flows; one that nothing is known of stays as it is."""

    def __init__(self, table: KnowledgeTable) -> None:
        self._table = table

    def named(self, finding: Finding) -> Finding:
        """Explain the finding's first verdict by what was known at its time, and then its last.

        An address is given to another pod within seconds: a finding of hours may be of two.
        """
        flow = _flow_of(finding)
        if flow is None or flow.timestamp is None:
            return finding
        try:
            first = self._explained(finding.cluster, flow)
            until = _last_of(finding, flow)
            last = first if until == flow else self._explained(finding.cluster, until)
        except (ClientError, BotoCoreError):
            # A name is worth much, and an alert more.
            _logger.exception("finding %s is told without names", finding.id)
            return finding
        ends = _ends(first)
        later = _successors(finding, ends, _ends(last))
        isolating = dict.fromkeys((*first.isolating, *(last.isolating if later else ())))
        return msgspec.structs.replace(
            finding,
            identities=(*ends, *later),
            policies=tuple(isolating)[:_MAX_POLICIES],
            judged=None if first.disposition == "unknown" else _short(first.judged),
        )

    def _explained(self, cluster: str | None, flow: Flow) -> Explanation:
        addresses = [one for one in (flow.source_ip, flow.destination_ip) if one is not None]
        return Explainer(self._table.around(cluster, addresses, flow.timestamp or 0)).explain(flow)


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
