"""`netpolwatch config check`: what a configuration says, before it is deployed."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from netpolwatch.cli.compiled import known_entries
from netpolwatch.cli.endings import InputError
from netpolwatch.cli.entries import read_file
from netpolwatch.cli.help import SETTINGS, Group, examples
from netpolwatch.configuration import DEFAULT_FILE, ConfigError
from netpolwatch.reporting.configuration import effective
from netpolwatch.reporting.report.words import counted

app = typer.Typer(
    name="config",
    add_completion=False,
    help="Work on netpolwatch.yaml.",
    cls=Group,
    context_settings=SETTINGS,
    epilog=examples("netpolwatch config check netpolwatch.yaml"),
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="[FILE]", help="The configuration.")]


@app.callback()
def _group() -> None:
    """Work on netpolwatch.yaml."""


Pattern = Annotated[
    bool, typer.Option("--pattern", help="Print the subscription's filter pattern, too.")
]


@app.command()
def check(file: File = DEFAULT_FILE, *, pattern: Pattern = False) -> None:
    """Validate a configuration with its catalogue, and print the effective values."""
    try:
        config = read_file(file)
        entries = config.entries(known_entries())
        # Only entries of the user's own may hold what no pattern can ask for.
        is_own = config.catalogue is not None
        patterns = config.patterns() if pattern or is_own else ()
    except ConfigError as error:
        raise InputError(str(error)) from None
    groups = counted(len(config.log_groups), "log group")
    typer.echo(f"# valid: {groups}, {counted(len(entries), 'known issue')}")
    for warning in config.warnings():
        typer.echo(f"# warning: {warning}")
    typer.echo(yaml.safe_dump(effective(config.model_dump()), sort_keys=False).rstrip())
    for text in patterns if pattern else ():
        typer.echo(f"# subscribed by: {text or 'no pattern: everything is read'}")
