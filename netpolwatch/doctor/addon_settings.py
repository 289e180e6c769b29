"""The configuration values of the add-on `vpc-cni`: what they say, and how to say more.

EKS takes JSON or YAML, and replaces the whole text on every update: a change has to be merged into
what is there, or it silently resets every other setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

MAX_TEXT_CHARS: Final = 100_000
_MAX_DEPTH: Final = 8
_MAX_DIGITS: Final = 9

VERDICT_LOGS_ON: Final[Mapping[str, Any]] = {
    "enableNetworkPolicy": "true",
    "nodeAgent": {"enablePolicyEventLogs": "true", "enableCloudWatchLogs": "true"},
}
"""What it takes that verdicts come to CloudWatch. The add-on's schema wants strings."""


class SettingsError(ValueError):
    """The configuration values cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class AddonSettings:
    """Configuration values, as they stand.

    Attributes
    ----------
    values
        The whole document.
    """

    values: Mapping[str, Any]

    @property
    def network_policy(self) -> bool:
        """Whether the feature is on; EKS's default is off."""
        return _is_on(self.values.get("enableNetworkPolicy"))

    @property
    def verdict_logs(self) -> bool:
        """Whether the agent logs verdicts; the default is off."""
        return _is_on(self._agent.get("enablePolicyEventLogs"))

    @property
    def cloudwatch_logs(self) -> bool:
        """Whether the agent publishes verdicts to CloudWatch; the default is off."""
        return _is_on(self._agent.get("enableCloudWatchLogs"))

    @property
    def log_level(self) -> str | None:
        """The agent's log level in lower case; `None` for the release's default."""
        level = self._agent.get("logLevel")
        return level.lower() if isinstance(level, str) else None

    @property
    def enforcing_mode(self) -> str:
        """Return `strict` or `standard`, or whatever stands there, in lower case."""
        environment = self.values.get("env")
        mode = (
            environment.get("NETWORK_POLICY_ENFORCING_MODE")
            if isinstance(environment, dict)
            else None
        )
        return mode.lower() if isinstance(mode, str) and mode else "standard"

    @property
    def conntrack_cleanup_seconds(self) -> int | None:
        """Seconds between two clean-ups of the connection table; `None` for the default (300)."""
        return _number(self._agent.get("conntrackCacheCleanupPeriod"))

    def merged(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole document with a change; what the change does not name stays."""
        return _merged(self.values, change)

    @property
    def _agent(self) -> Mapping[str, Any]:
        agent = self.values.get("nodeAgent")
        return agent if isinstance(agent, dict) else {}


def read_settings(text: str | None) -> AddonSettings:
    """Read configuration values, in JSON or YAML; raises `SettingsError`.

    YAML needs a library that Lambda bundles leave out: there it counts as unreadable.
    """
    if text is None or not text.strip():
        return AddonSettings({})
    if len(text) > MAX_TEXT_CHARS:
        raise SettingsError(f"the configuration values are longer than {MAX_TEXT_CHARS:,}")
    values = _decoded(text)
    if not isinstance(values, dict) or _depth(values) > _MAX_DEPTH:
        raise SettingsError("the configuration values are no object of a known depth")
    return AddonSettings(values)


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return msgspec.yaml.decode(text)
    except ImportError:
        raise SettingsError("the configuration values are not JSON") from None
    except (msgspec.DecodeError, RecursionError):
        raise SettingsError("the configuration values are neither JSON nor YAML") from None


def _depth(value: object, level: int = 0) -> int:
    if level > _MAX_DEPTH or not isinstance(value, dict):
        return level
    return max((_depth(inner, level + 1) for inner in value.values()), default=level + 1)


def _merged(values: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(values)
    for key, value in change.items():
        present = result.get(key)
        both = isinstance(present, dict) and isinstance(value, Mapping)
        result[key] = _merged(present, value) if both and present is not None else value
    return result


def _is_on(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MAX_DIGITS:
        return int(value)
    return None
