"""Configuration values as a person writes them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def effective(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write a configuration's values in YAML's own kinds, durations as `15m`."""
    return {key: _plain(value) for key, value in values.items()}


def duration(value: timedelta) -> str:
    """Write a duration in its largest whole unit."""
    seconds = int(value.total_seconds())
    for size, unit in _UNITS:
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _plain(value: object) -> Any:  # noqa: ANN401  # any YAML
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
