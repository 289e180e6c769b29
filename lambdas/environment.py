"""What a deployment tells its functions by environment variables: ARNs and names only."""

import os
from collections.abc import Mapping
from typing import TypeVar

import msgspec

Variables = TypeVar("Variables", bound=msgspec.Struct)


def read_environment(
    model: type[Variables], environment: Mapping[str, str] = os.environ
) -> Variables:
    """Read a function's variables once; raises `msgspec.ValidationError` naming what is missing."""
    return msgspec.convert(dict(environment), model)
