"""`netpolwatch issues`: the catalogue, as a person or a script reads it."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from netpolwatch.catalogue.default import default_entries
from netpolwatch.cli.analyze import Format, Output
from netpolwatch.reporting.issues import issue_row, render_issue, render_issues

Identity = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="One issue's id, for all about it.")
]


def issues(identity: Identity = None, output: Output = Format.TEXT) -> None:
    """List the known issues, or tell all about one."""
    entries = {entry.id: entry for entry in default_entries()}
    if identity is not None and identity not in entries:
        raise typer.BadParameter(f"no issue {identity!r}: `netpolwatch issues` lists them")
    chosen = list(entries.values()) if identity is None else [entries[identity]]
    if output is Format.JSON:
        rows = [issue_row(entry) for entry in chosen]
        shown = rows if identity is None else rows[0]
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(shown), indent=2) + b"\n")
    elif identity is None:
        render_issues(Console(), chosen)
    else:
        render_issue(Console(), chosen[0])
