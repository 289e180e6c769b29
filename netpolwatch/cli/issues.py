"""`netpolwatch issues`: the catalogue, as a person or a script reads it."""

import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.private import running_on
from netpolwatch.cli.catalogue import Catalogue, ConfigFile, VpcCniVersion, entries_with
from netpolwatch.reporting.issues import issue_row, render_issue, render_issues
from netpolwatch.reporting.known_issues import issue_section, known_issues_page


class IssueFormat(StrEnum):
    """How the catalogue is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


Identity = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="One issue's id, for all about it.")
]
_MAX_NEAR = 5

Output = Annotated[IssueFormat, typer.Option("--format", help="How to print it.")]


def issues(
    identity: Identity = None,
    output: Output = IssueFormat.TEXT,
    config: ConfigFile = None,
    catalogue: Catalogue = None,
    vpc_cni_version: VpcCniVersion = None,
) -> None:
    """List the known issues, or show one with its symptoms, versions and steps."""
    known = running_on(entries_with(catalogue, config), vpc_cni_version)
    entries = {entry.id: entry for entry in known}
    if identity is None:
        _print_all(list(entries.values()), output)
    elif identity in entries:
        _print_one(entries[identity], output)
    else:
        raise typer.BadParameter(_no_issue(identity, entries))


def _no_issue(identity: str, entries: Iterable[str]) -> str:
    near = get_close_matches(identity.lower().strip("*"), entries, n=3, cutoff=0.5)
    held = [name for name in entries if fnmatchcase(name, identity.lower())][:_MAX_NEAR]
    meant = f"; did you mean {', '.join(held or near)}?" if held or near else ":"
    return f"no issue {identity!r}{meant} `netpolwatch issues` lists them"


def _print_all(entries: Sequence[Entry], output: IssueFormat) -> None:
    if output is IssueFormat.JSON:
        _print_json([issue_row(entry) for entry in entries])
    elif output is IssueFormat.MARKDOWN:
        typer.echo(known_issues_page(entries))
    else:
        render_issues(Console(), entries)


def _print_one(entry: Entry, output: IssueFormat) -> None:
    if output is IssueFormat.JSON:
        _print_json(issue_row(entry))
    elif output is IssueFormat.MARKDOWN:
        typer.echo(issue_section(entry))
    else:
        render_issue(Console(), entry)


def _print_json(shown: object) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(shown), indent=2) + b"\n")
