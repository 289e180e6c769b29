"""What a set-up needs, in what order, and never on facts that nobody read."""

import json
from dataclasses import replace

from netpolwatch.doctor.facts import Read, Unread
from netpolwatch.doctor.plan import AddonChange, LogTypesChange, PolicyChange, diff_of, plan_of
from netpolwatch.reporting.plan import plan_lines, recipe_hints
from tests.unit.doctor.setups import addon, all_off, control_plane, healthy, refused


def test_a_healthy_cluster_needs_no_change() -> None:
    plan = plan_of(healthy())
    assert (plan.changes, plan.unread) == ((), ())
    assert plan_lines(healthy(), plan)[0].plain == "prod (eu-west-1): no changes"


def test_the_role_is_changed_before_its_agents_restart() -> None:
    # An agent whose delivery is on and whose role may not create a stream crashes.
    kinds = [type(change) for change in plan_of(all_off()).changes]
    assert kinds == [PolicyChange, AddonChange, LogTypesChange]


def test_settings_that_are_there_stay() -> None:
    values = {"env": {"A": "1"}, "nodeAgent": {"resources": {"requests": {"cpu": "50m"}}}}
    setup = replace(healthy(), addon=Read(addon(json.dumps(values))))
    (change,) = plan_of(setup).changes
    assert isinstance(change, AddonChange)
    assert change.before == values
    assert change.after["env"] == {"A": "1"}
    assert change.after["nodeAgent"]["resources"] == {"requests": {"cpu": "50m"}}
    assert not [line for line in diff_of(change) if line.startswith("-") and "cpu" in line]


def test_log_types_that_are_on_stay_on() -> None:
    setup = replace(healthy(), cluster=Read(control_plane("api", "audit")))
    (change,) = plan_of(setup).changes
    assert change.after == ["api", "audit", "scheduler"]
    assert [line for line in diff_of(change) if line[0] in "+-"] == [
        '-  "audit"', '+  "audit",', '+  "scheduler"',
    ]  # fmt: skip


def test_nothing_is_planned_on_what_was_not_read() -> None:
    # given that settings, cluster and role are unread
    unreadable = replace(addon(), settings=Unread("eks:DescribeAddon", "neither JSON nor YAML"))
    setup = replace(
        all_off(),
        addon=Read(unreadable),
        cluster=refused("eks:DescribeCluster"),
        cni_role=refused("iam:SimulatePrincipalPolicy"),
    )
    # when
    plan = plan_of(setup)
    # then
    assert plan.changes == ()
    text = "\n".join(line.plain for line in plan_lines(setup, plan))
    assert "Not planned: iam:SimulatePrincipalPolicy: not allowed" in text
    assert "Not planned: eks:DescribeAddon: neither JSON nor YAML" in text


def test_a_self_managed_cni_is_pointed_to_helm_and_kubectl() -> None:
    setup = replace(healthy(), addon=Read(None))
    hints = " ".join(line.plain for line in recipe_hints(setup, plan_of(setup)))
    assert "--print helm" in hints
    assert "--print kubectl" in hints
    managed = " ".join(line.plain for line in recipe_hints(healthy(), plan_of(healthy())))
    assert "--print helm" not in managed
