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

from netpolwatch import Analyzer, AnalyzerConfig
from netpolwatch.analysis.meaning import MAX_CHARS, answers_of
from netpolwatch.catalogue.model import Entry
from netpolwatch.catalogue.stated import running_on
from netpolwatch.cli.entries import Catalogue, ConfigFile, VpcCniVersion, entries_with
from netpolwatch.reporting.issues import issue_row, render_issue, render_issues
from netpolwatch.reporting.known_issues import issue_section, known_issues_page
from netpolwatch.reporting.meaning import answer_row, render_answer


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


Line = Annotated[
    str | None,
    typer.Option(metavar="TEXT|-", help="What may this log line mean? `-` reads standard input."),
]
_MAX_LINES = 50
"""Pasted lines that are answered; a panic with its frames is one."""


def issues(
    identity: Identity = None,
    output: Output = IssueFormat.TEXT,
    line: Line = None,
    config: ConfigFile = None,
    catalogue: Catalogue = None,
    vpc_cni_version: VpcCniVersion = None,
) -> None:
    """List the known issues, or show one with its symptoms, versions and steps."""
    known = running_on(entries_with(catalogue, config), vpc_cni_version)
    if line is not None:
        _print_answers(known, line, output)
        return
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


def _print_answers(entries: Sequence[Entry], line: str, output: IssueFormat) -> None:
    if output is IssueFormat.MARKDOWN:
        raise typer.BadParameter("--line is answered as text or json")
    analyzer = Analyzer(AnalyzerConfig(entries=tuple(entries)))
    found = [answer for text in _texts(line) for answer in answers_of(analyzer, text)]
    if output is IssueFormat.JSON:
        _print_json([answer_row(answer) for answer in found])
        return
    console = Console()
    for number, answer in enumerate(found):
        if number:
            console.print()
        render_answer(console, answer)


def _texts(line: str) -> list[str]:
    text = sys.stdin.buffer.read(MAX_CHARS).decode("utf-8", "replace") if line == "-" else line
    if "panic: " in text:
        return [text.strip()]
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    if not lines:
        raise typer.BadParameter("no line to look at")
    return lines[:_MAX_LINES]


def _print_one(entry: Entry, output: IssueFormat) -> None:
    if output is IssueFormat.JSON:
        _print_json(issue_row(entry))
    elif output is IssueFormat.MARKDOWN:
        typer.echo(issue_section(entry))
    else:
        render_issue(Console(), entry)


def _print_json(shown: object) -> None:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(shown), indent=2) + b"\n")
