"""What AWS answers becomes facts: pages, absences, refusals, throttling, a thousand node groups."""

from dataclasses import fields
from typing import Any

import pytest

from netpolwatch.aws.inspection import inspect_setup
from netpolwatch.aws.inspection.eks import MOST_NODE_GROUPS
from netpolwatch.catalogue.default import default_entries
from netpolwatch.doctor.diagnosis import diagnose
from netpolwatch.doctor.facts import (
    AgentStreams,
    CniRole,
    InstanceType,
    LogGroup,
    MailSubscription,
    NodePackage,
    Read,
    RecentVerdicts,
    Setup,
    Subnet,
    SubscriptionFilter,
    Unread,
    known,
)
from tests.unit.aws.account import REGION, Account, Refusal

NOW_MS = 1_796_094_000_000
ARN = f"arn:aws:eks:{REGION}:111122223333:cluster/prod"
ROLE = "arn:aws:iam::111122223333:role/cni"
NODE_ROLE = "arn:aws:iam::111122223333:role/node"
GROUP = "/aws/eks/prod/cluster"
ANALYZER = f"arn:aws:lambda:{REGION}:111122223333:function:netpolwatch-analyzer"
STREAM = "aws-network-policy-agent-audit-1"
CLUSTER: dict[str, Any] = {
    "name": "prod", "arn": ARN, "version": "1.33", "platformVersion": "eks.12",
    "logging": {"clusterLogging": [
        {"types": ["audit"], "enabled": True}, {"types": ["api", "scheduler"], "enabled": False},
    ]},
    "resourcesVpcConfig": {"subnetIds": ["subnet-1"]},
}  # fmt: skip
ADDON: dict[str, Any] = {
    "addonVersion": "v1.20.0-eksbuild.1", "status": "ACTIVE", "serviceAccountRoleArn": ROLE,
    "configurationValues": '{"enableNetworkPolicy":"true"}',
    "health": {"issues": [{"code": "Unknown", "message": "what"}]},
}  # fmt: skip


def log_groups(request: dict[str, Any]) -> dict[str, Any]:
    """Answer the second page only to who asks for it."""
    prefix = request["logGroupNamePrefix"]
    if prefix == GROUP and "nextToken" not in request:
        return {"logGroups": [{"logGroupName": f"{GROUP}-old"}], "nextToken": "2"}
    return {"logGroups": [{"logGroupName": prefix, "retentionInDays": 30}]}


def offered(request: dict[str, Any]) -> dict[str, Any]:
    version, token = ("v1.22.4-eksbuild.1", None) if "nextToken" in request else (
        "v1.23.0-eksbuild.1", "2",
    )  # fmt: skip
    assert request["kubernetesVersion"] == "1.33"
    page = {"addons": [{"addonName": "vpc-cni", "addonVersions": [{"addonVersion": version}]}]}
    return page | ({"nextToken": token} if token else {})


def simulated(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "EvaluationResults": [
            {"EvalActionName": action, "EvalDecision":
             "implicitDeny" if action.endswith("PutLogEvents") else "allowed"}
            for action in request["ActionNames"]
        ],
        "IsTruncated": False,
    }  # fmt: skip


def script(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's answers
    answers: dict[str, Any] = {
        "eks:DescribeCluster": {"cluster": CLUSTER},
        "eks:DescribeAddon": {"addon": ADDON},
        "eks:DescribeAddonVersions": offered,
        "eks:ListPodIdentityAssociations": {"associations": []},
        "eks:ListNodegroups": {"nodegroups": ["workers"]},
        "eks:DescribeNodegroup": {"nodegroup": {
            "nodegroupName": "workers", "instanceTypes": ["m6i.large"], "nodeRole": NODE_ROLE,
            "subnets": ["subnet-1", "subnet-2"],
        }},
        "iam:SimulatePrincipalPolicy": simulated,
        "logs:DescribeLogGroups": log_groups,
        "logs:DescribeSubscriptionFilters": {"subscriptionFilters": [
            {"filterName": "siem", "destinationArn": "arn:a"},
        ]},
        "logs:DescribeLogStreams": {"logStreams": [
            {"logStreamName": STREAM, "lastEventTimestamp": NOW_MS - 5},
            {"logStreamName": f"{STREAM}2"},
        ]},
        "logs:FilterLogEvents": {"events": [
            {"timestamp": NOW_MS - 9, "message": "PolicyVerdict: ACCEPT", "logStreamName": "a"},
            {"timestamp": NOW_MS - 5, "message": "PolicyVerdict: DENY", "logStreamName": STREAM},
        ]},
        "ec2:DescribeInstanceTypes": {"InstanceTypes": [
            {"InstanceType": "m6i.large", "VCpuInfo": {"DefaultVCpus": 2}},
        ]},
        "ec2:DescribeSubnets": lambda request: {"Subnets": [
            {"SubnetId": name, "AvailableIpAddressCount": 100}
            for name in request["Filters"][0]["Values"]
        ]},
        "ec2:DescribeInstances": {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}]},
        "ssm:ListInventoryEntries": {"Entries": [{"Version": "252.23-3.amzn2023"}]},
        "cloudformation:DescribeStacks": {"Stacks": [{"Outputs": [
            {"OutputKey": "FindingsTopicArn", "OutputValue": "arn:aws:sns:eu-west-1:1:f"},
        ]}]},
        "sns:ListSubscriptionsByTopic": {"Subscriptions": [
            {"Protocol": "email", "Endpoint": "a@b.c", "SubscriptionArn": "PendingConfirmation"},
            {"Protocol": "sqs", "Endpoint": "arn:q", "SubscriptionArn": "arn:s"},
        ]},
    }  # fmt: skip
    return answers | {key.replace("__", ":"): value for key, value in changes.items()}


def inspected(account: Account) -> Setup:
    return inspect_setup(account.place, "prod", stack="netpolwatch", now_ms=NOW_MS)


def test_every_answer_becomes_a_fact() -> None:
    # when
    setup = inspected(Account(script()))
    # then
    assert known(setup.cluster).log_types == frozenset({"audit"})
    addon = known(setup.addon)
    assert addon is not None
    assert (addon.version, addon.health_issues) == ("v1.20.0-eksbuild.1", ("Unknown: what",))
    assert known(addon.settings).network_policy
    assert setup.offered_versions == Read(("v1.23.0-eksbuild.1", "v1.22.4-eksbuild.1"))
    assert setup.cni_role == Read(CniRole(ROLE, "IRSA", ("logs:PutLogEvents",)))
    assert setup.log_group == Read(LogGroup(GROUP, "STANDARD", 30, None))
    assert setup.filters == Read((SubscriptionFilter("siem", "arn:a"),))
    assert setup.agent_streams == Read(AgentStreams(2, NOW_MS - 5))
    assert setup.verdicts == Read(RecentVerdicts(1, 1, NOW_MS - 5, STREAM))
    assert setup.instance_types == Read((InstanceType("m6i.large", 2, ("workers",)),))
    assert setup.subnets == Read((Subnet("subnet-1", 100), Subnet("subnet-2", 100)))
    assert setup.udev == Read((NodePackage("i-1", "252.23-3.amzn2023"),))
    assert known(setup.node_log_groups) == (
        "/aws/containerinsights/prod/dataplane", "/aws/eks/prod/nodes",
    )  # fmt: skip
    deployment = known(setup.deployment)
    assert deployment is not None
    assert deployment.analyzer_arn == ANALYZER
    assert deployment.mails == Read((MailSubscription("a@b.c", False),))


OPERATIONS = sorted(script())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refused_call_is_named_and_stops_no_other(operation: str) -> None:
    # given that one permission is missing
    account = Account(script() | {operation: Refusal("AccessDeniedException")})
    # when
    setup = inspected(account)
    # then what needs it is unread by that name, and what does not is read
    unread = [value for field in fields(Setup)
              if isinstance(value := getattr(setup, field.name), Unread)]  # fmt: skip
    if operation == "sns:ListSubscriptionsByTopic":
        deployment = known(setup.deployment)
        assert deployment is not None
        unread = [deployment.mails] if isinstance(deployment.mails, Unread) else []
    assert unread
    assert all(fact.refused for fact in unread)
    diagnosis = diagnose(setup, default_entries())
    assert diagnosis.of("unknown")
    assert any(result.answer.status != "unknown" for result in diagnosis.results)


def test_no_permission_at_all_is_all_unknown() -> None:
    diagnosis = diagnose(inspected(Account({})), default_entries())
    assert set(diagnosis.counts) == {"unknown"}


def test_throttling_is_told_as_what_it_is() -> None:
    setup = inspected(Account(script(logs__DescribeSubscriptionFilters=Refusal("Throttling"))))
    assert setup.filters == Unread("logs:DescribeSubscriptionFilters", "Throttling: no")


def test_what_does_not_exist_is_absent_and_not_unread() -> None:
    absent = Refusal("ResourceNotFoundException")
    setup = inspected(
        Account(
            script(
                eks__DescribeAddon=absent,
                logs__DescribeSubscriptionFilters=absent,
                logs__DescribeLogStreams=absent,
                logs__FilterLogEvents=absent,
                logs__DescribeLogGroups={"logGroups": []},
                cloudformation__DescribeStacks=Refusal(
                    "ValidationError", "Stack with id netpolwatch does not exist"
                ),
            )
        )
    )
    assert (setup.addon, setup.log_group, setup.deployment) == (Read(None), Read(None), Read(None))
    assert setup.filters == Read(())
    assert setup.agent_streams == Read(AgentStreams(0, None))
    assert setup.verdicts == Read(RecentVerdicts(0, 0))
    # Without an add-on or an association it is the node's role.
    role = known(setup.cni_role)
    assert role is not None
    assert (role.arn, role.how) == (NODE_ROLE, "node role")


def test_pod_identity_wins_over_the_annotation() -> None:
    associated = "arn:aws:iam::111122223333:role/associated"
    role = known(
        inspected(
            Account(
                script(
                    eks__ListPodIdentityAssociations={"associations": [{"associationId": "a-1"}]},
                    eks__DescribePodIdentityAssociation={"association": {"roleArn": associated}},
                )
            )
        ).cni_role
    )
    assert role is not None
    assert (role.arn, role.how) == (associated, "pod identity")


def test_a_thousand_node_groups_cost_a_bounded_number_of_calls() -> None:
    # given ten pages of a hundred names
    def pages(request: dict[str, Any]) -> dict[str, Any]:
        page = int(request.get("nextToken", 0))
        names = {"nodegroups": [f"group-{page}-{number}" for number in range(100)]}
        return names | ({"nextToken": str(page + 1)} if page < 9 else {})

    account = Account(script(eks__ListNodegroups=pages))
    # when
    setup = inspected(account)
    # then
    described = [name for name, _request in account.calls if name == "eks:DescribeNodegroup"]
    assert len(described) == MOST_NODE_GROUPS
    assert len(account.calls) < MOST_NODE_GROUPS + 40
    assert known(setup.instance_types)[0].name == "m6i.large"


def test_only_reading_operations_are_called() -> None:
    account = Account(script())
    inspected(account)
    verbs = ("Describe", "List", "Filter", "Simulate", "Get")
    assert all(name.split(":")[1].startswith(verbs) for name, _request in account.calls)


def test_auto_mode_has_no_role_to_ask_about() -> None:
    cluster = CLUSTER | {"computeConfig": {"enabled": True}}
    setup = inspected(Account(script(eks__DescribeCluster={"cluster": cluster})))
    assert setup.cni_role == Read(None)
