"""The entries of a run: ours, as a configuration wants them, with a folder's beside them.

YAML and pydantic are imported only where a person's own file is read.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netpolwatch.catalogue.model import Entry
from netpolwatch.cli.compiled import known_entries
from netpolwatch.cli.endings import InputError
from netpolwatch.ingest.origin import GroupKind

if TYPE_CHECKING:
    from netpolwatch.configuration import Config

Catalogue = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder of private entries beside those of netpolwatch."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A netpolwatch.yaml whose catalogue, issues, vpc_cni_version and kinds of log groups"
        " are used.",
    ),
]
VpcCniVersion = Annotated[
    str | None,
    typer.Option(
        metavar="VERSION",
        help="The running version of the VPC CNI add-on, where no log tells it.",
    ),
]


def entries_with(directory: Path | None, config: Path | None = None) -> tuple[Entry, ...]:
    """Return our entries as a configuration wants them, with a folder's beside them.

    Raises `CatalogueError`, or `InputError` for a configuration that cannot be used.
    """
    ours = known_entries() if config is None else _configured(config)
    if directory is None:
        return ours
    from netpolwatch.catalogue.private import with_private  # noqa: PLC0415  # YAML, pydantic

    return with_private(ours, directory)


def _configured(file: Path) -> tuple[Entry, ...]:
    from netpolwatch.configuration import ConfigError  # noqa: PLC0415  # YAML, pydantic

    try:
        return read_file(file).entries(known_entries())
    except ConfigError as error:
        raise InputError(str(error)) from None


def groups_of(config: Path | None) -> dict[str, GroupKind]:
    """Return who may write into which log group, as a configuration says; raises `InputError`."""
    if config is None:
        return {}
    from netpolwatch.configuration import ConfigError  # noqa: PLC0415  # YAML, pydantic

    try:
        return read_file(config).kinds
    except ConfigError as error:
        raise InputError(str(error)) from None


def read_file(file: Path) -> "Config":
    """Return a configuration that must be there; raises `InputError` or `ConfigError`."""
    from netpolwatch.configuration import read_config  # noqa: PLC0415  # YAML, pydantic

    if not file.exists():
        raise InputError(f"{file}: no such file")
    return read_config({"config": str(file)}.get)
