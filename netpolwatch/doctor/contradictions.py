"""Settings of the add-on that are each allowed and cannot work together, and what settles them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netpolwatch.catalogue.releases import agent_of
from netpolwatch.catalogue.version_numbers import Version, parse_version
from netpolwatch.doctor.addon_settings import VERDICT_LOGS_ON, AddonSettings
from netpolwatch.doctor.facts import Addon, known

_HIDING_LEVELS = frozenset({"warn", "warning", "error", "fatal", "panic"})
_STRICT_SINCE = Version(1, 17, 1)
_MODES = frozenset({"standard", "strict"})
_OPENS_BEFORE = Version(1, 2, 0)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Settings that cannot work together.

    Attributes
    ----------
    id
        Names the kind; a finding's subject.
    change
        What to merge into the settings; empty where a person has to decide.
    """

    id: str
    text: str
    change: Mapping[str, Any]


def contradictions(addon: Addon) -> tuple[Contradiction, ...]:
    """Return the add-on's contradictions; raises `UnreadError` where its settings are unread."""
    settings = known(addon.settings)
    return (*_of_logging(settings), *_of_enforcing(settings, parse_version(addon.version)))


def _of_logging(settings: AddonSettings) -> Iterator[Contradiction]:
    logs_on = {"nodeAgent": {"enablePolicyEventLogs": "true"}}
    if settings.cloudwatch_logs and not settings.verdict_logs:
        yield Contradiction(
            "cloudwatch-without-verdicts",
            "enableCloudWatchLogs is on and enablePolicyEventLogs is off, so nothing is sent",
            logs_on,
        )
    if settings.verdict_logs and not settings.network_policy:
        yield Contradiction(
            "verdicts-without-feature",
            "enablePolicyEventLogs is on and enableNetworkPolicy is off, so there are no verdicts",
            {"enableNetworkPolicy": "true"},
        )
    if settings.log_level in _HIDING_LEVELS:
        yield Contradiction(
            "verdicts-below-log-level",
            f"log level {settings.log_level} hides DENY lines in the node's file: they are info",
            {"nodeAgent": {"logLevel": "info"}},
        )


def _of_enforcing(settings: AddonSettings, version: Version | None) -> Iterator[Contradiction]:
    mode = settings.enforcing_mode
    if mode not in _MODES:
        yield Contradiction("unknown-mode", "NETWORK_POLICY_ENFORCING_MODE is no known mode", {})
    if mode != "strict":
        return
    if not settings.network_policy:
        yield Contradiction(
            "strict-without-feature",
            "NETWORK_POLICY_ENFORCING_MODE is strict and enableNetworkPolicy is off",
            {"enableNetworkPolicy": "true"},
        )
    if version is not None and version[:3] < _STRICT_SINCE[:3]:
        text = f"strict mode needs vpc-cni v{_STRICT_SINCE} or later, {version} runs"
        yield Contradiction("strict-too-old", text, {})
    agent = None if version is None else agent_of(version)
    if agent is not None and agent.upstream < _OPENS_BEFORE.upstream:
        yield Contradiction(
            "strict-opens",
            f"strict mode with agent {agent}: pods stay open after their last policy is deleted",
            {},
        )


def settled_values(addon: Addon) -> dict[str, Any]:
    """Return the add-on's values with verdict logs on and every contradiction settled.

    What no problem names stays as it is. Raises `UnreadError` where the settings are unread.
    """
    values = known(addon.settings).merged(VERDICT_LOGS_ON)
    for conflict in contradictions(addon):
        values = AddonSettings(values).merged(conflict.change)
    return values
