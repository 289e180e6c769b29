"""`netpolwatch config check`: what a configuration says, before it is deployed."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from netpolwatch.cli.catalogue import read_file
from netpolwatch.cli.inputs import InputError
from netpolwatch.configuration import DEFAULT_FILE, ConfigError
from netpolwatch.reporting.configuration import effective

app = typer.Typer(help="Work on netpolwatch.yaml.", rich_markup_mode=None)

File = Annotated[Path, typer.Argument(metavar="[FILE]", help="The configuration.")]


@app.callback()
def _group() -> None:
    """Work on netpolwatch.yaml."""


@app.command()
def check(file: File = DEFAULT_FILE) -> None:
    """Validate a configuration with its catalogue, and print the effective values."""
    try:
        config = read_file(file)
        entries, patterns = config.entries(), config.patterns()
    except ConfigError as error:
        raise InputError(str(error)) from None
    typer.echo(yaml.safe_dump(effective(config.model_dump()), sort_keys=False).rstrip())
    for pattern in patterns:
        typer.echo(f"# subscribed by: {pattern or 'no pattern: everything is read'}")
    typer.echo(f"# valid: {len(config.log_groups)} log group(s), {len(entries)} known issues")
