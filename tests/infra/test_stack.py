"""How the parts are wired, and what a deployment shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_sqs as sqs

from infra.app import app_with, compose
from infra.bundle import ROOT
from netpolwatch.configuration import ClusterConfig, Config
from netpolwatch.findings.lanes import DUE_LANES
from netpolwatch.settling.watermark import MAX_WAITS
from tests.infra.conftest import Synthesized
from tests.infra.reading import Template
from tests.infra.synthesizing import CONTEXT, stack_of

SNAPSHOT = Path(__file__).parent / "snapshots" / "netpolwatch.template.json"


def function(template: Template, name: str) -> dict[str, Any]:
    functions = template.of_type("AWS::Lambda::Function").values()
    return next(f for f in functions if f["FunctionName"].endswith(f"-{name}"))


# Functions


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        (
            "analyzer",
            {
                "FINDINGS_TABLE": "StorageFindings",
                "KNOWLEDGE_TABLE": "StorageKnowledge",
                "SETTLING_QUEUE_URL": "SettlingQueue",
            },
        ),
        (
            "judge",
            {
                "FINDINGS_TABLE": "StorageFindings",
                "KNOWLEDGE_TABLE": "StorageKnowledge",
                "SETTLING_QUEUE_URL": "SettlingQueue",
            },
        ),
        (
            "notifier",
            {
                "FINDINGS_TABLE": "StorageFindings",
                "FINDINGS_TOPIC_ARN": "TopicsFindings",
                "DASHBOARD_NAME": "netpolwatch-AWS::Region",
                "FAILURE_QUEUE_URL": "NotifierFailuresQueue",
                "KNOWLEDGE_TABLE": "StorageKnowledge",
                "EVENT_BUS": "default",
            },
        ),
        ("sweeper", {"FINDINGS_TABLE": "StorageFindings"}),
        (
            "subscriber",
            {"ANALYZER_ARN": "AnalyzerFunction.Arn", "OPS_TOPIC_ARN": "TopicsOps"},
        ),
    ],
)
def test_functions(template: Template, name: str, environment: dict[str, str]) -> None:
    found = function(template, name)
    assert found["Handler"] == f"lambdas.{name}.handler.handle"
    assert found["Environment"] == {"Variables": environment}
    version = "python{}.{}".format(*sys.version_info[:2])
    assert (found["Runtime"], found["Architectures"]) == (version, ["arm64"])
    assert "ReservedConcurrentExecutions" not in found


def test_all_functions_run_from_one_asset(template: Template) -> None:
    code = [json.dumps(f["Code"]) for f in template.of_type("AWS::Lambda::Function").values()]
    assert len(code) == 6
    assert len(set(code)) == 1


def test_own_log_groups_are_encrypted_and_expire(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup").values()
    assert {group["LogGroupName"] for group in groups} == {
        f"/aws/lambda/netpolwatch-{name}"
        for name in ("analyzer", "doctor", "judge", "notifier", "subscriber", "sweeper")
    }
    for group in groups:
        assert group["RetentionInDays"] == 30
        assert group["KmsKeyId"] == "EncryptionKey.Arn"


def test_what_the_analyzer_gives_up_reaches_its_queue(template: Template) -> None:
    assert template.only("AWS::Lambda::EventInvokeConfig") == {
        "FunctionName": "AnalyzerFunction",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 21_600,
        "DestinationConfig": {"OnFailure": {"Destination": "AnalyzerFailuresQueue.Arn"}},
    }


def mappings_of(template: Template, function_name: str) -> list[dict[str, Any]]:
    mappings = template.of_type("AWS::Lambda::EventSourceMapping").values()
    return [each for each in mappings if each["FunctionName"] == function_name]


def test_many_messages_cost_the_judge_one_call_a_minute(template: Template) -> None:
    (mapping,) = mappings_of(template, "JudgeFunction")
    assert mapping["EventSourceArn"] == "SettlingQueue.Arn"
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (1_000, 60)
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_message_may_be_put_back_before_it_is_given_up(template: Template) -> None:
    queue = template.of_type("AWS::SQS::Queue")["SettlingQueue"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] > MAX_WAITS
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == "SettlingFailuresQueue.Arn"
    # AWS asks for six times the function's time
    longest = function(template, "judge")["Timeout"] * 6 + 60
    assert queue["VisibilityTimeout"] >= longest


def test_grave_notices_have_their_own_way_to_the_notifier(template: Template) -> None:
    grave, other = mappings_of(template, "NotifierFunction")
    lanes = []
    for mapping in (grave, other):
        (pattern,) = mapping["FilterCriteria"]["Filters"]
        asked = json.loads(pattern["Pattern"])
        assert asked["eventName"] == ["INSERT", "MODIFY"]
        lanes += asked["dynamodb"]["NewImage"]["outbox_due"]["S"]
        check_mapping(mapping)
    # Each severity has one way: none is sent by both, and none by neither.
    assert lanes == [*DUE_LANES]


def check_mapping(mapping: dict[str, Any]) -> None:
    assert mapping["EventSourceArn"] == "StorageFindings.StreamArn"
    assert mapping["FunctionName"] == "NotifierFunction"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 10
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["DestinationConfig"] == {
        "OnFailure": {"Destination": "NotifierFailuresQueue.Arn"}
    }


# Storage and channels


def test_findings_table(template: Template) -> None:
    table = template.of_type("AWS::DynamoDB::Table")["StorageFindings"]
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["SSESpecification"] == {
        "KMSMasterKeyId": "EncryptionKey.Arn",
        "SSEEnabled": True,
        "SSEType": "KMS",
    }


def test_work_that_is_due_is_found_by_a_sparse_index(template: Template) -> None:
    table = template.of_type("AWS::DynamoDB::Table")["StorageFindings"]
    assert table["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "outbox_due", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": "timers",
            "KeySchema": [
                {"AttributeName": "timer", "KeyType": "HASH"},
                {"AttributeName": "timer_at", "KeyType": "RANGE"},
            ],
            "Projection": {
                "ProjectionType": "INCLUDE",
                "NonKeyAttributes": ["cluster", "severity"],
            },
        },
    ]
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    assert types == {"pk": "S", "outbox_due": "S", "due_at": "N", "timer": "S", "timer_at": "N"}


def test_the_sweeper_is_told_the_schedules_own_time_every_minute(template: Template) -> None:
    schedule = template.of_type("AWS::Scheduler::Schedule")["SweeperMinute"]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["Arn"] == "SweeperFunction.Arn"
    assert json.loads(schedule["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}


def test_the_subscriber_looks_after_its_filters_every_hour(template: Template) -> None:
    schedule = template.of_type("AWS::Scheduler::Schedule")["SubscriptionsHour"]
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert schedule["Target"]["Arn"] == "SubscriptionsSubscriberFunction.Arn"
    assert json.loads(schedule["Target"]["Input"]) == {"check": True}
    # When the stack is deleted, it goes before the filters do.
    waits_for = template.resource("SubscriptionsHour")["DependsOn"]
    kinds = [template.raw["Resources"][name]["Type"] for name in waits_for]
    assert "Custom::SubscriptionFilters" in kinds


def test_every_address_subscribes_both_topics(template: Template) -> None:
    found = template.of_type("AWS::SNS::Subscription").values()
    assert {(s["Protocol"], s["Endpoint"], s["TopicArn"]) for s in found} == {
        ("email", address, topic)
        for address in ("me@example.com", "you@example.com")
        for topic in ("TopicsFindings", "TopicsOps")
    }


def test_topics_and_queues_are_under_our_key(template: Template) -> None:
    for topic in template.of_type("AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"] == "EncryptionKey.Arn"
    queues = template.of_type("AWS::SQS::Queue")
    failures = {"AnalyzerFailuresQueue", "NotifierFailuresQueue", "SettlingFailuresQueue"}
    assert set(queues) == {*failures, "SettlingQueue"}
    for name, queue in queues.items():
        assert queue["KmsMasterKeyId"] == "EncryptionKey.Arn"
        days = 14 if name in failures else 4
        assert queue["MessageRetentionPeriod"] == days * 24 * 3600


# Subscriptions


def test_one_custom_resource_knows_all_log_groups(template: Template) -> None:
    properties = template.only("Custom::SubscriptionFilters")
    assert properties == {
        "ServiceToken": "SubscriptionsSubscriberFunction.Arn",
        "ServiceTimeout": "1200",
        "FilterName": "netpolwatch-netpolwatch",
        "Destination": "AnalyzerFunction.Arn",
        "FilterPattern": Config(clusters=(ClusterConfig(name="prod"),)).patterns()[0],
        "LogGroups": ["/aws/eks/prod/cluster", "/aws/eks/staging/cluster"],
        "OwnLogPrefix": "/aws/lambda/netpolwatch-",
        "Attempt": "1",
    }


def test_it_waits_for_the_permissions_that_the_filters_need(template: Template) -> None:
    waits_for = set(template.resource("SubscriptionsFilters")["DependsOn"])
    kinds = [template.raw["Resources"][name]["Type"] for name in waits_for]
    assert kinds.count("AWS::Lambda::Permission") == 2
    assert kinds.count("AWS::IAM::ManagedPolicy") == 1


def test_no_filter_is_written_by_cloudformation_itself(template: Template) -> None:
    assert "AWS::Logs::SubscriptionFilter" not in template.types()


# Alarms, dashboard, outputs, tags


def test_every_way_to_lose_a_finding_has_an_alarm(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    watched = {
        name.removeprefix("Alarms"): (
            alarm.get("MetricName"),
            [dimension["Value"] for dimension in alarm.get("Dimensions", [])],
            alarm["TreatMissingData"],
        )
        for name, alarm in alarms.items()
    }
    visible = "ApproximateNumberOfMessagesVisible"
    assert watched == {
        "AnalyzerFailures": (visible, ["AnalyzerFailuresQueue.QueueName"], "ignore"),
        "NotifierFailures": (visible, ["NotifierFailuresQueue.QueueName"], "ignore"),
        "AnalyzerErrors": ("Errors", ["AnalyzerFunction"], "notBreaching"),
        "AnalyzerThrottles": ("Throttles", ["AnalyzerFunction"], "notBreaching"),
        "JudgeFailures": (visible, ["SettlingFailuresQueue.QueueName"], "ignore"),
        "JudgeErrors": ("Errors", ["JudgeFunction"], "notBreaching"),
        "JudgeThrottles": ("Throttles", ["JudgeFunction"], "notBreaching"),
        "SettlingAge": (
            "ApproximateAgeOfOldestMessage",
            ["SettlingQueue.QueueName"],
            "ignore",
        ),
        "NotifierErrors": ("Errors", ["NotifierFunction"], "notBreaching"),
        "NotifierThrottles": ("Throttles", ["NotifierFunction"], "notBreaching"),
        "SweeperErrors": ("Errors", ["SweeperFunction"], "notBreaching"),
        "SweeperThrottles": ("Throttles", ["SweeperFunction"], "notBreaching"),
        "AnalyzerDestination": (
            "DestinationDeliveryFailures",
            ["AnalyzerFunction"],
            "notBreaching",
        ),
        "NotificationsFailed": (None, [], "notBreaching"),
        "BudgetExhausted": (
            "NotificationsSuppressed",
            ["over-budget", "netpolwatch"],
            "notBreaching",
        ),
        "OutboxAge": ("OutboxAge", ["netpolwatch", "findings"], "missing"),
        "Lagprod": ("IngestLag", ["prod"], "notBreaching"),
        "Lagstaging": ("IngestLag", ["staging"], "notBreaching"),
        "LogGroupsNotRead": ("LogGroupsNotRead", ["netpolwatch"], "ignore"),
        "NeverHeardprod": ("NeverHeard", ["prod"], "notBreaching"),
        "NeverHeardstaging": ("NeverHeard", ["staging"], "notBreaching"),
        "Blindprod": ("Blind", ["prod"], "notBreaching"),
        "Blindstaging": ("Blind", ["staging"], "notBreaching"),
    }
    assert alarms["AlarmsOutboxAge"]["InsufficientDataActions"] == ["TopicsOps"]
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == ["TopicsOps"]
        slow = name in ("AlarmsOutboxAge", "AlarmsSettlingAge") or name.startswith("AlarmsLag")
        assert slow or alarm["Threshold"] == 1
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_refused_notifications_are_counted_over_all_channels(template: Template) -> None:
    alarm = template.of_type("AWS::CloudWatch::Alarm")["AlarmsNotificationsFailed"]
    (query,) = alarm["Metrics"]
    assert query["Expression"] == (
        'SELECT SUM(NotificationsFailed) FROM SCHEMA("netpolwatch", Channel, Stack) '
        "WHERE Stack = 'netpolwatch'"
    )


def widgets(template: Template) -> dict[str, list[list[Any]]]:
    body = json.loads(template.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    graphs = [w["properties"] for w in body["widgets"] if w["type"] == "metric"]
    return {graph["title"]: graph["metrics"] for graph in graphs}


@pytest.mark.parametrize(
    "title",
    [
        "Verdicts",
        "Denies by disposition",
        "Known issues",
        "Lag from event to analysis (ms)",
        "Not understood, dropped",
        "Events read",
        "Findings opened",
        "Errors and throttles",
        "Failure queues",
        "Notifications",
        "Duration, p99",
    ],
)
def test_the_dashboard_shows(template: Template, title: str) -> None:
    assert widgets(template)[title]


def test_open_ended_values_are_searched_for_cluster_by_cluster(template: Template) -> None:
    body = template.only("AWS::CloudWatch::Dashboard")["DashboardBody"]
    for cluster in ("prod", "staging"):
        for name, dimension in (("Flows", "Verdict"), ("KnownIssues", "Issue")):
            schema = f"{{netpolwatch,Cluster,{dimension}}}"
            query = f"SEARCH('{schema} MetricName=\"{name}\" Cluster=\"{cluster}\"', 'Sum', 60)"
            assert json.dumps(query)[1:-1] in body


def test_denies_are_shown_by_every_disposition(template: Template) -> None:
    shown = [metric[5] for metric in widgets(template)["Denies by disposition"]]
    assert shown == ["violation", "reply", "agent-state", "noise", "unknown"]


def test_outputs_tell_what_to_do_next(template: Template) -> None:
    assert template.outputs == {
        "SubscriptionReport": "SubscriptionsFilters.Report",
        "ConfirmEmail": (
            "me@example.com and 1 more: open the two messages 'AWS Notification - Subscription "
            "Confirmation' and follow their links; nothing is mailed before."
        ),
        "DashboardUrl": (
            "https://AWS::Region.DashboardConsole/cloudwatch/home"
            "?region=AWS::Region#dashboards/dashboard/netpolwatch-AWS::Region"
        ),
        "FindingsTopicArn": "TopicsFindings",
        "OpsTopicArn": "TopicsOps",
        "FindingsTableName": "StorageFindings",
        "KnowledgeTableName": "StorageKnowledge",
        "AnalyzerFailureQueueUrl": "AnalyzerFailuresQueue",
        "SettlingQueueUrl": "SettlingQueue",
        "JudgeFailureQueueUrl": "SettlingFailuresQueue",
        "NotifierFailureQueueUrl": "NotifierFailuresQueue",
    }


def test_resources_say_whose_they_are(template: Template) -> None:
    table = template.of_type("AWS::DynamoDB::Table")["StorageFindings"]
    assert {tag["Key"]: tag["Value"] for tag in table["Tags"]} == {
        "application": "netpolwatch",
        "netpolwatch:stack": "netpolwatch",
    }


# Configuration reaches the stack


def test_configured_values_arrive() -> None:
    template = stack_of(
        stack_name="watch-eu",
        clusters=[{"name": "prod", "log_groups": ["/aws/eks/prod/cluster", "/nodes"]}],
        reserved_concurrency=7,
        log_retention_days=14,
        memory_mb={"analyzer": 2048},
        filter_pattern="-healthz",
        attempt=3,
    )
    analyzer = function(template, "analyzer")
    assert analyzer["FunctionName"] == "watch-eu-analyzer"
    assert analyzer["ReservedConcurrentExecutions"] == 7
    assert analyzer["MemorySize"] == 2048
    filters = template.only("Custom::SubscriptionFilters")
    assert filters["LogGroups"] == ["/aws/eks/prod/cluster", "/nodes"]
    assert filters["FilterPattern"] == "-healthz"
    assert filters["FilterName"] == "netpolwatch-watch-eu"
    assert filters["Attempt"] == "3"
    groups = template.of_type("AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"] for group in groups} == {14}
    assert len(template.of_type("AWS::Lambda::Permission")) == 3
    assert "e-mail" in template.outputs["ConfirmEmail"]
    assert template.of_type("AWS::SNS::Subscription") == {}


def test_two_patterns_are_two_properties_and_none_is_an_empty_one() -> None:
    split = stack_of(clusters=[{"name": "a"}], subscription_patterns="split")
    filters = split.only("Custom::SubscriptionFilters")
    assert '-"audit.k8s.io"' in filters["FilterPattern"]
    assert filters["AuditPattern"].startswith('{ $.apiVersion="audit.k8s.io/')
    none = stack_of(clusters=[{"name": "a"}], subscription_patterns="none")
    filters = none.only("Custom::SubscriptionFilters")
    assert filters["FilterPattern"] == ""
    assert "AuditPattern" not in filters


def test_a_log_group_that_leaves_takes_only_its_own_resources_along() -> None:
    """What is new is made before the filters change, and what is old goes after they did."""
    both = stack_of(clusters=[{"name": "a"}, {"name": "b"}]).raw["Resources"]
    one = stack_of(clusters=[{"name": "b"}]).raw["Resources"]
    gone = sorted(both[name]["Type"] for name in both.keys() - one.keys())
    assert gone == [
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::ManagedPolicy",
        "AWS::Lambda::Permission",
    ]
    (new,) = one.keys() - both.keys()
    assert one[new]["Type"] == "AWS::IAM::ManagedPolicy"
    (filters,) = [r for r in one.values() if r["Type"] == "Custom::SubscriptionFilters"]
    assert new in filters["DependsOn"]
    assert "ManagedPolicyName" not in one[new]["Properties"]


# Gates


def test_a_broken_rule_stops_the_synthesis() -> None:
    app, stack = compose(CONTEXT)
    sqs.Queue(stack, "Open")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_cfn_lint_is_clean(synthesized: Synthesized) -> None:
    (template,) = Path(synthesized.folder).glob("*.template.json")
    cfn_lint = str(Path(sys.executable).parent / "cfn-lint")
    lint = [cfn_lint, "--ignore-checks", "W3005", "--", str(template)]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_apps_feature_flags_are_pinned() -> None:
    """Else a newer CDK would change the template, and `cdk deploy` nag about what is not set."""
    flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    assert "@aws-cdk/aws-iam:minimizePolicies" in flags
    assert len(flags) > 80
    assert app_with().node.try_get_context("@aws-cdk/aws-iam:minimizePolicies") is True


def test_synthesis_is_quick(synthesized: Synthesized) -> None:
    assert synthesized.seconds < 60


def test_snapshot(template: Template) -> None:
    """Run with UPDATE_SNAPSHOTS=1 to accept a change, and read the diff."""
    masked = re.sub(r"\b[0-9a-f]{64}\b", "<asset>", json.dumps(template.raw, indent=1))
    masked = re.sub(r"\bpython3\.\d+\b", "<python of the build>", masked)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(masked + "\n", encoding="utf-8")
    assert json.loads(masked) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))
