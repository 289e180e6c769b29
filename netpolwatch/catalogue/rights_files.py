"""The files of required rights become a module, which a function imports without YAML.

`python -m netpolwatch.catalogue.rights_files` writes `required_rights.py`; a test fails when it
drifts.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from netpolwatch.kubernetes.rights import RequiredRights

DIRECTORY = Path(__file__).resolve().parent / "rights"
_MODULE = '''"""What network policies need of RBAC. Generated: change `rights/*.yaml` instead."""

import msgspec

from netpolwatch.kubernetes.rights import RequiredRights

REQUIRED_RIGHTS: tuple[RequiredRights, ...] = msgspec.json.decode(
    {lines},
    type=tuple[RequiredRights, ...],
)
'''
_LINE_CHARS = 84


def required_rights() -> tuple[RequiredRights, ...]:
    """Return the rights that the files ask for, ordered by their names."""
    files: list[Any] = [
        yaml.safe_load(path.read_text()) for path in sorted(DIRECTORY.glob("*.yaml"))
    ]
    return msgspec.convert(tuple(files), tuple[RequiredRights, ...])


def module_source() -> str:
    """Return the source of the generated module."""
    data = msgspec.json.encode(required_rights(), order="deterministic")
    parts = [data[start : start + _LINE_CHARS] for start in range(0, len(data), _LINE_CHARS)]
    return _MODULE.format(lines="\n    ".join(map(repr, parts)))


if __name__ == "__main__":
    sys.stdout.write(module_source())
