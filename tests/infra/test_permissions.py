"""Each role, statement by statement: a right that is added shows up here."""

from typing import Any

import pytest

from netpolwatch.doctor.rights import READING_ACTIONS
from tests.infra.reading import Template

ANALYZER, NOTIFIER, SUBSCRIBER = "AnalyzerRole", "NotifierRole", "SubscriptionsSubscriberRole"
SWEEPER, JUDGE, DOCTOR = "SweeperRole", "JudgeRole", "DoctorRole"
# The rest of what the doctor reads knows no resource.
OF_THIS_ACCOUNT = {
    each
    for each in READING_ACTIONS
    if each.startswith(("eks:", "logs:", "sns:"))
    and each not in ("eks:DescribeAddonVersions", "logs:DescribeLogGroups")
}
TICKS = {
    "DoctorTick": "DoctorFunction.Arn",
    "SweeperTick": "SweeperFunction.Arn",
    "SubscriptionsTick": "SubscriptionsSubscriberFunction.Arn",
}
TABLE, KEY = "StorageFindings", "EncryptionKey.Arn"
FINDINGS, OPS = "TopicsFindings", "TopicsOps"
TABLE_KEY = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}
DATA_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}

Statement = tuple[str, set[str], str, dict[str, Any]]


def allow(resource: str, *actions: str) -> Statement:
    return "Allow", set(actions), resource, {}


def key_through(service: str, actions: set[str] = DATA_KEY) -> Statement:
    ends = ("amazonaws.com", "amazonaws.com.cn")
    via = {"StringEquals": {"kms:ViaService": [f"{service}.AWS::Region.{end}" for end in ends]}}
    return "Allow", actions, KEY, via


def own_log(name: str) -> Statement:
    return allow(f"{name}LogGroup.Arn", "logs:CreateLogStream", "logs:PutLogEvents")


def filters_on(*log_groups: str) -> Statement:
    place = "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group"
    return allow(
        ", ".join(f"{place}:{group}:*" for group in log_groups),
        "logs:DeleteSubscriptionFilter",
        "logs:DescribeSubscriptionFilters",
        "logs:PutSubscriptionFilter",
    )


EXPECTED: dict[str, list[Statement]] = {
    ANALYZER: [
        own_log("Analyzer"),
        allow(
            f"{TABLE}.Arn",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
        ),
        allow(
            "StorageKnowledge.Arn",
            "dynamodb:BatchWriteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        ),
        key_through("dynamodb", TABLE_KEY),
        allow("AnalyzerFailuresQueue.Arn, SettlingQueue.Arn", "sqs:SendMessage"),
        key_through("sqs"),
    ],
    JUDGE: [
        own_log("Judge"),
        allow(f"{TABLE}.Arn", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        allow("StorageKnowledge.Arn", "dynamodb:Query"),
        key_through("dynamodb", TABLE_KEY),
        allow(
            "SettlingQueue.Arn",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
        ),
        key_through("sqs"),
    ],
    NOTIFIER: [
        own_log("Notifier"),
        allow(
            f"{TABLE}.StreamArn",
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        ),
        allow("*", "dynamodb:ListStreams"),
        allow(f"{TABLE}.Arn", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        allow("StorageKnowledge.Arn", "dynamodb:Query"),
        key_through("dynamodb", TABLE_KEY),
        allow(FINDINGS, "sns:Publish"),
        key_through("sns"),
        allow("NotifierFailuresQueue.Arn", "sqs:SendMessage"),
        key_through("sqs"),
        (
            "Allow",
            {"events:PutEvents"},
            "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default",
            {"StringEquals": {"events:source": "netpolwatch"}},
        ),
    ],
    SWEEPER: [
        own_log("Sweeper"),
        allow(f"{TABLE}.Arn", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        allow(f"{TABLE}.Arn/index/due, {TABLE}.Arn/index/timers", "dynamodb:Query"),
        key_through("dynamodb", TABLE_KEY),
        allow("*", "cloudwatch:GetMetricData"),
    ],
    DOCTOR: [
        own_log("Doctor"),
        allow(f"{TABLE}.Arn", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        key_through("dynamodb", TABLE_KEY),
        allow("*", *(each for each in READING_ACTIONS if each not in OF_THIS_ACCOUNT)),
        *(
            allow(
                f"arn:AWS::Partition:{service}:AWS::Region:AWS::AccountId:*",
                *(each for each in sorted(OF_THIS_ACCOUNT) if each.startswith(f"{service}:")),
            )
            for service in ("eks", "logs", "sns")
        ),
    ],
    SUBSCRIBER: [
        own_log("SubscriptionsSubscriber"),
        allow(OPS, "sns:Publish"),
        key_through("sns"),
        filters_on("/aws/eks/prod/cluster", "/aws/eks/staging/cluster"),
    ],
}


def test_there_are_no_other_roles(template: Template) -> None:
    assert set(template.of_type("AWS::IAM::Role")) == {*EXPECTED, *TICKS}


@pytest.mark.parametrize(("tick", "function"), TICKS.items())
def test_a_schedule_may_invoke_its_function_and_nothing_else(
    template: Template, tick: str, function: str
) -> None:
    role = template.of_type("AWS::IAM::Role")[tick]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}
    assert template.statements(tick) == [allow(function, "lambda:InvokeFunction")]


@pytest.mark.parametrize("role", EXPECTED)
def test_a_role_allows_exactly_this(template: Template, role: str) -> None:
    assert template.statements(role) == EXPECTED[role]


@pytest.mark.parametrize("role", EXPECTED)
def test_only_lambda_takes_a_role_and_no_managed_policy_widens_it(
    template: Template, role: str
) -> None:
    properties = template.of_type("AWS::IAM::Role")[role]
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "ManagedPolicyArns" not in properties


@pytest.mark.parametrize("role", EXPECTED)
def test_each_role_belongs_to_one_function(template: Template, role: str) -> None:
    functions = template.of_type("AWS::Lambda::Function").values()
    assert sum(function["Role"] == f"{role}.Arn" for function in functions) == 1


def test_the_key_is_used_by_services_of_this_account_only(template: Template) -> None:
    statements = template.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    root, cloudwatch, logs = statements
    assert root["Principal"] == {"AWS": "arn:AWS::Partition:iam::AWS::AccountId:root"}
    assert cloudwatch["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(cloudwatch["Action"]) == DATA_KEY
    assert cloudwatch["Condition"] == {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}
    assert logs["Principal"] == {"Service": "logs.AWS::Region.AWS::URLSuffix"}
    (pattern,) = logs["Condition"]["ArnLike"].values()
    assert pattern.endswith(":log-group:/aws/lambda/netpolwatch-*")


def test_topics_and_queues_refuse_plain_connections(template: Template) -> None:
    kinds = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
    policies = [policy for kind in kinds for policy in template.of_type(kind).values()]
    assert len(policies) == 6
    for policy in policies:
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_alarms_of_this_account_may_publish_to_ops_only(template: Template) -> None:
    policies = template.of_type("AWS::SNS::TopicPolicy")
    allowed = {
        name: [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        for name, policy in policies.items()
    }
    assert allowed["TopicsFindingsPolicy"] == []
    (alarms,) = allowed["TopicsOpsPolicy"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Resource"] == OPS
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}


def test_the_doctor_reads_clusters_and_changes_none() -> None:
    verbs = ("Describe", "Filter", "List", "Simulate")
    assert all(action.split(":")[1].startswith(verbs) for action in READING_ACTIONS)


def test_only_the_configured_log_groups_may_invoke_the_analyzer(template: Template) -> None:
    permissions = [
        permission
        for permission in template.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] != "events.amazonaws.com"
    ]
    place = "arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group"
    assert [permission["SourceArn"] for permission in permissions] == [
        f"{place}:/aws/eks/prod/cluster:*",
        f"{place}:/aws/eks/staging/cluster:*",
    ]
    for permission in permissions:
        assert permission["FunctionName"] == "AnalyzerFunction.Arn"
        assert permission["Principal"] == "logs.amazonaws.com"
        assert permission["SourceAccount"] == "AWS::AccountId"
