"""What to change in AWS so that verdicts can be seen: before, after and the command of each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.commands import allow_delivery, configure_addon, switch_log_types_on
from netpolwatch.doctor.contradictions import settled_values
from netpolwatch.doctor.facts import CniRole, Setup, Unread, known
from netpolwatch.doctor.permissions import delivery_policy, log_group_arn

NEEDED_LOG_TYPES = frozenset({"audit", "scheduler"})


@dataclass(frozen=True, slots=True)
class AddonChange:
    """New configuration values of the add-on; they replace all that it has."""

    before: dict[str, Any]
    after: dict[str, Any]
    command: Command
    title = "Configuration values of the add-on vpc-cni"


@dataclass(frozen=True, slots=True)
class LogTypesChange:
    """Control plane log types that are on afterwards; none is switched off."""

    before: list[str]
    after: list[str]
    command: Command
    title = "Control plane log types"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """An inline policy of the agent's role."""

    role_name: str
    before: None
    after: dict[str, Any]
    command: Command
    title = "Inline policy of the agent's role"


Change = AddonChange | LogTypesChange | PolicyChange


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order in which they are made, and what could not be planned.

    The role comes first: an agent that may not create its stream crashes when its delivery is on.
    """

    changes: tuple[Change, ...]
    unread: tuple[Unread, ...]


def plan_of(setup: Setup) -> Plan:
    """Return what a set-up needs; nothing is planned on facts that were not read."""
    facts = (setup.cluster, setup.addon, setup.cni_role)
    unread = [fact for fact in facts if isinstance(fact, Unread)]
    addon = None if isinstance(setup.addon, Unread) else setup.addon.value
    if addon is not None and isinstance(addon.settings, Unread):
        unread.append(addon.settings)
    changes: tuple[Change, ...] = (*_of_role(setup), *_of_addon(setup), *_of_log_types(setup))
    return Plan(changes, tuple(unread))


def diff_of(change: Change) -> list[str]:
    """Return what changes, as a unified diff of JSON."""
    lines = unified_diff(_pretty(change.before), _pretty(change.after), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _of_role(setup: Setup) -> Iterator[PolicyChange]:
    role = None if isinstance(setup.cni_role, Unread) else setup.cni_role.value
    if role is None or not role.denied:
        return
    yield PolicyChange(
        role_name=role.name,
        before=None,
        after=delivery_policy(group_arn(setup, role)),
        command=allow_delivery(setup, role, group_arn(setup, role)),
    )


def _of_addon(setup: Setup) -> Iterator[AddonChange]:
    addon = None if isinstance(setup.addon, Unread) else setup.addon.value
    if addon is None or isinstance(addon.settings, Unread):
        return
    before, after = dict(known(addon.settings).values), settled_values(addon)
    if before != after:
        yield AddonChange(before, after, configure_addon(setup, after))


def _of_log_types(setup: Setup) -> Iterator[LogTypesChange]:
    if isinstance(setup.cluster, Unread):
        return
    on = setup.cluster.value.log_types
    if not on >= NEEDED_LOG_TYPES:
        wanted = on | NEEDED_LOG_TYPES
        yield LogTypesChange(sorted(on), sorted(wanted), switch_log_types_on(setup, wanted))


def group_arn(setup: Setup, role: CniRole) -> str:
    """Return the ARN of the cluster's log group, in the partition and account of the role."""
    _arn, partition, _iam, _region, account, *_rest = role.arn.split(":")
    return log_group_arn(partition, setup.region, account, f"/aws/eks/{setup.name}/cluster")


def _pretty(value: object) -> list[str]:
    return [] if value is None else json.dumps(value, indent=2, sort_keys=True).splitlines()
