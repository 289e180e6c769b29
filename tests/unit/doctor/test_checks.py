"""Every check: what it is content with, what it objects to, and what it does not know."""

import json
import shlex
from dataclasses import fields, replace
from typing import Any

import pytest

from netpolwatch.catalogue.default import default_entries
from netpolwatch.doctor.check import Answer
from netpolwatch.doctor.checks import all_checks
from netpolwatch.doctor.diagnosis import BLOCKING, Diagnosis, diagnose
from netpolwatch.doctor.facts import (
    Addon,
    AgentStreams,
    CniRole,
    Deployment,
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
)
from tests.unit.doctor.setups import (
    ANALYZER,
    GROUP,
    NOW_MS,
    ROLE,
    addon,
    all_off,
    control_plane,
    healthy,
    refused,
)

CHECKS = all_checks(default_entries())
OLD_STREAMS = Read(AgentStreams(2, NOW_MS - 25 * 3_600_000))
OTHERS = Read((SubscriptionFilter("siem", "arn:a"), SubscriptionFilter("splunk", "arn:b")))
OLD_ADDON = Read(addon(version="v1.18.1-eksbuild.3"))


def answer(setup: Setup, check: str) -> Answer:
    (found,) = [one.answer for one in diagnose(setup, default_entries()).results
                if one.check.id == check]  # fmt: skip
    return found


def with_settings(values: dict[str, Any], version: str = "v1.23.0-eksbuild.1") -> dict[str, Any]:
    return {"addon": Read(addon(json.dumps(values), version))}


AGENT_ON = {"enablePolicyEventLogs": "true", "enableCloudWatchLogs": "true"}

OBJECTIONS: list[tuple[str, str, dict[str, Any], str]] = [
    ("cluster-supported", "fail", {"cluster": Read(control_plane(version="1.24"))}, "1.24"),
    ("addon-installed", "warn", {"addon": Read(None)}, "not a managed add-on"),
    ("addon-installed", "fail", {"addon": Read(addon(version="v1.13.4-eksbuild.1"))}, "no network"),
    ("network-policy-enabled", "fail", {"addon": Read(addon(None))}, "enableNetworkPolicy"),
    ("network-policy-enabled", "fail", with_settings({"enableNetworkPolicy": "false"}), "not set"),
    ("verdict-logs-enabled", "fail", {"addon": Read(addon(None))}, "enablePolicyEventLogs"),
    ("cloudwatch-delivery-enabled", "warn", {"addon": Read(addon(None))}, "/aws/eks/prod/nodes"),
    ("cloudwatch-delivery-enabled", "fail",
     {"addon": Read(addon(None)), "node_log_groups": Read(())}, "enableCloudWatchLogs"),
    ("delivery-permissions", "fail",
     {"cni_role": Read(CniRole(ROLE, "IRSA", ("logs:PutLogEvents",)))}, "logs:PutLogEvents"),
    ("log-group", "fail", {"log_group": Read(None)}, GROUP),
    ("log-group", "fail",
     {"log_group": Read(LogGroup(GROUP, "INFREQUENT_ACCESS", 7, None))}, "cannot be subscribed"),
    ("log-retention", "warn",
     {"log_group": Read(LogGroup(GROUP, "STANDARD", None, None))}, "forever"),
    ("control-plane-logs", "fail", {"cluster": Read(control_plane("scheduler"))}, "audit"),
    ("control-plane-logs", "warn", {"cluster": Read(control_plane("audit"))},
     "insufficient-pod-eni"),
    ("verdicts-arrive", "warn", {"agent_streams": OLD_STREAMS}, "2 agent streams"),
    ("verdicts-arrive", "warn", {"agent_streams": Read(AgentStreams(0, None))}, "no agent ever"),
    ("subscription-filters", "fail", {"filters": OTHERS}, "siem -> arn:a"),
    ("subscription-filters", "warn", {"filters": Read(OTHERS.value[:1])}, "held by others: siem"),
    ("deployment", "warn", {"deployment": Read(None)}, "eu-west-1"),
    ("deployment", "fail",
     {"deployment": Read(Deployment("n", ANALYZER, Read((MailSubscription("a@b.c", False),))))},
     "a@b.c"),
    ("settings-agree", "fail",
     with_settings({"nodeAgent": {"enableCloudWatchLogs": "true"}}), "nothing is sent"),
    ("settings-agree", "fail",
     with_settings({"nodeAgent": {"enablePolicyEventLogs": True}}), "there are no verdicts"),
    ("settings-agree", "fail",
     with_settings({"enableNetworkPolicy": "true", "nodeAgent": {**AGENT_ON, "logLevel": "WARN"}}),
     "hides DENY"),
    ("settings-agree", "fail",
     with_settings({"env": {"NETWORK_POLICY_ENFORCING_MODE": "strict"}}), "is strict and"),
    ("settings-agree", "fail",
     with_settings({"enableNetworkPolicy": "true",
                    "env": {"NETWORK_POLICY_ENFORCING_MODE": "strict"}}, "v1.19.2-eksbuild.5"),
     "stay open"),
    ("settings-agree", "fail",
     with_settings({"env": {"NETWORK_POLICY_ENFORCING_MODE": "audit"}}), "no known mode"),
    ("verdict-logs-drift", "warn", {"addon": Read(addon(None))}, "agent-audit-1 holds"),
    ("agent-advisories", "fail", {"addon": OLD_ADDON}, "bypass policies"),
    ("agent-advisories", "warn", {"addon": Read(addon(version="v1.22.4-eksbuild.2"))}, "egress"),
    ("addon-healthy", "warn", {"addon": Read(addon(status="UPDATING"))}, "UPDATING"),
    ("addon-healthy", "fail",
     {"addon": Read(replace(addon(), health_issues=("AccessDenied: no",)))}, "AccessDenied: no"),
    ("addon-up-to-date", "warn", {"addon": OLD_ADDON}, "v1.23.0-eksbuild.1 is offered"),
    ("node-logs", "warn", {"node_log_groups": Read(())}, "no log group"),
    ("node-logs", "warn",
     {"node_log_groups": Read(("/aws/containerinsights/prod/dataplane",))}, "containers' output"),
    ("subnet-addresses", "fail", {"subnets": Read((Subnet("subnet-9", 0),))}, "subnet-9 (0)"),
    ("subnet-addresses", "warn", {"subnets": Read((Subnet("subnet-9", 9),))}, "subnet-9 (9)"),
    ("node-headroom", "warn",
     {"instance_types": Read((InstanceType("t2.micro", 1, ("w",)),))}, "t2.micro (1)"),
    ("systemd-udev", "warn",
     {"addon": OLD_ADDON, "udev": Read((NodePackage("i-1", "252-2"), NodePackage("i-2", "252-3")))},
     "252-2, 252-3"),
]  # fmt: skip


def test_a_healthy_cluster_passes_every_check() -> None:
    diagnosis = diagnose(healthy(), default_entries())
    assert [(one.check.id, one.answer) for one in diagnosis.of("fail", "warn", "unknown")] == []
    assert diagnosis.verdicts_can_be_seen is True


@pytest.mark.parametrize(("check", "status", "change", "evidence"), OBJECTIONS)
def test_a_check_objects(check: str, status: str, change: dict[str, Any], evidence: str) -> None:
    # given a healthy cluster with one fact changed / when
    result = answer(replace(healthy(), **change), check)
    # then
    assert result.status == status
    assert evidence in result.evidence


def test_every_check_has_an_objection_in_these_tests() -> None:
    assert {check.id for check in CHECKS} == {objection[0] for objection in OBJECTIONS}


def unread_setup(*, is_refused: bool) -> Setup:
    facts = {
        field.name: Unread(f"svc:{field.name}", "not allowed", refused=is_refused)
        for field in fields(Setup)
        if field.name not in {"name", "region", "at_ms"}
    }
    return Setup(name="prod", region="eu-west-1", at_ms=NOW_MS, **facts)


@pytest.mark.parametrize("is_refused", [True, False])
def test_what_may_not_be_read_is_unknown_and_names_the_permission(is_refused: bool) -> None:
    # when nothing at all may be read
    diagnosis = diagnose(unread_setup(is_refused=is_refused), default_entries())
    # then
    assert diagnosis.counts == {"unknown": len(CHECKS)}
    assert diagnosis.verdicts_can_be_seen is None
    for result in diagnosis.results:
        assert result.answer.evidence.startswith("svc:")
        assert bool(result.answer.fix) == is_refused


def test_a_refused_call_leaves_the_other_checks_alone() -> None:
    diagnosis = diagnose(
        replace(healthy(), cni_role=refused("iam:SimulatePrincipalPolicy")), default_entries()
    )
    (unknown,) = diagnosis.of("unknown")
    assert unknown.check.id == "delivery-permissions"
    assert "iam:SimulatePrincipalPolicy" in unknown.answer.fix[0].say


def test_settings_that_cannot_be_read_are_unknown_and_never_replaced() -> None:
    # given settings in a form that nobody can read
    unreadable = Addon("v1.23.0-eksbuild.1", "ACTIVE", Unread("eks:DescribeAddon", "no JSON"))
    # when
    diagnosis = diagnose(replace(healthy(), addon=Read(unreadable)), default_entries())
    # then nothing proposes an update that would replace them
    assert not [step for result in diagnosis.results for step in result.answer.fix]
    assert answer(diagnosis.setup, "network-policy-enabled").status == "unknown"


def test_a_self_managed_cni_is_unknown_and_not_off() -> None:
    setup = replace(healthy(), addon=Read(None))
    assert answer(setup, "verdict-logs-enabled").status == "unknown"


def test_auto_mode_is_answered_by_its_node_class() -> None:
    # given Auto Mode, where EKS runs the agent and no add-on exists
    auto = replace(
        healthy(), addon=Read(None), cni_role=Read(None),
        cluster=Read(control_plane("audit", "scheduler", auto_mode=True)),
    )  # fmt: skip
    # when
    result = answer(auto, "verdict-logs-enabled")
    # then
    assert result.status == "unknown"
    assert any("nodeclass" in str(step.run) for step in result.fix)
    assert answer(auto, "addon-installed").status == "pass"


def updates(diagnosis: Diagnosis) -> set[str]:
    return {
        step.run
        for result in diagnosis.results
        for step in result.answer.fix
        if step.run is not None and "--configuration-values" in step.run
    }


def test_every_problem_of_the_settings_has_the_same_whole_update() -> None:
    # given several problems, and a setting that has nothing to do with them
    values = {
        "env": {"WARM_ENI_TARGET": "2"},
        "nodeAgent": {"enableCloudWatchLogs": "true", "logLevel": "error"},
    }
    diagnosis = diagnose(replace(healthy(), **with_settings(values)), default_entries())
    # when each update replaces all settings, there may be only one
    (update,) = updates(diagnosis)
    # then it settles them all and keeps the rest
    settled = json.loads(shlex.split(update)[-1])
    assert settled == {
        "env": {"WARM_ENI_TARGET": "2"},
        "enableNetworkPolicy": "true",
        "nodeAgent": {**AGENT_ON, "logLevel": "info"},
    }
    after = diagnose(replace(healthy(), **with_settings(settled)), default_entries())
    assert not after.of("fail")


def test_the_delivery_policy_is_scoped_to_the_log_group() -> None:
    lacking = CniRole(ROLE, "IRSA", ("logs:PutLogEvents",))
    (fix,) = answer(replace(healthy(), cni_role=Read(lacking)), "delivery-permissions").fix
    words = shlex.split(str(fix.run))
    policy = json.loads(words[words.index("--policy-document") + 1])
    assert words[words.index("--role-name") + 1] == "cni"
    writing = policy["Statement"][1]
    assert writing["Action"] == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert f"arn:aws:logs:eu-west-1:111122223333:log-group:{GROUP}:*" in writing["Resource"]


def test_everything_off_blocks_and_begins_with_the_add_on() -> None:
    diagnosis = diagnose(all_off(), default_entries())
    assert diagnosis.verdicts_can_be_seen is False
    failing = [result.check.id for result in diagnosis.of("fail")]
    assert failing[0] == "network-policy-enabled"
    assert set(failing) >= {"verdict-logs-enabled", "delivery-permissions", "log-group"}


def test_what_blocks_verdicts_is_a_check() -> None:
    assert {check.id for check in CHECKS} > BLOCKING


def test_verdicts_in_the_last_hour_are_told_with_why_accepts_may_be_missing() -> None:
    assert "at log level debug alone" in answer(healthy(), "verdicts-arrive").evidence
    seen = replace(healthy(), verdicts=Read(RecentVerdicts(5, 7, NOW_MS, "s")))
    assert answer(seen, "verdicts-arrive").evidence.endswith("5 ACCEPT, 7 DENY")


def test_ids_are_unique_and_every_check_says_why_and_how() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(check.why and check.decided_by and check.title for check in CHECKS)
