"""What every channel needs to tell a notice: the deployment's place, and the catalogue's words."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from netpolwatch.findings.model import Finding, Links
from netpolwatch.findings.notices import FindingNotice, Notice
from netpolwatch.reporting.links import dashboard_link, logs_insights_link
from netpolwatch.reporting.message import Message, message_of


@dataclass(frozen=True, slots=True)
class Telling:
    """Where a deployment is, and what it knows of each issue: id to summary."""

    account: str
    region: str
    dashboard: str
    summaries: Mapping[str, str]

    def located(self, notice: Notice) -> Notice:
        """Add what only a deployment knows: the account, the region, links into the console."""
        if not isinstance(notice, FindingNotice):
            return notice
        return msgspec.structs.replace(notice, finding=self._located(notice.finding))

    def message(self, notice: Notice, notification: str) -> Message:
        """Make a message of a located notice."""
        issue = notice.finding.issue if isinstance(notice, FindingNotice) else ""
        links = Links(dashboard=dashboard_link(self.region, self.dashboard))
        return message_of(notice, notification, self.summaries.get(issue, ""), links)

    def _located(self, finding: Finding) -> Finding:
        links = Links(dashboard=dashboard_link(self.region, self.dashboard))
        if finding.evidence:
            seen = finding.evidence[0]
            insights = logs_insights_link(self.region, seen.log_group, seen.log_stream)
            links = msgspec.structs.replace(links, logs_insights=insights)
        return msgspec.structs.replace(
            finding, account=self.account, region=self.region, links=links
        )
