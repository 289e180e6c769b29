"""Whom we tell: `findings` about the clusters, `ops` about ourselves."""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.outputs import Output
from netpolwatch.configuration import ChatConfig

# Chat configurations are global; their API answers in a few regions only.
_CHAT_REGION = "us-east-2"


class Topics(Construct):
    """Encrypted topics; every e-mail address subscribes `findings` and `ops`.

    `chat` is there only with a chat channel: Amazon Q Developer drops whatever is no custom
    notification, so it has a topic of its own.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        email: Iterable[str],
        chat: ChatConfig | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.chat = self._topic("Chat", "netpolwatch chat", key) if chat is not None else None
        self._claims_channel = chat is not None and chat.claims_channel
        self.findings = self._topic("Findings", "netpolwatch findings", key)
        self.ops = self._topic("Ops", "netpolwatch operations", key)
        # A topic with a policy of its own has lost the default one, under which alarms publish.
        self.ops.add_to_resource_policy(_alarms_may_publish(self.ops))
        for address in email:
            for topic in (self.findings, self.ops):
                topic.add_subscription(subscriptions.EmailSubscription(address))

    def outputs(self) -> dict[str, Output]:
        """Return what others can subscribe to."""
        outputs = {
            "FindingsTopicArn": (self.findings.topic_arn, "Subscribe to it for findings"),
            "OpsTopicArn": (self.ops.topic_arn, "Subscribe to it for alarms about us"),
        }
        if self.chat is not None:
            outputs["ChatTopicArn"] = (self.chat.topic_arn, "Relayed by Amazon Q Developer")
            if not self._claims_channel:
                outputs["ChatHowTo"] = (how_to_add(self.chat), "Add the topic to a channel")
        return outputs

    def _topic(self, construct_id: str, display_name: str, key: kms.IKey) -> sns.Topic:
        return sns.Topic(
            self, construct_id, display_name=display_name, master_key=key, enforce_ssl=True
        )


def how_to_add(topic: sns.ITopic) -> str:
    """Return the two commands that add a topic to the configuration which a channel has.

    An update replaces the list of topics, so the ones of today stand before ours.
    """
    place = f"--region {_CHAT_REGION}"
    fields = "[ChatConfigurationArn,SlackChannelId,SnsTopicArns]"
    lookup = f"--query 'SlackChannelConfigurations[].{fields}'"
    channel = "--chat-configuration-arn ARN --slack-channel-id ID"
    return (
        f"aws chatbot describe-slack-channel-configurations {place} {lookup}; "
        f"aws chatbot update-slack-channel-configuration {place} {channel} "
        f"--sns-topic-arns TOPICS_OF_TODAY {topic.topic_arn}"
    )


def publish_to(*topics: sns.ITopic) -> iam.PolicyStatement:
    """Allow publishing to these topics only."""
    arns = [topic.topic_arn for topic in topics]
    return iam.PolicyStatement(actions=["sns:Publish"], resources=arns)


def _alarms_may_publish(topic: sns.ITopic) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="AlarmsPublish",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
    )
