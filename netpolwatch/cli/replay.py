"""`netpolwatch replay`: what was given up is driven again."""

import time
from enum import StrEnum
from typing import Annotated

import typer

from netpolwatch.cli.running import DEFAULT_STACK, Profile, Region, Stack, deployed
from netpolwatch.reporting.printable import printable


class Queue(StrEnum):
    """Which failure queue."""

    ANALYZER = "analyzer"
    JUDGE = "judge"
    NOTIFIER = "notifier"
    ALL = "all"


def replay(
    queue: Annotated[Queue, typer.Option(help="Which failure queue.")] = Queue.ALL,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be done.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> int:
    """Drive the failure queues again; exit 1 if something had to stay.

    A log batch that was recorded in part counts nothing twice; a notification goes to the channel
    that refused it, under its old id.
    """
    found = deployed(stack, region, profile)
    from netpolwatch.aws.clients import sqs  # noqa: PLC0415  # only here boto3 is there
    from netpolwatch.aws.replay import replay as replay_queue  # noqa: PLC0415  # as above

    now_ms = time.time_ns() // 1_000_000
    stayed = 0
    for name in ("analyzer", "judge", "notifier") if queue is Queue.ALL else (queue.value,):
        done = replay_queue(
            sqs(), found, name, dry_run=dry_run, now_ms=now_ms,
            progress=lambda what, fate: typer.echo(f"  {fate:<9}{printable(what, 300)}"),
        )  # fmt: skip
        stayed += done.fates["kept"] + done.fates["poison"]
        counts = ", ".join(f"{count} {fate}" for fate, count in sorted(done.fates.items()))
        would = " (dry run: nothing was done)" if dry_run else ""
        typer.echo(f"{name} failures: {counts or 'none'}{would}")
    return int(stayed > 0)
