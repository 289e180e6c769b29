"""Findings are named by the table of what is known."""

import logging
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from netpolwatch.aws.knowledge_table import KnowledgeTable
from netpolwatch.findings.model import Finding
from netpolwatch.reporting.naming import named

_logger = logging.getLogger(__name__)


class Namer:
    """Names findings of denied flows; one that nothing is known of stays as it is."""

    def __init__(self, table: KnowledgeTable) -> None:
        self._table = table

    def named(self, finding: Finding) -> Finding:
        """Name a finding; where the table refuses, it is told without names."""
        try:
            return named(finding, partial(self._table.around, finding.cluster))
        except (ClientError, BotoCoreError):
            # A name is worth much, and an alert more.
            _logger.exception("finding %s is told without names", finding.id)
            return finding
