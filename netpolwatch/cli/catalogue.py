"""`netpolwatch catalogue`: a user's own entries, tested where they are written."""

from pathlib import Path
from typing import Annotated

import typer

from netpolwatch.analysis.proof import failures
from netpolwatch.catalogue.loader import load_files
from netpolwatch.catalogue.matcher import Matcher
from netpolwatch.cli.entries import entries_with
from netpolwatch.cli.help import SETTINGS, Group, examples
from netpolwatch.correlation.proof import history_failures
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
