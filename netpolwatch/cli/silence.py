"""`netpolwatch silence`: keep known trouble from waking anybody, for a time and with a reason."""

import getpass
import secrets
import sys
import time
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from netpolwatch.cli.endings import InputError
from netpolwatch.cli.help import SETTINGS, Group, examples
from netpolwatch.cli.lengths import length_of
from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, deployed
from netpolwatch.findings.items import SILENCES_KEY, Changes, Items, SilencesItem
from netpolwatch.findings.ledger import Ledger
from netpolwatch.findings.silences import MAX_SILENCES, MAX_TEXT_CHARS, Silence, in_force
from netpolwatch.ingest.timestamps import milliseconds, rfc3339
from netpolwatch.reporting.printable import printable

app = typer.Typer(
    name="silence",
    add_completion=False,
    help="Silence findings for a time.",
    cls=Group,
    context_settings=SETTINGS,
    epilog=examples(
        "netpolwatch silence add --issue 'npa-*' --for 2h --reason upgrade",
        "netpolwatch silence list",
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

_MAX_MS = 90 * 86_400_000


class ListFormat(StrEnum):
    """How silences are listed."""

    TEXT = "text"
    JSON = "json"


Reason = Annotated[str, typer.Option(help="Why; it is listed in every digest.")]
Issue = Annotated[str, typer.Option(help="Glob on the issue's id, such as 'npa-*'.")]
Cluster = Annotated[str, typer.Option(help="Glob on the cluster's name.")]
Subject = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=GLOB", help="On a key of the subject; may be given several times."),
]
Length = Annotated[str | None, typer.Option("--for", metavar="DURATION", help="Such as 2h or 3d.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="ISO 8601; instead of --for.")]
Author = Annotated[str | None, typer.Option(help="Who; you, if left out.")]


@app.callback()
def _group() -> None:
    """Silence findings for a time; they are recorded and counted as ever."""


@app.command()
def add(
    *,
    reason: Reason,
    issue: Issue = "*",
    cluster: Cluster = "*",
    subject: Subject = None,
    length: Length = None,
    until: Until = None,
    author: Author = None,
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Add a silence; all that is given must match."""
    now_ms = _now()
    silence = Silence(
        id=secrets.token_hex(4),
        issue=issue[:MAX_TEXT_CHARS],
        cluster=cluster[:MAX_TEXT_CHARS],
        subject=_subject(subject or []),
        author=(author or getpass.getuser())[:MAX_TEXT_CHARS],
        reason=_reason(reason),
        begins=now_ms,
        ends=_end(now_ms, length, until),
    )

    def decide(items: Items) -> Changes:
        kept = in_force(_silences(items), now_ms)
        if len(kept) >= MAX_SILENCES:
            raise InputError(f"there are {MAX_SILENCES} silences: expire some")
        return {SILENCES_KEY: SilencesItem(silences=(*kept, silence))}

    deployed(stack, region, profile).ledger().change([SILENCES_KEY], decide, now_ms)
    typer.echo(f"silenced {printable(silence.text())}")


@app.command("list")
def list_silences(
    output: Annotated[ListFormat, typer.Option("--format")] = ListFormat.TEXT,
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List the silences in force, the next to end first."""
    silences = in_force(_read(deployed(stack, region, profile).ledger()), _now())
    if output is ListFormat.JSON:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(silences), indent=2))
        sys.stdout.buffer.write(b"\n")
        sys.stdout.flush()
        return
    if not silences:
        typer.echo("no silence is in force")
        return
    table = Table("id", "what", "until", "by", "reason", box=None, pad_edge=False)
    for one in silences:
        subject = "".join(f" {key}={glob}" for key, glob in sorted(one.subject.items()))
        cells = (one.id, f"{one.issue} in {one.cluster}{subject}", rfc3339(one.ends) or "",
                 one.author, one.reason)  # fmt: skip
        table.add_row(*(Text(printable(cell)) for cell in cells))
    Console().print(table)


@app.command()
def expire(
    identity: Annotated[str, typer.Argument(metavar="ID")],
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """End a silence now; what goes on is sent again within minutes."""
    now_ms = _now()

    def decide(items: Items) -> Changes:
        silences = _silences(items)
        if identity not in {one.id for one in in_force(silences, now_ms)}:
            raise InputError(f"no silence {identity} is in force")
        left = tuple(one for one in silences if one.id != identity)
        return {SILENCES_KEY: SilencesItem(silences=left)}

    deployed(stack, region, profile).ledger().change([SILENCES_KEY], decide, now_ms)
    typer.echo(f"silence {printable(identity)} is over")


def _read(ledger: Ledger) -> tuple[Silence, ...]:
    return _silences(ledger.read([SILENCES_KEY]))


def _silences(items: Items) -> tuple[Silence, ...]:
    found = items.get(SILENCES_KEY)
    return found.silences if isinstance(found, SilencesItem) else ()


def _subject(pairs: list[str]) -> dict[str, str]:
    subject = {}
    for pair in pairs:
        key, separator, glob = pair.partition("=")
        if not (key and separator and glob) or len(pair) > MAX_TEXT_CHARS:
            raise typer.BadParameter(f"{pair!r} is not KEY=GLOB", param_hint="--subject")
        subject[key] = glob
    return subject


def _reason(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    return text.strip()[:MAX_TEXT_CHARS]


def _end(now_ms: int, length: str | None, until: str | None) -> int:
    if (length is None) == (until is None):
        raise typer.BadParameter("give --for or --until")
    if length is not None:
        end = now_ms + length_of(length, "--for")
    else:
        given = milliseconds(until or "")
        if given is None or given <= now_ms:
            raise typer.BadParameter(f"{until!r} is not a time to come", param_hint="--until")
        end = given
    if end - now_ms > _MAX_MS:
        raise typer.BadParameter("a silence ends within 90 days")
    return end


def _now() -> int:
    return time.time_ns() // 1_000_000
