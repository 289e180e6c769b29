"""The commands that mend a set-up, ready to paste."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.addon_settings import AddonSettings
from netpolwatch.doctor.facts import Addon, CniRole, Setup, Unread, known
from netpolwatch.doctor.permissions import POLICY_NAME, delivery_policy, policy_text

ADDON: Final = "vpc-cni"
LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every control plane log type that EKS has, in its own spelling."""

_AFTER: Final = "The agents restart node by node; pods keep running."


def aws(setup: Setup, service: str, operation: str, *options: str) -> str:
    """Return a command of the AWS CLI for the cluster's region; options are quoted."""
    words = ["aws", service, operation, "--region", setup.region, *options]
    return " ".join(map(shlex.quote, words))


def configure_addon(setup: Setup, values: Mapping[str, Any]) -> Command:
    """Return the update that gives the add-on these values; they replace all that it has."""
    run = aws(
        setup, "eks", "update-addon", "--cluster-name", setup.name, "--addon-name", ADDON,
        "--resolve-conflicts", "PRESERVE",
        "--configuration-values", json.dumps(values, separators=(",", ":")),
    )  # fmt: skip
    return Command(
        "Give the add-on its settings with verdict logs and their delivery on; all others stay"
        " (console: EKS, cluster, Add-ons, Amazon VPC CNI, Edit, Optional configuration settings,"
        f" Configuration values: the JSON at the end). {_AFTER}",
        run,
    )


def update_addon(setup: Setup, version: str) -> Command:
    """Return the update of the add-on to a version; its settings stay."""
    run = aws(
        setup, "eks", "update-addon", "--cluster-name", setup.name, "--addon-name", ADDON,
        "--addon-version", version, "--resolve-conflicts", "PRESERVE",
    )  # fmt: skip
    return Command(f"Update the add-on. {_AFTER}", run)


def switch_log_types_on(setup: Setup, types: Iterable[str]) -> Command:
    """Return what makes the control plane write logs of these types."""
    logging = {"clusterLogging": [{"types": sorted(types), "enabled": True}]}
    run = aws(
        setup, "eks", "update-cluster-config", "--name", setup.name,
        "--logging", json.dumps(logging, separators=(",", ":")),
    )  # fmt: skip
    return Command(
        "Switch the log types on (console: EKS, cluster, Observability, Control plane logging).",
        run,
    )


def allow_delivery(setup: Setup, role: CniRole, group_arn: str) -> Command:
    """Return what allows a role to publish to one log group."""
    run = aws(
        setup, "iam", "put-role-policy", "--role-name", role.name,
        "--policy-name", POLICY_NAME, "--policy-document", policy_text(delivery_policy(group_arn)),
    )  # fmt: skip
    return Command("Allow it, for this log group alone.", run)


def offered_now(setup: Setup) -> str | None:
    """Return the newest version of the add-on that EKS offers, `None` where that is not known."""
    offered = setup.offered_versions
    return None if isinstance(offered, Unread) else next(iter(offered.value), None)


def settings_of(addon: Addon) -> AddonSettings:
    """Return the add-on's settings; raises `UnreadError`."""
    return known(addon.settings)
