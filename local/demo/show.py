"""What a person sees of the demo."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo.figures import Series
from local.demo.inbox import Message
from netpolwatch.catalogue.model import SEVERITIES

_TOLD_ONCE = ("opened", "repeated", "risen", "surged", "resolved")
_ORDER = [severity.upper() for severity in reversed(SEVERITIES)]


def show_messages(
    console: Console, messages: Sequence[Message], mails: Sequence[Mapping[str, str]]
) -> None:
    """Print the messages in their order, and the gravest mail and the last table whole."""
    subjects = {_notification(mail): mail for mail in mails}
    told = [
        (message, subjects[message.attributes["notification_id"]])
        for message in messages
        if message.attributes["notification_id"] in subjects
    ]
    console.rule(Text(f"{len(told)} messages, as they came"), align="left")
    for message, mail in told:
        count = len(message.findings)
        kind = f"{message.kind}" if message.kind in _TOLD_ONCE else f"{message.kind} of {count}"
        console.print(Text(f"  {kind:<12}{mail['subject']}"), soft_wrap=True)
    opened = [mail for message, mail in told if message.kind == "opened"]
    digests = [mail for message, mail in told if message.kind == "digest"]
    shown = {"the gravest of them": sorted(opened, key=_gravity)[:1], "the digest": digests[:1]}
    for title, some in shown.items():
        for mail in some:
            console.rule(Text(title), align="left")
            console.print(Text(mail["text"].rstrip()), soft_wrap=True)
    console.rule()


def _notification(mail: Mapping[str, str]) -> str:
    return mail["text"].rstrip().rpartition("notification ")[2]


def worst_subject(mails: Sequence[Mapping[str, str]]) -> str:
    """Return the subject of the gravest message; empty where none came."""
    return next((mail["subject"] for mail in sorted(mails, key=_gravity)), "")


def _gravity(mail: Mapping[str, str]) -> int:
    severity = mail["subject"][1:].split("]")[0]
    return _ORDER.index(severity) if severity in _ORDER else len(_ORDER)


def show_metrics(console: Console, series: Sequence[Series]) -> None:
    """Print the metrics with their course over the day."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("metric", no_wrap=True)
    table.add_column("sum", justify="right")
    table.add_column("by half hour", no_wrap=True)
    for one in series:
        if one.total:
            spark = Text(one.sparkline, style="green")
            table.add_row(Text(f"{one.name} {one.label}"), f"{one.total:,}", spark)
    console.print(table)


def _named(told: Mapping[str, Any]) -> str:
    subject = "{source} -> {destination} port {port}".format(**told["subject"])
    return f"{subject}: asked by {', then '.join(told['received']) or 'somebody unknown'}"


def show_result(console: Console, result: Mapping[str, Any]) -> None:
    """Print the timings and whether the story and the deployment agree."""
    seconds = result["seconds"]
    steps = ", ".join(f"{step} {value:.1f} s" for step, value in seconds["steps"].items())
    console.print(Text(f"steps     {steps}"))
    latency = seconds["line_to_message"]
    console.print(
        Text(
            f"latency   a line becomes a message in {latency['median']:.2f} s (median of"
            f" {latency['probes']}, slowest {latency['slowest']:.2f} s)"
        )
    )
    events = result["events"]
    kept_out = f"{events['written'] - events['subscribed']:,} of {events['written']:,} events"
    console.print(Text(f"kept out  {kept_out}, by the subscriptions' pattern"))
    console.print(Text(f"lost      {result['dead_letters']} dead letters"))
    ended = ", ".join(f"{count} {status}" for status, count in sorted(result["ended"].items()))
    console.print(Text(f"ended     {ended}, a day after the last event"))
    console.print(Text("recorded  spurious-reply-deny on two nodes: counted, and sent to nobody"))
    for one in result["names"]:
        console.print(Text(f"named     {_named(one)}"))
    for kind, name in result["recorded_noops"]:
        console.print(Text(f"not run   {kind} {name}: the emulator only records it"))
    if result["processes_left"]:
        console.print(Text(f"LEFT      {result['processes_left']} processes", style="bold red"))
    if result["differences"]:
        for difference in result["differences"]:
            console.print(Text(f"DIFFERS   {difference}", style="bold red"))
    else:
        console.print(Text("The deployment found exactly the story's faults.", style="bold green"))
