"""Findings are named by the table of what is known."""

import logging
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge.reading import KnowledgeReader
from netpolwatch.findings.model import Finding
from netpolwatch.flows.model import Flow
from netpolwatch.kubernetes.identity import Knowledge
from netpolwatch.kubernetes.identity.gathering import Gathering
from netpolwatch.reporting.naming import named
from netpolwatch.verdicts.attribution.explain import Explainer
from netpolwatch.verdicts.attribution.explanation import Explanation

_logger = logging.getLogger(__name__)


class Namer:
    """Names findings of denied flows; one that nothing is known of stays as it is."""

    def __init__(self, reader: KnowledgeReader) -> None:
        self._reader = reader

    def named(self, finding: Finding) -> Finding:
        """Name a finding; where the table refuses, it is told without names."""
        try:
            gathering = Gathering(partial(self._reader.read, finding.cluster))
            return named(finding, lambda flow: gathering.answers([flow], _explained).get(flow))
        except (ClientError, BotoCoreError):
            # A name is worth much, and an alert more.
            _logger.exception("finding %s is told without names", finding.id)
            return finding


def _explained(flow: Flow, knowledge: Knowledge) -> Explanation:
    return Explainer(knowledge).explain(flow)
