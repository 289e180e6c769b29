"""What synth decided for the functions: read once per container."""

from pathlib import Path

import msgspec

from netpolwatch.findings.rules import DEFAULT_RULES, Rules

_SETTINGS_FILE = Path(__file__).resolve().parent.parent / "settings.json"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Effective configuration, written beside the code at synth.

    Attributes
    ----------
    clusters
        Log group name to cluster name, for every subscribed group.
    rules
        When what is known is told.
    retention_days
        A finding's item expires this many days after it was last seen.
    """

    clusters: dict[str, str]
    rules: Rules = DEFAULT_RULES
    retention_days: int = 30


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; raises `msgspec.ValidationError` when it is not of this shape.

    Without a path: the one at the root of the bundle.
    """
    return msgspec.json.decode((path or _SETTINGS_FILE).read_bytes(), type=Settings)
