"""The add-on's settings: what is off, and what contradicts itself."""

from netpolwatch.catalogue.model import Command
from netpolwatch.doctor.addon_settings import AddonSettings
from netpolwatch.doctor.check import Answer, Check, passed
from netpolwatch.doctor.checks.addon import addon_of
from netpolwatch.doctor.checks.nodes import holds_node_files
from netpolwatch.doctor.commands import configure_addon, settings_of
from netpolwatch.doctor.contradictions import contradictions, settled_values
from netpolwatch.doctor.facts import Addon, Setup, known

_AUTO_MODE = Answer(
    "unknown",
    "Auto Mode: a NodeClass decides, which EKS's API does not show",
    (
        Command(
            "See the NodeClass (networkPolicy, networkPolicyEventLogs).",
            "kubectl get nodeclasses -o yaml",
        ),
        Command(
            "Switch verdict logs on: they are written on the node, and a shipper brings them here.",
            "kubectl patch nodeclass default --type merge"
            """ -p '{"spec":{"networkPolicyEventLogs":"Enabled"}}'""",
        ),
    ),
)
DRIFT_WINDOW_MS = 15 * 60_000
"""Agents roll node by node: a verdict so soon after a change proves nothing."""


class NetworkPolicyOn(Check):
    """The feature's own switch."""

    id = "network-policy-enabled"
    title = "enableNetworkPolicy is true"
    why = "While it is off, NetworkPolicies are stored and nothing enforces them."
    decided_by = "the add-on's configuration values"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the setting."""
        addon = addon_of(setup)
        if addon is None:
            return _AUTO_MODE
        if settings_of(addon).network_policy:
            return passed("enableNetworkPolicy is true")
        return Answer("fail", "enableNetworkPolicy is not set to true", _settled(setup, addon))


class VerdictLogsOn(Check):
    """Whether verdicts are logged on the node at all."""

    id = "verdict-logs-enabled"
    title = "nodeAgent.enablePolicyEventLogs is true"
    why = "It is off by default: while it is off, no verdict is written anywhere."
    decided_by = "the add-on's configuration values"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the setting."""
        addon = addon_of(setup)
        if addon is None:
            return _AUTO_MODE
        if settings_of(addon).verdict_logs:
            return passed("nodeAgent.enablePolicyEventLogs is true")
        evidence = "nodeAgent.enablePolicyEventLogs is not set to true"
        return Answer("fail", evidence, _settled(setup, addon))


class DeliveryOn(Check):
    """Whether verdicts leave the node."""

    id = "cloudwatch-delivery-enabled"
    title = "nodeAgent.enableCloudWatchLogs is true"
    why = "Verdicts stay in a file on the node: nothing here can read them."
    decided_by = "the add-on's configuration values, and log groups that hold node files"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the setting; a shipper of node files does instead."""
        addon = addon_of(setup)
        if addon is None:
            return _AUTO_MODE
        if settings_of(addon).cloudwatch_logs:
            return passed("nodeAgent.enableCloudWatchLogs is true")
        evidence = "nodeAgent.enableCloudWatchLogs is not set to true"
        shipped = known(setup.node_log_groups)
        if any(map(holds_node_files, shipped)):
            return Answer("warn", f"{evidence}, and {shipped[0]} may hold the node's file instead")
        return Answer("fail", evidence, _settled(setup, addon))


class SettingsAgree(Check):
    """Settings that are each allowed and together useless."""

    id = "settings-agree"
    title = "The add-on's settings agree with each other"
    why = "EKS takes any combination; some of them write nothing or hide every DENY."
    decided_by = "the add-on's configuration values and its version"

    def examine(self, setup: Setup) -> Answer:
        """Decide by the rules of `contradictions`."""
        addon = addon_of(setup)
        if addon is None:
            return _AUTO_MODE
        conflicts = contradictions(addon)
        if not conflicts:
            return passed(_mode_in_words(settings_of(addon)))
        evidence = "; ".join(conflict.text for conflict in conflicts)
        mendable = any(conflict.change for conflict in conflicts)
        fix = _settled(setup, addon) if mendable else ()
        return Answer("fail", evidence, fix, tuple(conflict.id for conflict in conflicts))


class VerdictLogsStayOff(Check):
    """What the flag says against what agents do."""

    id = "verdict-logs-drift"
    title = "No agent logs verdicts against its setting"
    why = "An agent that kept old settings costs log volume, and shows that a roll-out is stuck."
    decided_by = "the add-on's setting against verdicts of the last 15 minutes"

    def examine(self, setup: Setup) -> Answer:
        """Decide by verdicts that are seen although the setting is off."""
        addon = addon_of(setup)
        if addon is None:
            return _AUTO_MODE
        if settings_of(addon).verdict_logs:
            return passed("verdict logs are on")
        verdicts = known(setup.verdicts)
        if verdicts.newest_ms is None or verdicts.newest_ms < setup.at_ms - DRIFT_WINDOW_MS:
            return passed("verdict logs are off, and none are seen")
        return Answer(
            "warn",
            f"verdict logs are off, and stream {verdicts.newest_stream} holds a verdict of the"
            " last 15 minutes",
            (
                Command(
                    "Compare what the agents run with, and restart the nodes' pods that differ.",
                    "kubectl -n kube-system rollout restart daemonset/aws-node",
                ),
            ),
            (verdicts.newest_node or verdicts.newest_stream or "unknown",),
        )


def _settled(setup: Setup, addon: Addon) -> tuple[Command, ...]:
    """Return one update for every problem of the settings: each update replaces them all."""
    return (configure_addon(setup, settled_values(addon)),)


def _mode_in_words(settings: AddonSettings) -> str:
    level = settings.log_level or "the release's default"
    return f"enforcing mode {settings.enforcing_mode}, log level {level}"
