"""The channels that a deployment has, and where a notice goes that one of them refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from netpolwatch.aws.channels.bus import Bus
from netpolwatch.aws.channels.sns import ChatTopic, FindingsTopic
from netpolwatch.aws.channels.telling import Telling
from netpolwatch.aws.clients import events, secrets, sns, sqs
from netpolwatch.findings.channels import Channel
from netpolwatch.findings.dispatch import Refuse
from netpolwatch.findings.items import Outgoing

if TYPE_CHECKING:
    from netpolwatch.aws.channels.slack import Slack


@dataclass(frozen=True, slots=True)
class Places:
    """Where a deployment tells what it found; empty where it does not."""

    findings_topic_arn: str
    dashboard: str
    chat_topic_arn: str = ""
    event_bus: str = ""
    slack_secret_arn: str = ""


def channels_of(places: Places, summaries: Mapping[str, str]) -> list[Channel]:
    """Give the channels of a deployment, mail first."""
    region, account = places.findings_topic_arn.split(":")[3:5]
    telling = Telling(account, region, places.dashboard, summaries)
    channels: list[Channel] = [FindingsTopic(sns(), places.findings_topic_arn, telling)]
    if places.chat_topic_arn:
        channels.append(ChatTopic(sns(), places.chat_topic_arn, telling))
    if places.event_bus:
        channels.append(Bus(events(), places.event_bus, telling))
    if places.slack_secret_arn:
        # slack-sdk costs 0.1 s to import: a deployment without Slack never pays for it.
        from netpolwatch.aws.channels.slack import SlackChannel  # noqa: PLC0415

        channels.append(SlackChannel(_slack(places.slack_secret_arn), telling))
    return channels


def refuse_to(queue_url: str) -> Refuse:
    """Keep what a channel refuses in a queue; raises `ClientError` where that fails."""

    def refuse(outgoing: Outgoing, channel: str, why: str) -> None:
        body = {
            "kind": "refused-notification", "channel": channel, "why": why, "outgoing": outgoing,
        }  # fmt: skip
        sqs().send_message(QueueUrl=queue_url, MessageBody=msgspec.json.encode(body).decode())

    return refuse


def _slack(secret_arn: str) -> Callable[[], "Slack"]:
    @lru_cache(maxsize=1)
    def connect() -> "Slack":
        from netpolwatch.aws.channels.slack import slack_of  # noqa: PLC0415

        return slack_of(secrets().get_secret_value(SecretId=secret_arn)["SecretString"])

    return connect
