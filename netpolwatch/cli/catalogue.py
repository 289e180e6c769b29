"""`netpolwatch catalogue`: a user's own entries, tested where they are written."""

from pathlib import Path
from typing import Annotated

import typer

from netpolwatch.analysis.proof import failures
from netpolwatch.catalogue.default import default_entries
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.private import with_private
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.help import SETTINGS, Group, examples
from netpolwatch.configuration import Config, ConfigError, read_config
from netpolwatch.correlation.proof import history_failures
from netpolwatch.ingest.origin import GroupKind
from netpolwatch.reporting.printable import printable

app = typer.Typer(
    name="catalogue",
    add_completion=False,
    help="Work on a private catalogue.",
    cls=Group,
    context_settings=SETTINGS,
    epilog=examples("netpolwatch catalogue test ./my-entries"),
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of entries (*.yaml).")]
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
    """Give our entries as a configuration wants them, with a folder's beside them.

    Raises `CatalogueError`, or `InputError` for a configuration that cannot be used.
    """
    ours = default_entries() if config is None else _configured(config)
    return ours if directory is None else with_private(ours, directory)


def _configured(file: Path) -> tuple[Entry, ...]:
    try:
        return read_file(file).entries()
    except ConfigError as error:
        raise InputError(str(error)) from None


def groups_of(config: Path | None) -> dict[str, GroupKind]:
    """Return who may write into which log group, as a configuration says; raises `InputError`."""
    if config is None:
        return {}
    try:
        return read_file(config).kinds
    except ConfigError as error:
        raise InputError(str(error)) from None


def read_file(file: Path) -> Config:
    """Read a configuration that must be there; raises `InputError` or `ConfigError`."""
    if not file.exists():
        raise InputError(f"{file}: no such file")
    return read_config({"config": str(file)}.get)


@app.callback()
def _group() -> None:
    """Work on a private catalogue."""


@app.command("test")
def test_entries(directory: Folder) -> int:
    """Run the examples and counterexamples of a folder's entries; exit 1 if one fails."""
    entries = entries_with(directory)
    matcher = Matcher(entries)
    failed = 0
    for identity, file in load_files(directory).items():
        found = [
            *failures(identity, file, matcher),
            *history_failures(identity, file, entries, matcher),
        ]
        failed += bool(found)
        proofs = f"{len(file.examples)} examples, {len(file.counterexamples)} counterexamples"
        typer.echo(f"{'FAILED' if found else 'ok':<7}{identity}  {proofs}")
        for line in found:
            typer.echo(f"       {printable(line, 300)}")
    return int(failed > 0)
