"""Slack and Teams by Amazon Q Developer: it relays the topic `chat`, and may do nothing else."""

import aws_cdk as cdk
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.naming import account_wide
from netpolwatch.configuration import ChatConfig

# Whatever a channel's members ask of it: no action is allowed.
_GUARDRAIL = "arn:{partition}:iam::aws:policy/AWSDenyAll"


class Chat(Construct):
    """The chat channels of a deployment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stack_name: str,
        chat: ChatConfig,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"))
        guardrails = [_GUARDRAIL.format(partition=cdk.Aws.PARTITION)]
        if chat.slack is not None:
            chatbot.CfnSlackChannelConfiguration(
                self, "Slack", configuration_name=account_wide(stack_name, "slack"),
                slack_workspace_id=chat.slack.workspace_id,
                slack_channel_id=chat.slack.channel_id,
                iam_role_arn=role.role_arn, sns_topic_arns=[topic.topic_arn],
                guardrail_policies=guardrails, logging_level="ERROR",
            )  # fmt: skip
        if chat.teams is not None:
            chatbot.CfnMicrosoftTeamsChannelConfiguration(
                self, "Teams", configuration_name=account_wide(stack_name, "teams"),
                team_id=chat.teams.team_id, teams_tenant_id=chat.teams.tenant_id,
                teams_channel_id=chat.teams.channel_id,
                iam_role_arn=role.role_arn, sns_topic_arns=[topic.topic_arn],
                guardrail_policies=guardrails, logging_level="ERROR",
            )  # fmt: skip
