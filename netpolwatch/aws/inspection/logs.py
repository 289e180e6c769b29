"""What CloudWatch Logs says of a cluster's log groups."""

import re
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from netpolwatch.aws.inspection.reading import is_absent
from netpolwatch.doctor.facts import AgentStreams, LogGroup, RecentVerdicts, SubscriptionFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

AGENT_STREAMS: Final = "aws-network-policy-agent-audit-"
_MOST_STREAMS: Final = 1_000
_HOUR_MS: Final = 3_600_000
_VERDICTS: Final = '"PolicyVerdict"'
_ACCEPT: Final = "PolicyVerdict: ACCEPT"
_DENY: Final = "PolicyVerdict: DENY"
_MOST_PAGES: Final = 5
_NO_EVENT: Final["FilteredLogEventTypeDef"] = {}
_NODE: Final = re.compile(r"Node: (?P<node>[A-Za-z0-9][A-Za-z0-9.-]{0,252});")


class Logs:
    """The log groups of one cluster; every method only reads, and raises `ClientError`."""

    def __init__(self, client: "CloudWatchLogsClient", cluster: str) -> None:
        self._client = client
        self._cluster = cluster
        self.group_name = f"/aws/eks/{cluster}/cluster"

    def group(self) -> LogGroup | None:
        """Return the control plane's group; `None` where it does not exist."""
        pages = self._client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=self.group_name
        )
        for page in pages:
            for group in page["logGroups"]:
                if group.get("logGroupName") == self.group_name:
                    return LogGroup(
                        name=self.group_name,
                        storage_class=group.get("logGroupClass", "STANDARD"),
                        retention_days=group.get("retentionInDays"),
                        kms_key=group.get("kmsKeyId"),
                    )
        return None

    def filters(self) -> tuple[SubscriptionFilter, ...]:
        """Return the group's subscription filters; none where the group does not exist."""
        try:
            answer = self._client.describe_subscription_filters(logGroupName=self.group_name)
        except ClientError as error:
            if is_absent(error):
                return ()
            raise
        return tuple(
            SubscriptionFilter(one.get("filterName", ""), one.get("destinationArn", ""))
            for one in answer["subscriptionFilters"]
        )

    def agent_streams(self) -> AgentStreams:
        """Return the agents' streams, at most 1,000 of them counted."""
        count, newest = 0, None
        pages = self._client.get_paginator("describe_log_streams").paginate(
            logGroupName=self.group_name, logStreamNamePrefix=AGENT_STREAMS,
            PaginationConfig={"MaxItems": _MOST_STREAMS},
        )  # fmt: skip
        try:
            for page in pages:
                for stream in page["logStreams"]:
                    count += 1
                    time = stream.get("lastEventTimestamp")
                    newest = time if newest is None else max(newest, time or newest)
        except ClientError as error:
            if not is_absent(error):
                raise
        return AgentStreams(count, newest)

    def recent_verdicts(self, now_ms: int) -> RecentVerdicts:
        """Return the agents' verdicts of the last hour, at most five pages of them."""
        events = list(self._verdicts(now_ms))
        newest = max(events, key=lambda event: event.get("timestamp", 0), default=_NO_EVENT)
        messages = [event.get("message", "") for event in events]
        return RecentVerdicts(
            accepted=sum(_ACCEPT in message for message in messages),
            denied=sum(_DENY in message for message in messages),
            newest_ms=newest.get("timestamp"),
            newest_stream=newest.get("logStreamName"),
            newest_node=_node_of(newest.get("message", "")),
        )

    def _verdicts(self, now_ms: int) -> "Iterator[FilteredLogEventTypeDef]":
        request: dict[str, Any] = {
            "logGroupName": self.group_name, "logStreamNamePrefix": AGENT_STREAMS,
            "startTime": now_ms - _HOUR_MS, "endTime": now_ms, "filterPattern": _VERDICTS,
        }  # fmt: skip
        for _page in range(_MOST_PAGES):
            try:
                answer = self._client.filter_log_events(**request)
            except ClientError as error:
                if is_absent(error):
                    return
                raise
            yield from answer["events"]
            if not answer.get("nextToken"):
                return
            request["nextToken"] = answer["nextToken"]

    def node_groups_of_logs(self) -> tuple[str, ...]:
        """Return the groups that shippers of this cluster's nodes name after it."""
        prefixes = (
            f"/aws/containerinsights/{self._cluster}/dataplane",
            f"/aws/eks/{self._cluster}/nodes",
        )
        return tuple(
            name
            for prefix in prefixes
            for page in self._client.get_paginator("describe_log_groups").paginate(
                logGroupNamePrefix=prefix
            )
            for group in page["logGroups"]
            if (name := group.get("logGroupName", "")) == prefix or name.startswith(f"{prefix}/")
        )


def _node_of(verdict: str) -> str | None:
    """Return the node that a verdict names first; a name is all that may stand there."""
    found = _NODE.match(verdict)
    return found["node"] if found else None
