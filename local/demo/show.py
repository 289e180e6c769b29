"""What a person sees of the demo."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo.figures import Series
from netpolwatch.catalogue.model import SEVERITIES

_ORDER = [severity.upper() for severity in reversed(SEVERITIES)]


def show_mails(console: Console, mails: Sequence[Mapping[str, str]]) -> None:
    """Print the mails by their subjects, and the gravest whole."""
    ranked = sorted(mails, key=lambda mail: _ORDER.index(mail["subject"][1:].split("]")[0]))
    console.rule(Text(f"{len(ranked)} e-mails"), align="left")
    for mail in ranked:
        console.print(Text(f"  {mail['subject']}"), soft_wrap=True)
    console.rule(Text("the first of them"), align="left")
    for mail in ranked[:1]:
        console.print(Text(mail["text"].rstrip()), soft_wrap=True)
    console.rule()


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
    console.print(Text(f"lost      {result['dead_letters']} dead letters"))
    console.print(Text("recorded  spurious-reply-deny on two nodes: counted, and sent to nobody"))
    for kind, name in result["recorded_noops"]:
        console.print(Text(f"not run   {kind} {name}: the emulator only records it"))
    if result["processes_left"]:
        console.print(Text(f"LEFT      {result['processes_left']} processes", style="bold red"))
    if result["differences"]:
        for difference in result["differences"]:
            console.print(Text(f"DIFFERS   {difference}", style="bold red"))
    else:
        console.print(Text("The deployment found exactly the story's faults.", style="bold green"))
