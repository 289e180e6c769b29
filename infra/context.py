"""The keys of `cdk -c KEY=VALUE`: a misspelt one must not deploy something else in silence."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from netpolwatch.configuration import ConfigError

KEYS: Final = ("cluster", "email", "config", "attempt", "profile", "region")
_NOT_OURS: Final = ("@", "aws:", "aws-cdk:", "cdk-")
_LOOKED_UP: Final = ":"
"""In the keys of what the CDK has looked up: `availability-zones:account=…`."""


def check_keys(keys: Iterable[str]) -> None:
    """Raise `ConfigError` for a key that nobody reads."""
    for key in keys:
        if key in KEYS or key.startswith(_NOT_OURS) or _LOOKED_UP in key:
            continue
        near = get_close_matches(key, KEYS, n=1, cutoff=0.5)
        meant = f", did you mean {near[0]}?" if near else ""
        raise ConfigError(f"-c {key}: no such key{meant} There are {', '.join(KEYS)}.")
