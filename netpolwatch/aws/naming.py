"""A denied conversation's finding gets the names of its ends, and the policies that decided."""

import logging
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge_table import KnowledgeTable
from netpolwatch.findings.model import Finding
from netpolwatch.flows.line import parse_flow
from netpolwatch.flows.model import Flow
from netpolwatch.ingest.timestamps import milliseconds
from netpolwatch.reporting.explained import explanation_row
from netpolwatch.verdicts.attribution.explain import Explainer

_logger = logging.getLogger(__name__)
_MAX_POLICIES: Final = 20


class Namer:
    """Names findings of denied flows; one that nothing is known of stays as it is."""

    def __init__(self, table: KnowledgeTable) -> None:
        self._table = table

    def named(self, finding: Finding) -> Finding:
        """Explain the finding's first verdict by what was known at its time."""
        flow = _flow_of(finding)
        if flow is None or flow.timestamp is None:
            return finding
        addresses = [one for one in (flow.source_ip, flow.destination_ip) if one is not None]
        try:
            knowledge = self._table.around(finding.cluster, addresses, flow.timestamp)
        except (ClientError, BotoCoreError):
            # A name is worth much, and an alert more.
            _logger.exception("finding %s is told without names", finding.id)
            return finding
        told = Explainer(knowledge).explain(flow)
        row = explanation_row(0, told)
        return msgspec.structs.replace(
            finding,
            identities=(row["source"], row["destination"]),
            policies=tuple(told.isolating[:_MAX_POLICIES]),
        )


def _flow_of(finding: Finding) -> Flow | None:
    """Read the flow that the finding shows; `None` for a finding of anything else."""
    for evidence in finding.evidence:
        flow = parse_flow(evidence.text)
        if flow is not None:
            time = flow.timestamp or milliseconds(evidence.timestamp or "")
            return msgspec.structs.replace(flow, timestamp=time)
    return None
