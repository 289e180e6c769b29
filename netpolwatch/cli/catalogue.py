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
from netpolwatch.reporting.printable import printable

app = typer.Typer(help="Work on a private catalogue.", rich_markup_mode=None)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of entries (*.yaml).")]
Catalogue = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder of private entries beside those of netpolwatch."),
]


def entries_with(directory: Path | None) -> tuple[Entry, ...]:
    """Give our entries, with a folder's beside them; raises `CatalogueError`."""
    ours = default_entries()
    return ours if directory is None else with_private(ours, directory)


@app.callback()
def _group() -> None:
    """Work on a private catalogue."""


@app.command("test")
def test_entries(directory: Folder) -> int:
    """Run the examples and counterexamples of a folder's entries; exit 1 if one fails."""
    matcher = Matcher(entries_with(directory))
    failed = 0
    for identity, file in load_files(directory).items():
        found = list(failures(identity, file, matcher))
        failed += bool(found)
        proofs = f"{len(file.examples)} examples, {len(file.counterexamples)} counterexamples"
        typer.echo(f"{'FAILED' if found else 'ok':<7}{identity}  {proofs}")
        for line in found:
            typer.echo(f"       {printable(line, 300)}")
    return int(failed > 0)
