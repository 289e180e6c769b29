"""The stack: which parts there are and who knows whom."""

from typing import Any

import aws_cdk as cdk
import msgspec
from constructs import Construct

from infra import bundle
from infra.alarms import Alarms
from infra.analyzer import AnalyzerFunction
from infra.chat import Chat
from infra.dashboard import Dashboard
from infra.doctor import DoctorFunction
from infra.encryption import Encryption
from infra.functions import Platform
from infra.judge import JudgeFunction, Settling
from infra.notifier import NotifierFunction
from infra.outputs import describe, how_to_confirm
from infra.storage import Storage
from infra.subscriber import Subscriptions
from infra.sweeper import SweeperFunction
from infra.topics import Topics
from netpolwatch.configuration import Config


class NetpolwatchStack(cdk.Stack):
    """One deployment: the clusters of one account and region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: Config,
        profile: bundle.Profile,
        **kwargs: Any,  # noqa: ANN401 - the CDK's own stack properties
    ) -> None:
        super().__init__(scope, construct_id, stack_name=config.stack_name, **kwargs)
        _tag(self, {"application": "netpolwatch", "netpolwatch:stack": config.stack_name})
        spec = config.subscription()
        settings = msgspec.structs.replace(config.settings(), subscription=spec)
        encryption = Encryption(self, "Encryption", stack_name=config.stack_name)
        platform = Platform(
            stack_name=config.stack_name,
            profile=profile,
            code=bundle.code(profile, settings, config.entries()),
            key=encryption.key,
            log_retention_days=config.log_retention_days,
        )
        common: dict[str, Any] = {"platform": platform, "config": config, "encryption": encryption}
        storage = Storage(self, "Storage", key=encryption.key)
        topics = Topics(self, "Topics", key=encryption.key, email=config.email, chat=config.chat)
        settling = Settling(self, "Settling", key=encryption.key)
        analyzer = AnalyzerFunction(self, "Analyzer", storage=storage, settling=settling, **common)
        judge = JudgeFunction(self, "Judge", storage=storage, settling=settling, **common)
        notifier = NotifierFunction(self, "Notifier", storage=storage, topics=topics, **common)
        sweeper = SweeperFunction(self, "Sweeper", storage=storage, **common)
        DoctorFunction(self, "Doctor", storage=storage, **common)
        if topics.chat is not None and config.chat is not None and config.chat.claims_channel:
            Chat(self, "Chat", stack_name=config.stack_name, chat=config.chat, topic=topics.chat)
        subscriptions = Subscriptions(
            self, "Subscriptions", spec=spec, analyzer=analyzer, topics=topics, **common
        )
        Alarms(
            self,
            "Alarms",
            analyzer=analyzer,
            judge=judge,
            settling=settling,
            notifier=notifier,
            sweeper=sweeper,
            stack_name=config.stack_name,
            clusters=[cluster.name for cluster in config.clusters],
            ops=topics.ops,
        )
        dashboard = Dashboard(
            self, "Dashboard", config=config, analyzer=analyzer, notifier=notifier
        )
        describe(
            self,
            SubscriptionReport=(subscriptions.report, "Log groups that are read or not"),
            ConfirmEmail=(how_to_confirm(config.email), "Before the first e-mail"),
            DashboardUrl=(dashboard.url, "Verdicts, known issues and our own health"),
            **topics.outputs(),
            FindingsTableName=(storage.table.table_name, "Every finding, one item each"),
            KnowledgeTableName=(storage.knowledge.table_name, "Who owned which address when"),
            AnalyzerFailureQueueUrl=analyzer.failures.output("Log batches that failed for good"),
            SettlingQueueUrl=settling.output("Denied conversations that wait to be judged"),
            JudgeFailureQueueUrl=settling.failures.output("Denied conversations not judged"),
            NotifierFailureQueueUrl=notifier.failures.output("Names the stream's failed records"),
        )


def _tag(scope: Construct, tags: dict[str, str]) -> None:
    for key, value in tags.items():
        cdk.Tags.of(scope).add(key, value)
