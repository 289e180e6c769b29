"""What synth decided for the functions: read once per container."""

from pathlib import Path

import msgspec

from netpolwatch.settings import Settings

_SETTINGS_FILE = Path(__file__).resolve().parent.parent / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file; raises `msgspec.ValidationError` when it is not of this shape.

    Without a path: the one at the root of the bundle.
    """
    return msgspec.json.decode((path or _SETTINGS_FILE).read_bytes(), type=Settings)
